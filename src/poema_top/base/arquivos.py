"""Onde ficam as coisas do projeto, e como um arquivo se grava sem meio-termo."""

import errno
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema
from poema_top.base.sistema import substitui

RAIZ = Path(__file__).resolve().parents[3]
DATASET_PADRAO = RAIZ / "dataset" / "poemas-10k.txt"
PASTA_MODELOS = RAIZ / "modelos_treinados"
SITIO = RAIZ / "pagina"  # a página e os seus scripts
SONDA = 1 << 20  # bytes: um disco cheio ainda cria arquivos vazios


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


def prova_que_grava(pasta: Path) -> None:
    """Cria a pasta, se preciso, e grava nela um arquivo que logo some: o que não der se descobre já.

    Raises:
        OSError: sem permissão, disco cheio ou só de leitura, arquivo no lugar de uma pasta.
    """
    try:
        pasta.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=pasta) as sonda:
            sonda.write(os.urandom(SONDA))
            sonda.flush()
            os.fsync(sonda.fileno())
    except FileExistsError as erro:
        raise NotADirectoryError(errno.ENOTDIR, erro.strerror, str(pasta)) from None
    except OSError as erro:
        raise OSError(erro.errno, erro.strerror, str(pasta)) from None


def prova_que_se_grava(destino: Path) -> None:
    """O mesmo, de um arquivo que se vai gravar no fim de muito trabalho.

    Raises:
        ErroPoema: a pasta dele não existe ou não aceita, ou há uma pasta no lugar dele.
    """
    if destino.is_dir():
        raise ErroPoema(f"{relativo(destino)} é uma pasta; indique o arquivo a gravar.")
    if not destino.parent.exists():
        raise ErroPoema(f"não há pasta {relativo(destino.parent)} onde gravar {destino.name}; crie-a.")
    try:
        prova_que_grava(destino.parent)
    except OSError as erro:
        raise ErroPoema(f"não consigo gravar {relativo(destino)}: {descreve_erro_do_sistema(erro)}") from None


def sha256_do_arquivo(caminho: Path) -> str:
    """A impressão digital de um arquivo de qualquer tamanho, em hexadecimal."""
    with caminho.open("rb") as arquivo:
        return hashlib.file_digest(arquivo, "sha256").hexdigest()


def aqui() -> Path:
    """A pasta em que está quem usa: a receita do just a diz, porque ela própria roda na do projeto."""
    return Path.cwd() / os.environ.get("POEMA_AQUI", "")


def de_quem_usa(texto: str) -> Path:
    """Um caminho escrito na linha de comando, que é relativo a onde está quem o escreveu."""
    return aqui() / texto


def do_projeto(caminho: Path) -> str:
    """O caminho como se guarda num arquivo: a partir do projeto, quando está dentro dele, ou inteiro."""
    absoluto = caminho.resolve()
    dentro = absoluto.is_relative_to(RAIZ)
    return absoluto.relative_to(RAIZ).as_posix() if dentro else str(absoluto)


def relativo(caminho: Path) -> str:
    """O caminho como se mostra a quem usa: a partir do projeto, ou de onde está quem usa, ou inteiro."""
    absoluto = caminho.resolve()
    for pasta in (RAIZ, aqui().resolve()):
        if absoluto.is_relative_to(pasta):
            return str(absoluto.relative_to(pasta))
    return str(absoluto)


def relativos(caminhos: Iterable[Path]) -> str:
    """Vários caminhos, como se mostram a quem usa, numa linha."""
    return " + ".join(map(relativo, caminhos))
