"""Opções de linha de comando tiradas de uma dataclass: padrão, tipo e ajuda num lugar só."""

import argparse
import dataclasses
import math
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from poema_top.base.arquivos import de_quem_usa, relativo
from poema_top.base.erros import SAIDA_ERRO
from poema_top.base.numeros import SEMENTE_MAXIMA, breve

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


_METAVARIAVEIS = {None: "TEXTO", Path: "CAMINHO"}  # as outras opções são números


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
        argumentos["type"] = _caminho
    if padrao is not None and padrao != ():
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


def _caminho(texto: str) -> Path:
    """O caminho que a pessoa escreveu, a partir de onde ela está."""
    if not texto:
        raise argparse.ArgumentTypeError("falta o caminho (veio vazio)")
    return de_quem_usa(texto)


def fracao_ou_caminho(texto: str) -> str:
    """Uma fração, como foi escrita, ou um caminho, inteiro: quem o ler depois pode estar noutra pasta."""
    try:
        float(texto.replace(",", "."))
    except ValueError:
        return str(_caminho(texto))
    return texto


def _numero(converte: Callable[[str], T], texto: str, diz: str, vale: Callable[[T], bool]) -> T:
    try:
        numero = converte(texto.replace(",", "."))  # "0,5" é como se escreve aqui
    except ValueError:
        numero = None
    if numero is None or not vale(numero):
        raise argparse.ArgumentTypeError(f"precisa ser {diz} (veio {texto!r})")
    return numero


def inteiro_positivo(texto: str) -> int:
    """Inteiro de 1 em diante."""
    return _numero(int, texto, "um inteiro de 1 em diante", lambda n: n >= 1)


def ate(maximo: int) -> Callable[[str], int]:
    """Inteiro de 1 a um máximo."""

    def le(texto: str) -> int:
        return _numero(int, texto, f"um inteiro de 1 a {maximo}", lambda n: 1 <= n <= maximo)

    return le


def inteiro_nao_negativo(texto: str) -> int:
    """Inteiro de 0 em diante."""
    return _numero(int, texto, "um inteiro de 0 em diante", lambda n: n >= 0)


def semente(texto: str) -> int:
    """Semente de um sorteio: de 0 a 2^53 - 1."""
    return _numero(int, texto, f"um inteiro de 0 a {SEMENTE_MAXIMA}", lambda n: 0 <= n <= SEMENTE_MAXIMA)


def positivo(texto: str) -> float:
    """Número maior que zero."""
    return _numero(float, texto, "um número maior que zero", lambda n: 0 < n < math.inf)


def nao_negativo(texto: str) -> float:
    """Número de zero em diante."""
    return _numero(float, texto, "um número de zero em diante", lambda n: 0 <= n < math.inf)


def temperatura(texto: str) -> float:
    """Temperatura de amostragem: de 0 (o mais provável, sempre) a 100 (quase ao acaso)."""
    return _numero(float, texto, "um número de 0 a 100", lambda n: 0 <= n <= 100)


def probabilidade(texto: str) -> float:
    """Número maior que 0 e até 1."""
    return _numero(float, texto, "um número maior que 0 e até 1", lambda n: 0 < n <= 1)


def parcela(texto: str) -> float:
    """Número de 0 a 1."""
    return _numero(float, texto, "um número de 0 a 1", lambda n: 0 <= n <= 1)


def fracao(texto: str) -> float:
    """Número de 0 a menos que 1."""
    return _numero(float, texto, "um número de 0 a menos que 1", lambda n: 0 <= n < 1)


def porta(texto: str) -> int:
    """Porta TCP; 0 pede uma livre ao sistema."""
    return _numero(int, texto, "uma porta de 0 a 65535", lambda n: 0 <= n <= 65535)
