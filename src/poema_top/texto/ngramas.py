"""Quantas vezes cada sequência curta de símbolos apareceu, e a chance que isso dá ao seguinte.

Um símbolo é um inteiro: o número de uma palavra, ou o da classe dela. A chance de um símbolo depois de outros
é a de Witten e Bell (1991): a contagem da sequência inteira, misturada à da mais curta tanto mais quanto mais
coisas diferentes já se viram depois do mesmo começo.

    p(c | a b) = λ n(a b c) / n(a b) + (1 - λ) p(c | b)      λ = n(a b) / (n(a b) + diferentes depois de a b)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.vetores import Vetor, acumula, diferencas

Inteiros = NDArray[np.int64]
_POUCO = 0.1  # o que conta um símbolo que nunca apareceu


@dataclass(frozen=True)
class Vistos:
    """O que se sabe de cada posição de um texto.

    Attributes:
        logs: [K, T], o log da chance do símbolo, com k - 1 anteriores na linha k - 1.
        vezes: [K, T], quantas vezes a sequência de k símbolos que acaba ali apareceu.
    """

    logs: NDArray[np.float64]
    vezes: Inteiros


class Ngramas:
    """As sequências de 1 a K símbolos de um texto."""

    def __init__(self, simbolos: int, chaves: Sequence[Inteiros], vezes: Sequence[Inteiros]) -> None:
        """As contagens, já feitas.

        Args:
            simbolos: quantos existem; cada um vai de 0 a `simbolos` - 1.
            chaves: K vetores em ordem; a chave de (a, b, c) é (a S + b) S + c.
            vezes: quantas vezes apareceu cada chave.
        """
        self._simbolos = simbolos
        self._chaves = list(chaves)
        self._vezes = list(vezes)
        self._total = int(vezes[0].sum())
        # Depois de cada sequência de k - 1, quantos símbolos diferentes.
        self._seguintes = [
            np.diff(np.searchsorted(longas, np.append(curtas, curtas[-1] + 1) * simbolos))
            for curtas, longas in zip(self._chaves, self._chaves[1:], strict=False)
        ]

    @classmethod
    def conta(cls, textos: Sequence[Inteiros], simbolos: int, ordem: int) -> "Ngramas":
        """Conta as sequências de 1 a `ordem` símbolos; nenhuma passa de um texto para outro."""
        chaves, vezes = [], []
        for k in range(1, ordem + 1):
            todas = np.concatenate([_chaves(t, k, simbolos) for t in textos])
            unicas, quantas = np.unique(todas, return_counts=True)
            chaves.append(unicas)
            vezes.append(quantas)
        return cls(simbolos, chaves, vezes)

    @property
    def ordem(self) -> int:
        """K, o tamanho da sequência mais longa."""
        return len(self._chaves)

    def ve(self, simbolos: Inteiros, lugar: Inteiros) -> Vistos:
        """Olha um texto, ou vários seguidos.

        Args:
            simbolos: [T].
            lugar: [T], a posição de cada um no seu texto, de 0 em diante.
        """
        base = self._simbolos
        logs = np.empty((self.ordem, len(simbolos)))
        vistas = np.zeros(logs.shape, np.int64)
        chance: NDArray[np.floating[Any]] = np.zeros(len(simbolos))
        chave = antes = onde = np.zeros(len(simbolos), np.int64)
        for k in range(self.ordem):
            ha = lugar >= k
            chave = np.where(ha, np.roll(chave, 1) * base + simbolos if k else simbolos, 0)
            anteriores, (onde, achadas) = np.roll(onde, 1), self._procura(k, chave)
            vistas[k] = np.where(ha, achadas, 0)
            if k == 0:
                chance = (achadas + _POUCO) / (self._total + _POUCO * base)
            else:
                n = np.roll(antes, 1)
                diferentes = np.where(n > 0, self._seguintes[k - 1][anteriores], 0)
                peso = np.where(diferentes > 0, n / np.maximum(n + diferentes, 1), 0)
                chance = np.where(ha, peso * achadas / np.maximum(n, 1) + (1 - peso) * chance, chance)
            logs[k] = np.log(chance)
            antes = vistas[k]
        return Vistos(logs, vistas)

    def _procura(self, k: int, chave: Inteiros) -> tuple[Inteiros, Inteiros]:
        """Onde está cada chave de k + 1 símbolos, e quantas vezes apareceu."""
        chaves = self._chaves[k]
        onde = np.minimum(np.searchsorted(chaves, chave), len(chaves) - 1)
        return onde, np.where(chaves[onde] == chave, self._vezes[k][onde], 0)

    def vetores(self, nome: str) -> dict[str, Vetor]:
        """O que se grava, cada vetor com um nome que começa pelo dado."""
        pares = enumerate(zip(self._chaves, self._vezes, strict=True))
        gravados: dict[str, Vetor] = {}
        for k, (chaves, vezes) in pares:
            gravados[f"{nome}_chaves_{k}"] = diferencas(chaves)
            gravados[f"{nome}_vezes_{k}"] = vezes.astype(np.uint32)
        return gravados

    @classmethod
    def de_vetores(cls, nome: str, lidos: dict[str, Vetor], simbolos: int, ordem: int) -> "Ngramas":
        """O inverso de `vetores`."""
        chaves = [acumula(lidos[f"{nome}_chaves_{k}"].astype(np.int64)) for k in range(ordem)]
        return cls(simbolos, chaves, [lidos[f"{nome}_vezes_{k}"].astype(np.int64) for k in range(ordem)])


def _chaves(texto: Inteiros, k: int, simbolos: int) -> Inteiros:
    quantas = max(0, len(texto) - k + 1)
    chave = np.zeros(quantas, np.int64)
    for j in range(k):
        chave = chave * simbolos + texto[j : j + quantas]
    return chave
