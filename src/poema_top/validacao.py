"""Quanto o modelo erra em poemas inteiros, na mesma condição em que vai escrever."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.configuracao import Configuracao
from poema_top.corpus import Corpus
from poema_top.janelas import janelas_classicas
from poema_top.modelo import estados_zerados, por_texto
from poema_top.silencio import keras
from poema_top.vocabulario import Vocabulario

JANELAS_CLASSICAS = 8192  # quantas bastam para três casas


def valida(modelo: keras.Model, corpus: Corpus, vocabulario: Vocabulario, c: Configuracao) -> float:
    """A perda de validação, medida como o modelo vai ser usado, em nats por caractere."""
    if c.alvo_unico:
        return nats_por_janela(modelo, corpus, c.janela)
    return nats_por_caractere(modelo, corpus, vocabulario.id_separador, c.janela)


def nats_por_janela(modelo: keras.Model, corpus: Corpus, janela: int, lote: int = 256) -> float:
    """O mesmo para quem relê a janela a cada caractere, como o projeto original, numa amostra espaçada."""
    texto = np.concatenate([corpus.poema(i) for i in corpus.quais])
    espaco = max(1, (len(texto) - janela) // JANELAS_CLASSICAS)
    entradas, alvos = janelas_classicas(texto, janela, espaco)
    soma = 0.0
    for inicio in range(0, len(alvos), lote):
        lidas = entradas[inicio : inicio + lote].astype(np.int32)
        saida = modelo.predict_on_batch({"ids": lidas, **estados_zerados(modelo, len(lidas))})
        ultimos = por_texto(saida["logits"], len(lidas))[:, -1]
        soma += soma_de_nats(ultimos, alvos[inicio : inicio + lote, 0].astype(np.int32))
    return soma / len(alvos)


def nats_por_caractere(
    modelo: keras.Model, corpus: Corpus, separador: int, janela: int, lote: int = 64
) -> float:
    """Entropia cruzada média, em nats por caractere, sobre todos os caracteres do corpus.

    Cada poema é previsto do nada (estado zero e o separador), como na geração, e conta até o
    seu próprio separador. A memória não depende do tamanho do maior.

    Args:
        modelo: o de `modelo.constroi`, com essa janela.
        corpus: poemas que o treino não viu.
        separador: id do separador.
        janela: caracteres por chamada.
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
