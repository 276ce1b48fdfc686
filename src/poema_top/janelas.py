"""Dos ids às janelas de treino, lendo o texto aos poucos."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from poema_top.comum import ErroPoema, milhar
from poema_top.configuracao import Configuracao
from poema_top.corpus import Corpus
from poema_top.vocabulario import Ids

if TYPE_CHECKING:
    import tensorflow as tf

JANELAS_POR_LEITURA = 32

Janelas = Iterator[tuple[Ids, Ids]]


def passos_por_epoca(corpus: Corpus, lote: int, janela: int) -> int:
    """Quantos lotes de janelas inteiras cabem no corpus.

    Raises:
        ErroPoema: não cabe nem um.
    """
    precisa = lote * janela + 1
    if corpus.caracteres < precisa:
        raise ErroPoema(
            f"poucos caracteres para treinar: há {milhar(corpus.caracteres)} e um lote de {lote} "
            f"janelas de {janela} precisa de {milhar(precisa)}; use mais poemas ou um --lote menor."
        )
    return (corpus.caracteres - 1) // (lote * janela)


class Embaralhado:
    """Os poemas de um corpus em outra ordem, lidos como um texto só, sem montá-lo na memória."""

    def __init__(self, corpus: Corpus, sorteador: np.random.Generator) -> None:
        """Sorteia a ordem; nenhum poema é lido ainda."""
        self._corpus = corpus
        self._ordem = sorteador.permutation(np.arange(len(corpus), dtype=np.int32))
        self._fins = np.cumsum(corpus.tamanhos[self._ordem], dtype=np.int64)

    def trecho(self, inicio: int, fim: int) -> Ids:
        """Os ids de `inicio` a `fim` do texto embaralhado."""
        primeiro, ultimo = np.searchsorted(self._fins, [inicio, fim - 1], side="right")
        texto = np.concatenate([self._corpus.poema(i) for i in self._ordem[primeiro : ultimo + 1]])
        self._corpus.solta()
        salto = inicio - (int(self._fins[primeiro - 1]) if primeiro else 0)
        return texto[salto : salto + fim - inicio]


def janelas_da_epoca(corpus: Corpus, lote: int, janela: int, semente: int, epoca: int) -> Janelas:
    """As janelas de uma época, na ordem em que o estado da GRU deve atravessá-las.

    O texto embaralhado é cortado em `lote` fluxos contíguos e cada passo lê a janela seguinte de
    todos eles. Assim a linha b do passo t continua a linha b do passo t-1, e o estado pode ser
    levado de uma à outra (retropropagação truncada no tempo, Mikolov 2010): o modelo aprende com
    tudo o que veio antes, como na geração, e não só com a janela.

    Yields:
        Pares (entrada [lote, janela], alvo [lote, janela]); o alvo é o caractere seguinte em
        cada posição. A semente e a época fixam a ordem.
    """
    passos = passos_por_epoca(corpus, lote, janela)
    texto = Embaralhado(corpus, np.random.default_rng([semente, epoca]))
    fluxo = passos * janela
    for passo in range(0, passos, JANELAS_POR_LEITURA):
        inicio, quantas = passo * janela, min(JANELAS_POR_LEITURA, passos - passo)
        trechos = [
            texto.trecho(b + inicio, b + inicio + quantas * janela + 1) for b in range(0, lote * fluxo, fluxo)
        ]
        lidos = np.stack(trechos)
        for j in range(0, quantas * janela, janela):
            yield lidos[:, j : j + janela], lidos[:, j + 1 : j + janela + 1]


def janelas_classicas(ids: Ids, janela: int = 59, passo: int = 3) -> tuple[Ids, Ids]:
    """As janelas do projeto original: um alvo só por janela, de `passo` em `passo` caracteres.

    Args:
        ids: [N], o texto.
        janela: caracteres de entrada de cada janela.
        passo: distância entre o começo de duas janelas.

    Returns:
        Entradas [M, janela] e alvos [M, 1], com M = ceil((N - janela) / passo). São vistas de
        `ids`: as janelas se sobrepõem e copiadas ocupariam janela / passo vezes o texto.
    """
    if len(ids) <= janela:
        raise ErroPoema(
            f"poucos caracteres: há {milhar(len(ids))} e uma janela de {janela} precisa de {janela + 1}."
        )
    entradas = np.lib.stride_tricks.sliding_window_view(ids[:-1], janela)[::passo]
    return entradas, ids[janela::passo, None]


def janelas_classicas_da_epoca(c: Configuracao, corpus: Corpus, epoca: int) -> Janelas:
    """As janelas clássicas em ordem sorteada, `lote` por vez: entradas [lote, janela], alvos [lote, 1]."""
    texto = Embaralhado(corpus, np.random.default_rng(c.semente)).trecho(0, corpus.caracteres)
    entradas, alvos = janelas_classicas(texto, c.janela, c.passo)
    ordem = np.random.default_rng([c.semente, epoca]).permutation(len(entradas))
    for inicio in range(0, len(ordem) - c.lote + 1, c.lote):
        quais = ordem[inicio : inicio + c.lote]
        yield entradas[quais], alvos[quais]


@dataclass(frozen=True)
class Plano:
    """O que o treino vai ler: quantos passos por época, e as janelas de cada uma."""

    passos: int
    da_epoca: Callable[[int], Janelas]
    forma: tuple[int, int]  # das entradas: lote, janela
    alvos: int  # quantos por linha
    dtype: type[np.uint8] | type[np.uint16]

    @classmethod
    def de(cls, c: Configuracao, corpus: Corpus) -> "Plano":
        """O plano que a configuração pede.

        Raises:
            ErroPoema: não há texto para um passo.
        """
        passos = passos_por_epoca(corpus, c.lote, c.janela)
        forma, dtype = (c.lote, c.janela), corpus.ids.dtype.type
        if c.alvo_unico:
            passos = -(-(corpus.caracteres - c.janela) // c.passo) // c.lote
            return cls(passos, lambda e: janelas_classicas_da_epoca(c, corpus, e), forma, 1, dtype)
        da_epoca = partial(janelas_da_epoca, corpus, *forma, c.semente)
        return cls(passos, da_epoca, forma, c.janela, dtype)

    def como_tf_data(self, primeira_epoca: int = 0) -> "tf.data.Dataset":
        """As épocas em sequência sem fim, `passos` elementos em cada uma, lidas por outra thread."""
        import tensorflow as tf  # só aqui: as janelas em si não dependem do TensorFlow

        def epocas() -> Janelas:
            for epoca in count(primeira_epoca):
                yield from self.da_epoca(epoca)

        formas = [tf.TensorSpec(forma, self.dtype) for forma in (self.forma, (self.forma[0], self.alvos))]
        return tf.data.Dataset.from_generator(epocas, output_signature=tuple(formas)).prefetch(2)
