"""Dos ids às janelas de treino, sem copiar o texto além do embaralhar dos poemas."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poema_top.comum import ErroPoema, milhar
from poema_top.vocabulario import Ids, Vocabulario

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Corpus:
    """Poemas em ids, um depois do outro, cada um fechado pelo separador.

    Attributes:
        ids: [N], todos os poemas.
        limites: [P + 1], onde cada poema começa em `ids`, e no fim o próprio N.
    """

    ids: Ids
    limites: NDArray[np.int64]

    @classmethod
    def de_poemas(cls, poemas: list[str], vocabulario: Vocabulario) -> "Corpus":
        """Codifica os poemas; um caractere desconhecido é ErroPoema."""
        fim = vocabulario.separador
        # Tamanhos depois de normalizar: há letras cuja minúscula ocupa dois códigos.
        normais = [vocabulario.normaliza(poema) + fim for poema in poemas]
        limites = np.cumsum([0, *map(len, normais)], dtype=np.int64)
        return cls(vocabulario.codifica("".join(normais)), limites)

    def __len__(self) -> int:
        return len(self.limites) - 1

    def poema(self, i: int) -> Ids:
        """Os ids do poema `i`, com o separador no fim: uma vista, sem cópia."""
        return self.ids[self.limites[i] : self.limites[i + 1]]

    def embaralhado(self, sorteador: np.random.Generator) -> Ids:
        """[N]: os mesmos poemas em outra ordem (a única cópia do texto que o treino faz)."""
        return np.concatenate([self.poema(i) for i in sorteador.permutation(len(self))])


def passos_por_epoca(corpus: Corpus, lote: int, janela: int) -> int:
    """Quantos lotes de janelas inteiras cabem no corpus.

    Raises:
        ErroPoema: não cabe nem um.
    """
    precisa = lote * janela + 1
    if len(corpus.ids) < precisa:
        raise ErroPoema(
            f"poucos caracteres para treinar: há {milhar(len(corpus.ids))} e um lote de {lote} "
            f"janelas de {janela} precisa de {milhar(precisa)}; use mais poemas ou um --lote menor."
        )
    return (len(corpus.ids) - 1) // (lote * janela)


def janelas_da_epoca(
    corpus: Corpus, lote: int, janela: int, semente: int, epoca: int
) -> Iterator[tuple[Ids, Ids]]:
    """As janelas de uma época, na ordem em que o estado da GRU deve atravessá-las.

    O texto embaralhado é cortado em `lote` fluxos contíguos e cada passo lê a janela seguinte de
    todos eles. Assim a linha b do passo t continua a linha b do passo t-1, e o estado pode ser
    levado de uma à outra (retropropagação truncada no tempo, Mikolov 2010): o modelo aprende com
    tudo o que veio antes, como na geração, e não só com a janela.

    Yields:
        Pares (entrada [lote, janela], alvo [lote, janela]); o alvo é o caractere seguinte em
        cada posição. São vistas do texto embaralhado. A semente e a época fixam a ordem.
    """
    passos = passos_por_epoca(corpus, lote, janela)
    texto = corpus.embaralhado(np.random.default_rng([semente, epoca]))
    usados = lote * passos * janela
    entradas = texto[:usados].reshape(lote, -1)
    alvos = texto[1 : usados + 1].reshape(lote, -1)
    for inicio in range(0, passos * janela, janela):
        trecho = slice(inicio, inicio + janela)
        yield entradas[:, trecho], alvos[:, trecho]


def como_tf_data(
    corpus: Corpus, lote: int, janela: int, semente: int, primeira_epoca: int = 0
) -> "tf.data.Dataset":
    """As épocas em sequência sem fim, como tf.data: `passos_por_epoca` elementos em cada uma."""
    import tensorflow as tf  # só aqui: as janelas em si não dependem do TensorFlow

    def epocas() -> Iterator[tuple[Ids, Ids]]:
        for epoca in count(primeira_epoca):
            yield from janelas_da_epoca(corpus, lote, janela, semente, epoca)

    forma = tf.TensorSpec((lote, janela), tf.uint16)
    dados = tf.data.Dataset.from_generator(epocas, output_signature=(forma, forma))
    return dados.prefetch(2)


def janelas_classicas(ids: Ids, janela: int = 60, passo: int = 3) -> tuple[Ids, Ids]:
    """As janelas do projeto original: um alvo só por janela, de `passo` em `passo` caracteres.

    Args:
        ids: [N], o texto.
        janela: caracteres de entrada de cada janela.
        passo: distância entre o começo de duas janelas.

    Returns:
        Entradas [M, janela] e alvos [M], com M = ceil((N - janela) / passo). São vistas de `ids`:
        as janelas se sobrepõem e copiadas ocupariam janela / passo vezes o texto.
    """
    if len(ids) <= janela:
        raise ErroPoema(
            f"poucos caracteres: há {milhar(len(ids))} e uma janela de {janela} precisa de {janela + 1}."
        )
    entradas = np.lib.stride_tricks.sliding_window_view(ids[:-1], janela)[::passo]
    return entradas, ids[janela::passo]
