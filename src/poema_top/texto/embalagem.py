"""O que vem em volta do texto inteiro de um arquivo, e sai antes de se procurar onde acaba cada poema.

São coisas que confundiriam a separação: uma sequência de terminal pode ter um "@", um pensamento de LLM tem
linhas em branco, e o cabeçalho de um livro digitalizado tem asteriscos.
"""

import re

from poema_top.texto.contas import Contas

# CSI, OSC e as de dois caracteres (ECMA-48).
_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])|\x9b[0-?]*[ -/]*[@-~]"
)
_PENSAMENTO = re.compile(r"(?is)<(think|thinking|thought|reasoning)>.*?</\1>[ \t]*\n?")
_FIM_DE_PENSAMENTO = re.compile(r"(?i)</(?:think|thinking|thought|reasoning)>")
_COMECO_DE_PENSAMENTO = re.compile(r"(?i)<(?:think|thinking|thought|reasoning)>")
# A ficha (YAML) do começo de um arquivo de Markdown: as alternativas não se sobrepõem, para não explodir.
_FICHA = re.compile(r"\A\s*---[ \t]*\n((?:[\w-]+[ \t]*:.*\n|[ \t]+.*\n|- .*\n|\n)+?)(?:---|\.\.\.)[ \t]*\n")
_CHAVE = re.compile(
    r"(?im)^(?:t[ií]tulo|title|autora?|author|dat[ae]|tags|layout|categor\w+|draft|lang|slug|aliases)[ \t]*:"
)
_GUTENBERG_COMECO = re.compile(
    r"(?im)^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG.*?\*{3}[^\n]*\n|^\*END[ *]*THE SMALL PRINT!.*\n"
)
_GUTENBERG_FIM = re.compile(
    r"(?im)^(?:\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg).*"
)


def desembala(texto: str, contas: Contas) -> str:
    """O texto sem a embalagem, e nas contas o que saiu; textos sem ela não custam nada."""
    if "\x1b" in texto or "\x9b" in texto:
        texto = contas.aplica("sequências de terminal", lambda t: _TERMINAL.sub("", t), texto)
    if "<" in texto:
        texto = contas.aplica("pensamento da LLM", _sem_pensamento, texto)
    if "GUTENBERG" in texto.upper():
        texto = contas.aplica("aviso do Projeto Gutenberg", _sem_gutenberg, texto)
    if texto.lstrip().startswith("---"):
        texto = contas.aplica("ficha no começo do arquivo", _sem_ficha, texto)
    return texto


def _sem_pensamento(texto: str) -> str:
    r"""Tira "<think>...</think>"; o que ficou sem par vai até o @ mais próximo, ou até a ponta.

    Servidores de LLM costumam comer o "<think>" de abertura; uma resposta cortada não tem o de fecho.
    """
    pedacos = re.split(r"(?m)(^[ \t]*@[@ \t]*\n)", _PENSAMENTO.sub("", texto))
    depois = (_FIM_DE_PENSAMENTO.split(pedaco)[-1] for pedaco in pedacos)
    return "".join(_COMECO_DE_PENSAMENTO.split(pedaco)[0] for pedaco in depois)


def _sem_ficha(texto: str) -> str:
    ficha = _FICHA.match(texto)
    return texto[ficha.end() :] if ficha and _CHAVE.search(ficha[1]) else texto


def _sem_gutenberg(texto: str) -> str:
    if comeco := _GUTENBERG_COMECO.search(texto):
        texto = re.sub(r"\A\s*Produced by [^\n]*(?:\n[^\n]+)*", "", texto[comeco.end() :])
    if fim := _GUTENBERG_FIM.search(texto):
        texto = texto[: fim.start()]
    return texto
