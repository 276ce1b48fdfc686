"""Vetores num arquivo só: sem pickle, comprimidos, e com a soma de tudo o que há nele."""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.arquivos import grava_atomico, relativo
from poema_top.base.erros import ErroPoema

Vetor = NDArray[Any]
SOMA = "sha256"  # o nome do vetor que guarda a soma dos outros
_TAMANHO_MAXIMO = 1 << 28  # bytes, depois de aberto; um arquivo maior que isto não é nosso


def grava_vetores(caminho: Path, vetores: Mapping[str, Vetor]) -> None:
    """Grava ou substitui o arquivo, de uma vez; os mesmos vetores dão sempre os mesmos bytes.

    Raises:
        OSError: disco cheio, sem permissão; o arquivo velho continua como estava.
    """
    memoria = io.BytesIO()
    soma = np.frombuffer(bytes.fromhex(_soma(vetores)), np.uint8)
    todos: dict[str, Any] = {SOMA: soma, **vetores}
    np.savez_compressed(memoria, **todos)
    grava_atomico(caminho, memoria.getvalue())


def le_vetores(caminho: Path, nomes: Sequence[str], conserto: str) -> dict[str, Vetor]:
    """Lê o que `grava_vetores` gravou, e confere a soma.

    Args:
        caminho: o arquivo.
        nomes: os vetores que ele tem de ter; outros são recusados.
        conserto: o que fazer se ele não presta, para a mensagem.

    Raises:
        ErroPoema: ausente, truncado, alheio ou com a soma errada.
    """
    if not caminho.is_file():
        raise ErroPoema(f"não achei {relativo(caminho)}; {conserto}")
    try:
        if bytes_abertos(caminho) > _TAMANHO_MAXIMO:
            raise ErroPoema(f"{relativo(caminho)} está corrompido (grande demais); {conserto}")
        with np.load(io.BytesIO(caminho.read_bytes()), allow_pickle=False) as lidos:
            vetores = {nome: lidos[nome] for nome in (*nomes, SOMA)}
            certos = len(lidos.files) == len(vetores)
        soma = vetores.pop(SOMA).tobytes().hex()
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile, NotImplementedError):
        certos, soma = False, ""
    if not certos or soma != _soma(vetores):
        raise ErroPoema(f"{relativo(caminho)} está corrompido (a soma não é a do conteúdo); {conserto}")
    return vetores


def bytes_abertos(caminho: Path) -> int:
    """Quantos bytes um .npz diz ocupar aberto, sem o abrir: comprimido, pode crescer mil vezes."""
    with zipfile.ZipFile(caminho) as pacote:
        return sum(parte.file_size for parte in pacote.infolist())


def diferencas(ordenados: Vetor) -> Vetor:
    """O primeiro e o que falta de cada um ao seguinte: números pequenos, que se comprimem bem."""
    return np.diff(ordenados, prepend=ordenados.dtype.type(0))


def acumula(diferencas_: Vetor) -> Vetor:
    """O inverso de `diferencas`."""
    return np.cumsum(diferencas_, dtype=diferencas_.dtype)


def _soma(vetores: Mapping[str, Vetor]) -> str:
    """O SHA-256 dos nomes, das formas, dos tipos e dos números, em ordem de nome."""
    resumo = hashlib.sha256()
    for nome, vetor in sorted(vetores.items()):
        resumo.update(f"{nome} {vetor.dtype.str} {vetor.shape}\n".encode())
        resumo.update(np.ascontiguousarray(vetor).tobytes())
    return resumo.hexdigest()
