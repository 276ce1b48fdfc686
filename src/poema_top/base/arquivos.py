"""Onde ficam as coisas do projeto, e como um arquivo se grava sem meio-termo."""

import hashlib
import os
import threading
from pathlib import Path

from poema_top.base.sistema import substitui

RAIZ = Path(__file__).resolve().parents[3]
DATASET_PADRAO = RAIZ / "dataset" / "poemas-10k.txt"
PASTA_MODELOS = RAIZ / "modelos_treinados"


def grava_atomico(caminho: Path, conteudo: bytes) -> None:
    """Grava de modo que outro processo veja o arquivo velho ou o novo, nunca um pela metade.

    Raises:
        OSError: disco cheio, sem permissão; o arquivo velho continua como estava.
    """
    provisorio = caminho.with_name(f".{caminho.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with provisorio.open("wb") as arquivo:
            arquivo.write(conteudo)
            arquivo.flush()
            os.fsync(arquivo.fileno())
        substitui(provisorio, caminho)
    finally:
        provisorio.unlink(missing_ok=True)


def sha256_do_arquivo(caminho: Path) -> str:
    """A impressão digital de um arquivo de qualquer tamanho, em hexadecimal."""
    with caminho.open("rb") as arquivo:
        return hashlib.file_digest(arquivo, "sha256").hexdigest()


def relativo(caminho: Path) -> str:
    """O caminho como se mostra a quem usa: a partir da raiz do projeto, quando está dentro dela."""
    absoluto = caminho.resolve()
    return str(absoluto.relative_to(RAIZ)) if absoluto.is_relative_to(RAIZ) else str(caminho)
