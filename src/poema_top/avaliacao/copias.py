"""O maior trecho que um texto gerado copiou do treino."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def maior_trecho(gerados: Sequence[str], treino: Sequence[str]) -> str:
    """O trecho mais longo de um poema gerado que está, tal e qual, num poema de treino.

    Se há um de k caracteres, há um de k - 1: procura-se k por bissecção, comparando de uma vez os
    resumos de todos os trechos de k caracteres (Karp e Rabin 1987).
    """
    # Um separador diferente em cada lado: nenhum trecho comum passa de um poema para outro.
    aqui, la = "\x01".join(p.lower() for p in gerados), "\x02".join(p.lower() for p in treino)
    resumo_daqui, resumo_de_la = _Resumos(aqui), _Resumos(la)
    melhor, menor, maior = "", 1, max(map(len, gerados), default=0)
    while menor <= maior:
        k = (menor + maior) // 2
        comuns = _em_comum(resumo_daqui.de(k), resumo_de_la.de(k))
        achado = next((t for i in comuns[:50] if (t := aqui[i : i + k]) in la), None)
        if achado is None:
            maior = k - 1
        else:
            melhor, menor = achado, k + 1
    return melhor


def _em_comum(daqui: NDArray[np.uint64], de_la: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Os índices dos daqui que estão entre os de lá; ordena só os daqui, que são poucos."""
    if not len(daqui):
        return np.empty(0, np.intp)
    ordem = np.argsort(daqui)
    ordenados = daqui[ordem]
    onde = np.minimum(np.searchsorted(ordenados, de_la), len(daqui) - 1)
    comuns: NDArray[np.intp] = ordem[np.unique(onde[ordenados[onde] == de_la])]
    return comuns


class _Resumos:
    """Os resumos de todos os trechos de um tamanho, módulo 2^64, com a base ímpar (e portanto invertível)."""

    _BASE = 0x9E3779B97F4A7C15

    def __init__(self, texto: str) -> None:
        codigos = np.frombuffer(texto.encode("utf-32-le"), np.uint32).astype(np.uint64) + np.uint64(1)
        self._soma = np.concatenate(
            [[np.uint64(0)], np.cumsum(codigos * _potencias(self._BASE, len(codigos)))]
        )
        self._inversas = _potencias(pow(self._BASE, -1, 1 << 64), len(codigos))

    def de(self, k: int) -> NDArray[np.uint64]:
        """Um número por trecho de k caracteres."""
        resumos: NDArray[np.uint64] = (self._soma[k:] - self._soma[: len(self._soma) - k]) * (
            self._inversas[: max(0, len(self._soma) - k)]
        )
        return resumos


def _potencias(base: int, quantas: int) -> NDArray[np.uint64]:
    fatores = np.full(quantas, base, np.uint64)
    fatores[:1] = 1
    potencias: NDArray[np.uint64] = np.cumprod(fatores)
    return potencias
