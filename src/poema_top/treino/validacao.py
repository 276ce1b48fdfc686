"""Quanto o modelo erra em poemas inteiros, na mesma condição em que vai escrever."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.nats import surpresa
from poema_top.rede.backend import keras
from poema_top.rede.modelo import estados_zerados, por_texto
from poema_top.texto.corpus import Corpus


def nats_por_caractere(
    modelo: keras.Model, corpus: Corpus, separador: int, janela: int, lote: int = 64
) -> float:
    """Entropia cruzada, em nats por caractere, sobre todo o corpus: a soma dos nats pela das letras.

    Cada poema é previsto do nada (estado zero e o separador), como na geração, e conta até o
    seu próprio separador. A memória não depende do tamanho do maior.

    Args:
        modelo: o de `modelo.constroi`, com essa janela.
        corpus: poemas que o treino não viu.
        separador: id do separador.
        janela: tokens por chamada.
        lote: poemas por chamada.
    """
    lotes = le_em_lotes(modelo, corpus, separador, janela, lote)
    return sum(soma_de_nats(logits, alvos) for _, _, logits, alvos in lotes) / corpus.caracteres


def le_em_lotes(
    modelo: keras.Model, corpus: Corpus, separador: int, janela: int, lote: int = 64
) -> Iterator[tuple[NDArray[np.int32], int, NDArray[np.float32], NDArray[np.int32]]]:
    """Lê cada poema do nada, `lote` de cada vez, dos maiores aos menores, em janelas sucessivas.

    Yields:
        Quais poemas (até `lote` deles); a posição, em cada um, do primeiro alvo da janela; os logits
        [lote, janela, V]; e os alvos [lote, janela], com -1 depois do fim do poema.
    """
    ordem = corpus.quais[np.argsort(-corpus.tamanhos(corpus.quais), kind="stable")]
    for comeco in range(0, len(ordem), lote):
        quais = ordem[comeco : comeco + lote]
        grupo = [corpus.poema(i) for i in quais]
        largura = -(-len(grupo[0]) // janela) * janela
        alvos = np.full((lote, largura), -1, np.int32)
        for linha, ids in zip(alvos, grupo, strict=False):
            linha[: len(ids)] = ids
        entradas = np.full_like(alvos, separador)
        entradas[:, 1:] = np.maximum(alvos[:, :-1], 0)
        estados: dict[str, Any] = estados_zerados(modelo, lote)
        for inicio in range(0, largura, janela):
            trecho = slice(inicio, inicio + janela)
            estados = modelo.predict_on_batch({"ids": entradas[:, trecho], **estados})
            yield quais, inicio, por_texto(estados.pop("logits"), lote), alvos[:, trecho]


def soma_de_nats(logits: NDArray[np.float32], alvos: NDArray[np.int32]) -> float:
    """Soma da surpresa com os alvos.

    Args:
        logits: [..., V].
        alvos: [...], com -1 onde não conta.
    """
    contam = alvos >= 0
    return float(surpresa(logits[contam], alvos[contam]).sum())
