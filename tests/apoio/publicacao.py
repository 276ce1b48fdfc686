"""Chama o programa que publica o site."""

import os
import subprocess
from pathlib import Path

from apoio.programas import programa
from conftest import RAIZ

PUBLICA = Path("ferramentas", "publica.sh")
MARCA = ".poema_top"
PRAZO = 30  # segundos


def publica(*argumentos: object, projeto: Path = RAIZ, **ambiente: str) -> "subprocess.CompletedProcess[str]":
    programa("rsync")
    comando = ["sh", str(projeto / PUBLICA), *map(str, argumentos)]
    return subprocess.run(
        comando, capture_output=True, text=True, check=False, timeout=PRAZO, env={**os.environ, **ambiente}
    )


def arquivos(pasta: Path) -> set[str]:
    return {str(a.relative_to(pasta)) for a in pasta.rglob("*") if a.is_file()}


def alheia(pasta: Path) -> dict[str, str]:
    """Uma pasta de outra pessoa, com os nomes que os nossos têm; o que há nela, para conferir depois."""
    for nome in (
        "src/meu.c",
        "nginx/meu.conf",
        "systemd/meu.service",
        "modelos_treinados/meu",
        "notas de lá",
    ):
        (pasta / nome).parent.mkdir(parents=True, exist_ok=True)
        (pasta / nome).write_text("meu")
    return conteudo(pasta)


def conteudo(pasta: Path) -> dict[str, str]:
    return {nome: (pasta / nome).read_text(errors="replace") for nome in arquivos(pasta)}
