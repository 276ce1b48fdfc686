"""Destilação: o aluno aprende também com as probabilidades de um modelo maior, o professor.

O texto só diz que caractere veio; o professor diz também quais poderiam ter vindo, e o quanto (Hinton et
al. 2015, arXiv 1503.02531). O alvo de cada caractere deixa de ser um e passa a ser uma distribuição:
(1 - peso) do que o texto diz mais peso do que o professor diz. A perda é a mesma entropia cruzada; a
parte do professor difere da divergência KL por uma constante.
"""

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from poema_top import checkpoint
from poema_top.comum import ErroPoema, relativo
from poema_top.corpus import Corpus, mapeia
from poema_top.modelo import carrega
from poema_top.validacao import le_em_lotes
from poema_top.vocabulario import Vocabulario


def alvos_do_professor(
    professor: Path, peso: float, corpus: Corpus, vocabulario: Vocabulario, cache: Path
) -> Corpus:
    """As distribuições-alvo de cada caractere, calculadas uma vez e guardadas no disco.

    O professor lê cada poema do nada, então o que ele diz de um caractere não depende da ordem dos
    poemas, e uma vez basta para o treino inteiro.

    Args:
        professor: a pasta de um modelo treinado com o mesmo vocabulário.
        peso: quanto do alvo vem dele, de 0 a 1.
        corpus: os poemas do treino.
        vocabulario: o do aluno.
        cache: onde guardar; 2 V bytes por caractere.

    Returns:
        O mesmo corpus, com `ids` trocado pelas distribuições: float16 [N, V].

    Raises:
        ErroPoema: o professor tem outro vocabulário, ou não sabe onde um poema acaba.
    """
    if checkpoint.le(professor).vocabulario != vocabulario:
        raise ErroPoema(f"o professor {relativo(professor)} foi treinado com outro vocabulário.")
    if vocabulario.terminador is None:
        raise ErroPoema("a destilação precisa do terminador: treine os dois modelos sem --sem-terminador.")
    impressao = hashlib.sha256((professor / checkpoint.MODELO).read_bytes()).hexdigest()[:16]
    caminho = cache / f"professor-{impressao}-{peso}"
    if not caminho.exists():
        print(f"lendo os poemas com o professor {relativo(professor)} (uma vez só)", flush=True)
        provisorio = caminho.with_name(f".{caminho.name}.{os.getpid()}")
        try:
            _calcula(carrega(professor), peso, corpus, vocabulario, provisorio)
            provisorio.rename(caminho)
        finally:
            provisorio.unlink(missing_ok=True)
    mapa = mapeia(caminho)
    alvos = np.frombuffer(mapa, np.float16).reshape(-1, len(vocabulario))
    return replace(corpus, ids=cast("Any", alvos), mapas=(mapa, *corpus.mapas[1:]))


def _calcula(modelo: Any, peso: float, corpus: Corpus, vocabulario: Vocabulario, destino: Path) -> None:
    forma = (len(corpus.ids), len(vocabulario))
    alvos = np.memmap(destino, np.float16, "w+", shape=forma)
    janela = modelo.input["ids"].shape[1]
    for quais, inicio, logits, ids in le_em_lotes(modelo, corpus, vocabulario.id_separador, janela):
        mistura = mistura_com_o_texto(logits, ids, peso)
        for linha, qual in zip(mistura, quais, strict=False):
            comeco, fim = corpus.limites[qual] + inicio, corpus.limites[qual + 1]
            alvos[comeco : min(fim, comeco + janela)] = linha[: max(0, fim - comeco)]
    alvos.flush()


def mistura_com_o_texto(
    logits: NDArray[np.float32], ids: NDArray[np.int32], peso: float
) -> NDArray[np.float32]:
    """Logits do professor [B, T, V] e o que veio [B, T] -> a distribuição-alvo [B, T, V]."""
    p: NDArray[np.float32] = np.exp(logits - logits.max(-1, keepdims=True))
    p *= peso / p.sum(-1, keepdims=True)
    onde = np.maximum(ids, 0)[..., None]
    np.put_along_axis(p, onde, np.take_along_axis(p, onde, -1) + (1 - peso), -1)
    return p
