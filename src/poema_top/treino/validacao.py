"""Quanto o modelo erra em poemas inteiros, na mesma condição em que vai escrever."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.nats import surpresa
from poema_top.rede.backend import keras
from poema_top.rede.modelo import estados_zerados, por_texto
from poema_top.texto.corpus import Corpus
from poema_top.treino.dados import MAXIMO

ENORME = 20  # janelas: um poema maior que isto é lido com poucos ao lado, que esperariam por ele


def nats_por_caractere(
    modelo: keras.Model,
    corpus: Corpus,
    separador: int,
    janela: int,
    lote: int = 64,
    *,
    desiste: Callable[[], bool] = lambda: False,
) -> float:
    """Entropia cruzada, em nats por caractere, sobre todo o corpus: a soma dos nats pela das letras.

    Cada poema é previsto do nada (estado zero e o separador), como na geração, e conta até o
    seu próprio separador, ou até `MAXIMO`. A memória não depende do tamanho do maior.

    Args:
        modelo: o de `modelo.constroi`, com essa janela.
        corpus: poemas que o treino não viu.
        separador: id do separador.
        janela: tokens por chamada.
        lote: poemas por chamada.
        desiste: se é para parar no meio; o que se devolve é então a média do que já se leu.
    """
    nats, letras = 0.0, 0
    for _, _, logits, alvos in le_em_lotes(modelo, corpus, separador, janela, lote, maximo=MAXIMO):
        nats += soma_de_nats(logits, alvos)
        letras += int(corpus.letras_por_token[alvos[alvos >= 0]].sum())
        if desiste():
            break
    return nats / letras


def le_em_lotes(
    modelo: keras.Model,
    corpus: Corpus,
    separador: int,
    janela: int,
    lote: int = 64,
    *,
    maximo: int | None = None,
) -> Iterator[tuple[NDArray[np.int32], int, NDArray[np.float32], NDArray[np.int32]]]:
    """Lê cada poema do nada, `lote` de cada vez, dos maiores aos menores, em janelas sucessivas.

    Args:
        modelo: o de `modelo.constroi`, com essa janela.
        corpus: os poemas.
        separador: id do separador.
        janela: tokens por chamada.
        lote: poemas de cada vez, se há tantos; os enormes vão de poucos em poucos.
        maximo: quantos tokens ler de cada poema; None lê todos.

    Yields:
        Quais poemas (até `lote` deles); a posição, em cada um, do primeiro alvo da janela; os logits
        [lote, janela, V]; e os alvos [lote, janela], com -1 depois do fim do poema.
    """
    ordem = corpus.quais[np.argsort(-corpus.tamanhos(corpus.quais), kind="stable")]
    cheio, comeco = max(1, min(lote, len(ordem))), 0
    while comeco < len(ordem):
        lote = max(1, cheio // 16) if len(corpus.poema(ordem[comeco])[:maximo]) > ENORME * janela else cheio
        quais = ordem[comeco : comeco + lote]
        comeco += len(quais)
        grupo = [corpus.poema(i)[:maximo] for i in quais]
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
