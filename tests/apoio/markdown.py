"""O que se lê de uma página Markdown: os títulos, as ligações, e o que está em letra de código."""

import re
import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from conftest import RAIZ

CERCA = re.compile(r"^ {0,3}(`{3,})[^`\n]*\n(.*?)^ {0,3}\1`*$", re.MULTILINE | re.DOTALL)
EM_LINHA = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
LIGACAO = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")  # e as imagens, também dentro de outra
ETIQUETA = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
SOLTA = re.compile(r"<(https?://[^>\s]+)>")
TITULO = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
COMANDO = re.compile(r"(?:^|\s)(?:\./|\.\\)?just ([a-z].*)$")


@dataclass(frozen=True)
class Citado:
    """Um comando como uma página o cita: as palavras depois de `just`, e onde está."""

    palavras: tuple[str, ...]
    onde: str

    def __str__(self) -> str:
        return shlex.join(self.palavras)


def paginas() -> list[Path]:
    """As páginas que alguém lê: as da raiz, as de docs e a do dataset."""
    return [*sorted(RAIZ.glob("*.md")), *sorted(RAIZ.glob("docs/*.md")), RAIZ / "dataset" / "README.md"]


def _apaga(achado: "re.Match[str]") -> str:
    return re.sub(r"[^\n]", " ", achado.group())  # as linhas continuam onde estavam


def sem_codigo(texto: str) -> str:
    """O texto com os blocos e as palavras em letra de código em branco."""
    return EM_LINHA.sub(_apaga, CERCA.sub(_apaga, texto))


def ligacoes(texto: str) -> list[tuple[int, str]]:
    """O número da linha e o destino de cada ligação ou imagem."""
    limpo = sem_codigo(texto)
    return [
        (limpo.count("\n", 0, achado.start()) + 1, achado[1])
        for regra in (LIGACAO, ETIQUETA, SOLTA)
        for achado in regra.finditer(limpo)
    ]


def ancoras(texto: str) -> set[str]:
    """O que o GitHub aceita depois do # nesta página.

    Como ele faz: minúsculas, sem pontuação (os acentos ficam), os espaços em hífens; o segundo título igual
    ganha "-1", o terceiro, "-2".
    """
    vezes, todas = Counter[str](), set[str]()
    for achado in TITULO.finditer(CERCA.sub(_apaga, texto)):
        escrito = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", achado[2])
        slug = re.sub(r"[^\w\- ]", "", escrito.lower()).replace(" ", "-")
        todas.add(f"{slug}-{vezes[slug]}" if vezes[slug] else slug)
        vezes[slug] += 1
    return todas


def citados(pagina: Path) -> list[Citado]:
    """Os comandos do just citados numa página, nos blocos e no meio do texto."""
    texto, nome = pagina.read_text(encoding="utf-8"), pagina.relative_to(RAIZ)
    pedacos = []
    for bloco in CERCA.finditer(texto):
        inicio = texto.count("\n", 0, bloco.start(2)) + 1
        corpo = re.sub(r"\\\n\s*", " ", bloco[2])  # o comando que continua na linha seguinte
        pedacos += [(inicio + n, linha) for n, linha in enumerate(corpo.split("\n"))]
    for trecho in EM_LINHA.finditer(CERCA.sub(_apaga, texto)):
        pedacos.append((texto.count("\n", 0, trecho.start()) + 1, " ".join(trecho[2].split())))
    achados = [(linha, COMANDO.search(pedaco)) for linha, pedaco in pedacos]
    return [
        Citado(tuple(shlex.split(achado[1], comments=True)), f"{nome}:{linha}")
        for linha, achado in achados
        if achado
    ]
