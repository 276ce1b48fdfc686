"""Escreve docs/comandos.md: cada comando do justfile, com o --help que ele mostra."""

import contextlib
import importlib
import inspect
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from poema_top.base.arquivos import RAIZ, grava_atomico, relativo
from poema_top.base.erros import executa
from poema_top.base.opcoes import le_opcoes, opcao

LARGURA = 100  # colunas do --help, que sem isto seriam as do terminal de quem roda
ABERTURA = """\
# Os comandos

Cada comando do [justfile](../justfile), por assunto, e o `--help` que ele mostra. Quem não tem o `just`
instalado escreve `./just`; no Windows, `.\\just`. Um caminho numa opção é relativo à pasta em que se está, e
um número aceita vírgula: `0,5`. Sem `--modelo`, vale o modelo mais novo de `modelos_treinados/`; sem nenhum
seu, o `poeta`. Onde há treino, `--gpu` e `--sem-gpu` dizem que TensorFlow instalar: o que usa a placa da
NVIDIA, ou o outro.

Esta página não se edita: `just comandos` a escreve, e um teste confere que é a de hoje.
"""
# Um comentário, os atributos, o nome com os seus argumentos, e as linhas recuadas.
RECEITA = re.compile(
    r"^# (?P<ajuda>.+)\n\[group\('(?P<grupo>\w+)'\).*\]\n(?P<nome>[\w-]+)(?P<opcoes> \*opcoes)?:\n"
    r"(?P<linhas>(?:    .+\n)+)",
    re.MULTILINE,
)


@dataclass
class Opcoes:
    """As opções de `just comandos`."""

    saida: Path = opcao(RAIZ / "docs" / "comandos.md", "onde gravar a página", type=Path)


@dataclass(frozen=True)
class Receita:
    """Uma receita do justfile: o que se digita, a frase dela, o assunto e o que roda."""

    nome: str
    ajuda: str
    grupo: str
    programa: list[str]
    tem_opcoes: bool


def receitas() -> list[Receita]:
    """As receitas do justfile, na ordem dele."""
    texto = (RAIZ / "justfile").read_text(encoding="utf-8")
    return [
        Receita(m["nome"], m["ajuda"], m["grupo"], _programa(m["linhas"]), bool(m["opcoes"]))
        for m in RECEITA.finditer(texto)
    ]


def _programa(linhas: str) -> list[str]:
    """O que a primeira linha roda: sem o preparo do .venv, os requisitos dele e o "$@"."""
    palavras = linhas.splitlines()[0].replace("{{ roda }}", "roda").split()
    return [p for p in palavras[2 if palavras[0] == "roda" else 0 :] if p != '"$@"']


def ajuda(receita: Receita) -> str:
    """O --help de uma receita; ou, se as opções não são nossas, de quem são."""
    if not receita.tem_opcoes:
        return "Não tem opções.\n"
    principal = receita.programa[0]
    if principal == "sh":
        feito = subprocess.run(
            [*receita.programa, "--help"], cwd=RAIZ, capture_output=True, text=True, check=True
        )
        return _bloco(feito.stdout)
    if principal.startswith("poema_top.") or principal.endswith(".py"):
        modulo = importlib.import_module(Path(principal).stem if principal.endswith(".py") else principal)
        if hasattr(modulo, "le_opcoes"):
            return _bloco(_ajuda_de(modulo.principal, receita.nome))
        return _bloco(inspect.getdoc(modulo) or "")
    return f"O que vier depois vai para o `{principal}`, que ele chama.\n"


def _ajuda_de(principal: Callable[[], None], nome: str) -> str:
    """O que um comando nosso escreve quando lhe pedem --help."""
    saida, argumentos, colunas = io.StringIO(), sys.argv, os.environ.get("COLUMNS")
    sys.argv, os.environ["COLUMNS"] = [nome, "--help"], str(LARGURA)
    try:
        with contextlib.redirect_stdout(saida), contextlib.suppress(SystemExit):
            principal()
    finally:
        sys.argv = argumentos
        os.environ.pop("COLUMNS")
        if colunas is not None:
            os.environ["COLUMNS"] = colunas
    return saida.getvalue()


def _bloco(texto: str) -> str:
    return f"```text\n{texto.rstrip()}\n```\n"


def pagina() -> str:
    """docs/comandos.md inteiro: uma tabela por assunto, e depois a ajuda de cada comando."""
    todas = receitas()
    partes = [ABERTURA]
    for grupo, do_grupo in groupby(todas, key=lambda receita: receita.grupo):
        linhas = [f"| [`just {r.nome}`](#just-{r.nome}) | {r.ajuda} |" for r in do_grupo]
        partes.append("\n".join([f"| {grupo} | |", "| --- | --- |", *linhas, ""]))
    partes += [f"## just {r.nome}\n\n{_frase(r.ajuda)}\n\n{ajuda(r)}" for r in todas]
    return "\n".join(partes)


def _frase(texto: str) -> str:
    return f"{texto[0].upper()}{texto[1:]}."


def principal() -> None:
    """Escreve docs/comandos.md com o --help de cada comando do justfile."""
    o = le_opcoes(Opcoes, principal.__doc__)
    grava_atomico(o.saida, pagina().encode())
    print(relativo(o.saida))


if __name__ == "__main__":
    executa(principal)
