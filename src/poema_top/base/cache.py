"""O cache: onde fica o que se sabe refazer, e quanto disso se guarda."""

import contextlib
import os
import re
import shutil
import sys
import time
from pathlib import Path

from poema_top.base.arquivos import RAIZ, de_quem_usa, prova_que_grava, relativo
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema
from poema_top.base.numeros import decimal

VARIAVEL = "POEMA_CACHE"
ENTRADAS = 16  # textos codificados
BYTES = 4 << 30  # deles e do que os professores disseram de cada um
FOLGA = 3600.0  # segundos: o que se usou há menos que isto pode ser de um treino que está a começar
_ENTRADA = re.compile(r"[0-9a-f]{16}")
_PROFESSOR = "professor-*"


def pasta() -> Path:
    """A pasta do cache: a que POEMA_CACHE diz; senão a do projeto, ou a do usuário se aquela não se grava.

    Raises:
        ErroPoema: nenhuma delas aceita gravação.
    """
    pedida = os.environ.get(VARIAVEL)
    recusas = []
    for candidata in [de_quem_usa(pedida)] if pedida else [RAIZ / ".cache", *_do_usuario()]:
        try:
            prova_que_grava(candidata)
        except OSError as erro:
            recusas.append(erro)
        else:
            return candidata
    raise recusado(recusas[0])


def recusado(erro: OSError) -> ErroPoema:
    """O que dizer quando o disco recusa o cache."""
    motivo = descreve_erro_do_sistema(erro)
    return ErroPoema(f"não consigo gravar o cache: {motivo} A variável {VARIAVEL} o põe noutra pasta.")


def _do_usuario() -> list[Path]:
    """Onde o sistema quer o cache de cada um."""
    with contextlib.suppress(RuntimeError):  # um usuário sem pasta
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return [Path(base) / "poema-top"]
    return []


def usa(guardado: Path) -> None:
    """Marca o que se acabou de usar, para a poda o deixar por último."""
    with contextlib.suppress(OSError):
        os.utime(guardado)


def confere_espaco(onde: Path, precisa: int, para_que: str) -> None:
    """Um arquivo mapeado que não cabe no disco derrubaria o processo sem explicação.

    Raises:
        ErroPoema: o disco não tem esses bytes livres.
    """
    livre = shutil.disk_usage(onde).free
    if livre < precisa:
        raise ErroPoema(
            f"{para_que} ocupam {decimal(precisa / 1e9, 2)} GB, e o disco de {relativo(onde)} só tem "
            f"{decimal(livre / 1e9, 2)} livres; libere espaço, ou ponha o cache noutro lugar com {VARIAVEL}."
        )


def poda(raiz: Path, *em_uso: Path) -> None:
    """Apaga o que há mais tempo não se usa, até o resto caber em `ENTRADAS` e em `BYTES`.

    Cada texto codificado é uma pasta, e o que cada professor disse dele, um arquivo dentro dela. O que está
    em uso fica, e também o da última hora: outro treino pode tê-lo achado agora mesmo.
    """
    agora = time.time()
    textos = [p for p in raiz.iterdir() if p.is_dir() and _ENTRADA.fullmatch(p.name)]
    professores = [arquivo for texto in textos for arquivo in texto.glob(_PROFESSOR)]
    datas = {p: _data(p) for p in (*textos, *professores)}
    quantos = ocupado = 0
    for guardado in sorted(datas, key=datas.__getitem__, reverse=True):
        tamanho = _tamanho(guardado)
        cabe = quantos < ENTRADAS and ocupado + tamanho <= BYTES
        if cabe or guardado in em_uso or agora - datas[guardado] < FOLGA:
            quantos += guardado.is_dir()
            ocupado += tamanho
        else:
            _apaga(guardado)
    for provisorio in raiz.glob(".*"):  # de um treino que mataram
        if agora - _data(provisorio) > 24 * FOLGA:
            _apaga(provisorio)


def _data(caminho: Path) -> float:
    try:
        return caminho.stat().st_mtime
    except OSError:  # outro processo o apagou enquanto isso
        return 0.0


def _tamanho(caminho: Path) -> int:
    with contextlib.suppress(OSError):
        if not caminho.is_dir():
            return caminho.stat().st_size
        return sum(p.stat().st_size for p in caminho.iterdir() if not p.match(_PROFESSOR))
    return 0


def _apaga(caminho: Path) -> None:
    """Troca de nome antes: um texto meio apagado não pode ficar com cara de inteiro."""
    with contextlib.suppress(OSError):
        if not caminho.is_dir():
            caminho.unlink()
            return
        condenada = caminho.with_name(f".{caminho.name.strip('.')}.apaga")
        caminho.rename(condenada)
        shutil.rmtree(condenada, ignore_errors=True)
