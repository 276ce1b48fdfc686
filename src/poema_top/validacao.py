"""Quanto o modelo erra em poemas inteiros, na mesma condição em que vai escrever."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.janelas import Corpus
from poema_top.modelo import estados_zerados
from poema_top.silencio import keras


def nats_por_caractere(
    modelo: keras.Model, corpus: Corpus, separador: int, janela: int, lote: int = 64
) -> float:
    """Entropia cruzada média, em nats por caractere, sobre todos os caracteres do corpus.

    Cada poema é previsto do nada (estado zero e o separador), como na geração, e conta até o
    seu próprio separador. Os poemas vão de `lote` em `lote`, dos maiores aos menores, em janelas
    sucessivas: a memória não depende do tamanho do maior.

    Args:
        modelo: o de `modelo.constroi`, com essa janela.
        corpus: poemas que o treino não viu.
        separador: id do separador.
        janela: caracteres por chamada.
        lote: poemas por chamada.
    """
    ordem = np.argsort(-np.diff(corpus.limites), kind="stable")
    soma = 0.0
    for comeco in range(0, len(ordem), lote):
        grupo = [corpus.poema(i) for i in ordem[comeco : comeco + lote]]
        largura = -(-len(grupo[0]) // janela) * janela
        alvos = np.full((lote, largura), -1, np.int32)  # -1: não conta
        for linha, ids in zip(alvos, grupo, strict=False):
            linha[: len(ids)] = ids
        entradas = np.full_like(alvos, separador)
        entradas[:, 1:] = np.maximum(alvos[:, :-1], 0)
        estados: dict[str, Any] = estados_zerados(modelo, lote)
        for inicio in range(0, largura, janela):
            trecho = slice(inicio, inicio + janela)
            estados = modelo.predict_on_batch({"ids": entradas[:, trecho], **estados})
            soma += soma_de_nats(estados.pop("logits"), alvos[:, trecho])
    return soma / len(corpus.ids)


def soma_de_nats(logits: NDArray[np.float32], alvos: NDArray[np.int32]) -> float:
    """Soma de -ln p(alvo), com a softmax em 64 bits.

    Args:
        logits: [..., V].
        alvos: [...], com -1 onde não conta.
    """
    contam = alvos >= 0
    x = logits[contam].astype(np.float64)
    maximo = x.max(axis=-1)
    normalizador = maximo + np.log(np.exp(x - maximo[:, None]).sum(axis=-1))
    escolhidos = np.take_along_axis(x, alvos[contam][:, None], axis=-1)[:, 0]
    return float((normalizador - escolhidos).sum())
