"""O acaso dos poemas: os mesmos números no terminal, no servidor e no navegador.

O gerador é o Threefry-2x32 de 20 voltas (Salmon, Moraes, Dror e Shaw 2011, "Parallel random numbers: as
easy as 1, 2, 3"; o JAX usa o mesmo). Ele não tem estado: embaralha um **contador** com uma **chave**, e o
número n de uma semente é uma conta só de n e dela. Por isso um bloco inteiro, ou mil textos ao mesmo tempo,
saem de uma vez em NumPy, e em JavaScript é um laço de somas, rotações e ou-exclusivos de 32 bits.

    chave (k0, k1)      semente mod 2^32, semente // 2^32; a semente vai de 0 a 2^53 - 1
    contador (c0, c1)   c0 = 0, 1, 2, ... ao longo do texto; c1 = o número do texto, quando são vários
    k2                  k0 xor k1 xor 0x1BD11BDA

    x0, x1 = c0 + k0, c1 + k1                           todas as somas módulo 2^32
    para g de 0 a 4:                                    cinco grupos de quatro voltas
        para r em (13, 15, 26, 6) se g é par, em (17, 29, 16, 24) se é ímpar:
            x0 = x0 + x1
            x1 = x0 xor (x1 girado de r bits à esquerda)
        x0 = x0 + k[(g + 1) mod 3]
        x1 = x1 + k[(g + 2) mod 3] + g + 1

De cada contador saem dois números, nesta ordem: x0 / 2^32 e x1 / 2^32, em [0, 1). O arquivo
`tests/geracao/sorteio.json` traz os primeiros de várias sementes, para quem o refizer noutra língua.
"""

import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from poema_top.base.numeros import SEMENTE_MAXIMA

_GIROS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARIDADE = 0x1BD11BDA
BLOCO = 128  # contadores por vez: num texto só, o custo de chamar o NumPy se divide por eles


def semente_nova() -> int:
    """Uma semente ao acaso, para quem não pediu nenhuma."""
    return secrets.randbelow(SEMENTE_MAXIMA + 1)


def threefry(
    chave: tuple[NDArray[np.uint32], NDArray[np.uint32]],
    contador: tuple[NDArray[np.uint32], NDArray[np.uint32]],
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """O embaralhamento descrito acima; as quatro entradas têm formas que se combinam."""
    k0, k1 = chave
    chaves = (k0, k1, k0 ^ k1 ^ np.uint32(_PARIDADE))
    x0, x1 = contador[0] + k0, contador[1] + k1
    for g in range(5):
        for r in _GIROS[g % 2]:
            x0 = x0 + x1
            x1 = (x1 << np.uint32(r) | x1 >> np.uint32(32 - r)) ^ x0
        x0 = x0 + chaves[(g + 1) % 3]
        x1 = x1 + chaves[(g + 2) % 3] + np.uint32(g + 1)
    return x0, x1


class Sorteio:
    """Os números de uma semente, em ordem."""

    def __init__(self, semente: int, texto: int = 0) -> None:
        """Do começo.

        Args:
            semente: de 0 a `SEMENTE_MAXIMA`.
            texto: qual dos textos dessa semente, de 0 a 2^32 - 1; cada um tem os seus números.

        Raises:
            ValueError: semente ou texto fora da faixa.
        """
        if not (0 <= semente <= SEMENTE_MAXIMA and 0 <= texto < 1 << 32):
            raise ValueError(f"semente {semente} ou texto {texto} fora da faixa")
        self._chave = (np.array([semente & 0xFFFFFFFF], np.uint32), np.array([semente >> 32], np.uint32))
        self._texto = np.array([texto], np.uint32)
        self._contador = 0
        self._prontos = np.empty(0)
        self._usados = 0

    def numeros(self, quantos: int) -> NDArray[np.float64]:
        """Os próximos, [quantos], em [0, 1): os mesmos, peçam-se aos poucos ou de uma vez."""
        while len(self._prontos) - self._usados < quantos:
            self._prontos = np.concatenate([self._prontos[self._usados :], self._bloco()])
            self._usados = 0
        self._usados += quantos
        return self._prontos[self._usados - quantos : self._usados]

    def numero(self) -> float:
        """O próximo."""
        if self._usados == len(self._prontos):
            self._prontos, self._usados = self._bloco(), 0
        self._usados += 1
        return float(self._prontos[self._usados - 1])

    def _bloco(self) -> NDArray[np.float64]:
        contador = np.arange(self._contador, self._contador + BLOCO).astype(np.uint32)  # módulo 2^32
        self._contador += BLOCO
        return np.stack(threefry(self._chave, (contador, self._texto)), axis=-1).ravel() / 2.0**32


def sorteios(semente: int, textos: Sequence[int] | range) -> list[Sorteio]:
    """Um sorteio para cada texto de uma semente."""
    return [Sorteio(semente, texto) for texto in textos]
