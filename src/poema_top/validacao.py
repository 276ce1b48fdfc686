"""Quanto o modelo erra em poemas inteiros, na mesma condição em que vai escrever."""

import numpy as np

from poema_top.janelas import Corpus
from poema_top.modelo import zera_estados
from poema_top.silencio import keras


def nats_por_caractere(modelo: keras.Model, corpus: Corpus, separador: int) -> float:
    """Entropia cruzada média, em nats por caractere, sobre todos os caracteres do corpus.

    Cada poema é previsto do nada (estado zero e o separador), como na geração, e conta até o
    seu próprio separador. Os poemas vão de `lote` em `lote`, dos maiores aos menores, em janelas
    sucessivas: a memória não depende do tamanho do maior.

    Args:
        modelo: de lote e janela fixos (`modelo.constroi`); os estados dele são zerados.
        corpus: poemas que o treino não viu.
        separador: id do separador.
    """
    lote, janela = modelo.input_shape
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
        zera_estados(modelo)
        for inicio in range(0, largura, janela):
            trecho = slice(inicio, inicio + janela)
            soma += _nats(modelo.predict_on_batch(entradas[:, trecho]), alvos[:, trecho])
    zera_estados(modelo)
    return soma / len(corpus.ids)


def _nats(logits: np.ndarray, alvos: np.ndarray) -> float:
    """Soma de -ln p(alvo); logits [B, T, V], alvos [B, T] com -1 onde não conta."""
    contam = alvos >= 0
    x = logits[contam].astype(np.float64)
    maximo = x.max(axis=-1)
    normalizador = maximo + np.log(np.exp(x - maximo[:, None]).sum(axis=-1))
    escolhidos = np.take_along_axis(x, alvos[contam][:, None], axis=-1)[:, 0]
    return float((normalizador - escolhidos).sum())
