"""Opções de linha de comando tiradas de uma dataclass: padrão, tipo e ajuda num lugar só."""

import argparse
import dataclasses
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from poema_top.base.arquivos import relativo
from poema_top.base.erros import SAIDA_ERRO
from poema_top.base.numeros import breve
from poema_top.base.valores import caminho

T = TypeVar("T")

# As frases que o argparse mostra, traduzidas: ele as procura na função `_` do próprio módulo.
_FRASES = {
    "usage: ": "uso: ",
    "options": "opções",
    "positional arguments": "argumentos",
    "show this help message and exit": "mostra esta ajuda e sai",
    "unrecognized arguments: %s": "opção desconhecida: %s; veja as que existem com --help",
    "expected one argument": "falta o valor",
    "expected at least one argument": "falta ao menos um valor",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid %(type)s value: %(value)r": "valor inválido: %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "valor inválido: %(value)r (escolha entre %(choices)s)"
    ),
    "the following arguments are required: %s": "falta informar: %s",
    "ambiguous option: %(option)s could match %(matches)s": (
        "opção ambígua: %(option)s pode ser %(matches)s"
    ),
    "ignored explicit argument %r": "esta opção não recebe valor (veio %r)",
}


def _traduz(frase: str) -> str:
    return _FRASES.get(frase, frase)


vars(argparse)["_"] = _traduz


_METAVARIAVEIS = {None: "TEXTO", str: "TEXTO", Path: "CAMINHO"}  # as outras opções são números


class _Argumentos(argparse.ArgumentParser):
    """O ArgumentParser que, no erro, escreve uma linha só, e para quem "-0,1" é um número."""

    def __init__(self, **argumentos: Any) -> None:
        super().__init__(**argumentos)
        self._negative_number_matcher = re.compile(r"-[\d.,]+$")  # o dele só conhece o ponto

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"erro: {message}\n")
        sys.exit(SAIDA_ERRO)


class _SimNao(argparse.Action):
    """`--nome` liga e `--sem-nome` desliga."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        _values: Any,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, not (option_string or "").startswith("--sem-"))


def opcao(padrao: T, ajuda: str, **argumentos: Any) -> T:
    """Campo de dataclass que também é opção da linha de comando.

    Args:
        padrao: o valor sem a opção; o tipo dele é o da opção, salvo `type` em `argumentos`.
        ajuda: a frase do `--help`; o padrão é acrescentado a ela.
        argumentos: repassados a `add_argument` (`type`, `choices`, `metavar`, ...).
    """
    campo: T = dataclasses.field(default=padrao, metadata={"ajuda": ajuda, "argumentos": argumentos})
    return campo


def le_opcoes(
    classe: type[T],
    descricao: str | None,
    argumentos: Sequence[str] | None = None,
    padroes: Callable[[argparse.Namespace, set[str]], dict[str, Any]] | None = None,
) -> T:
    """Lê a linha de comando numa instância de `classe`, uma dataclass de campos `opcao`.

    As opções herdadas vêm depois das próprias no `--help`.
    Um campo comum, sem `opcao`, não é da linha de comando: só `padroes` lhe dá outro valor.

    Args:
        classe: a dataclass; o campo `taxa_aprendizado` vira a opção `--taxa-aprendizado`.
        descricao: a docstring do comando, que abre o `--help`.
        argumentos: a linha de comando; None lê a do processo.
        padroes: recebe uma primeira leitura, e os nomes das opções pedidas nela, e devolve os padrões a
            trocar (o que uma receita define); o que foi pedido na linha de comando continua a valer.
    """
    parser = _Argumentos(prog=f"just {Path(sys.argv[0]).stem.replace('_', '-')}", description=descricao)
    campos = [campo for campo in dataclasses.fields(cast("Any", classe)) if "ajuda" in campo.metadata]
    for campo in sorted(campos, key=lambda campo: campo.name not in classe.__annotations__):
        _adiciona(parser, campo)
    lidos = parser.parse_args(argumentos)
    if padroes is not None:
        marca = object()
        marcados = argparse.Namespace(**{campo.name: marca for campo in campos})
        parser.parse_args(argumentos, marcados)
        pedidas = {nome for nome, valor in vars(marcados).items() if valor is not marca}
        parser.set_defaults(**padroes(lidos, pedidas))
        lidos = parser.parse_args(argumentos)
    valores = {k: tuple(v) if isinstance(v, list) else v for k, v in vars(lidos).items()}
    return classe(**valores)


def _adiciona(parser: argparse.ArgumentParser, campo: "dataclasses.Field[Any]") -> None:
    argumentos = dict(campo.metadata["argumentos"])
    padrao, ajuda = campo.default, campo.metadata["ajuda"].replace("%", "%%")
    posicional = argumentos.pop("posicional", False)
    nomes = [campo.name if posicional else "--" + campo.name.replace("_", "-")]
    if isinstance(padrao, bool):
        argumentos |= {"action": _SimNao, "nargs": 0}
        nomes.append("--sem-" + nomes[0].removeprefix("--"))
    elif isinstance(padrao, tuple):
        argumentos.setdefault("nargs", "+")
    elif posicional:
        argumentos.setdefault("nargs", "?")
    if not isinstance(padrao, bool) and not posicional and "choices" not in argumentos:
        argumentos.setdefault("metavar", _METAVARIAVEIS.get(argumentos.get("type"), "N"))
    if argumentos.get("type") is Path:
        argumentos["type"] = caminho
    if padrao not in (None, (), ""):
        ajuda += f" (padrão: {_mostra(padrao)})"
    parser.add_argument(*nomes, default=padrao, help=ajuda, **argumentos)


def _mostra(padrao: Any) -> str:
    if isinstance(padrao, bool):
        return "sim" if padrao else "não"
    if isinstance(padrao, Path):
        return relativo(padrao)
    if isinstance(padrao, tuple):
        return " ".join(map(_mostra, padrao))
    return breve(padrao) if isinstance(padrao, float) else str(padrao)
