"""As janelas do projeto original: uma a cada três caracteres, e um alvo só em cada."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.rede.backend import keras
from poema_top.texto.corpus import Corpus

DISTANCIA = 3  # caracteres entre o começo de duas janelas


def recorta(ids: NDArray[Any], janela: int, distancia: int = DISTANCIA) -> tuple[NDArray[Any], NDArray[Any]]:
    """Corta um texto em janelas, cada uma com o caractere que a segue.

    Args:
        ids: [N], o texto.
        janela: caracteres de entrada de cada uma.
        distancia: entre o começo de duas.

    Returns:
        Entradas [M, janela] e alvos [M], com M = ceil((N - janela) / distancia). São vistas de
        `ids`: as janelas se sobrepõem, e copiadas ocupariam janela / distancia vezes o texto.
    """
    if len(ids) <= janela:
        raise ErroPoema(
            f"poucos caracteres: há {milhar(len(ids))} e uma janela de {janela} precisa de {janela + 1}."
        )
    entradas = np.lib.stride_tricks.sliding_window_view(ids[:-1], janela)[::distancia]
    return entradas, ids[janela::distancia]


class Lotes(keras.utils.PyDataset):  # type: ignore[misc]  # o Keras não publica tipos
    """Janelas em one-hot, montadas lote a lote: todas juntas não caberiam na memória."""

    def __init__(
        self, corpus: Corpus, tokens: int, janela: int, lote: int, maximo: int | None = None
    ) -> None:
        """As janelas de um corpus.

        Args:
            corpus: os poemas, lidos um depois do outro.
            tokens: V.
            janela: caracteres de cada uma.
            lote: quantas por vez; a sobra fica de fora.
            maximo: se há mais janelas que isto, uma amostra espaçada delas.
        """
        super().__init__()
        texto = np.concatenate([corpus.poema(i) for i in corpus.quais])
        distancia = DISTANCIA if maximo is None else max(1, (len(texto) - janela) // maximo)
        self._entradas, self._alvos = recorta(texto, janela, distancia)
        self._um = np.eye(tokens, dtype=np.float32)
        self._lote = min(lote, len(self._alvos))
        self._ordem = np.arange(len(self._alvos))

    def __len__(self) -> int:
        """Quantos lotes inteiros."""
        return len(self._alvos) // self._lote

    def __getitem__(self, i: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """O lote i: entradas [lote, janela, V] e alvos [lote]."""
        quais = self._ordem[i * self._lote : (i + 1) * self._lote]
        return self._um[self._entradas[quais]], self._alvos[quais].astype(np.int32)

    def embaralha(self, sorteador: np.random.Generator) -> None:
        """Sorteia outra ordem para as janelas."""
        self._ordem = sorteador.permutation(len(self._alvos))
