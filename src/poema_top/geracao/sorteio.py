"""O acaso dos poemas: os mesmos números no terminal, no servidor e no navegador.

O gerador é o Threefry-2x32 de 20 voltas (Salmon, Moraes, Dror e Shaw 2011, "Parallel random numbers: as
easy as 1, 2, 3"; o JAX usa o mesmo). Ele não tem estado: embaralha um **contador** com uma **chave**, e o
número n de uma semente é uma conta só de n e dela. Por isso um bloco inteiro, ou mil textos ao mesmo tempo,
saem de uma vez em NumPy, e em JavaScript é um laço de somas, rotações e ou-exclusivos de 32 bits.

    chave (k0, k1)      semente mod 2^32, semente // 2^32; a semente vai de 0 a 2^53 - 1
    contador (c0, c1)   c0 = n: 0, 1, 2, ... ao longo do texto; c1 = o número do texto, quando são vários
    k2                  k0 xor k1 xor 0x1BD11BDA

    x0, x1 = c0 + k0, c1 + k1                           todas as somas módulo 2^32
    para g de 0 a 4:                                    cinco grupos de quatro voltas
        para r em (13, 15, 26, 6) se g é par, em (17, 29, 16, 24) se é ímpar:
            x0 = x0 + x1
            x1 = x0 xor (x1 girado de r bits à esquerda)
        x0 = x0 + k[(g + 1) mod 3]
        x1 = x1 + k[(g + 2) mod 3] + g + 1

    número n = (x0 2^21 + x1 // 2^11) / 2^53            em [0, 1), com os 53 bits de um double

O arquivo `tests/geracao/sorteio.json` traz os primeiros de várias sementes, para quem o refizer noutra
língua.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.numeros import SEMENTE_MAXIMA

Palavras = NDArray[np.uint32]
_GIROS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARIDADE = np.uint32(0x1BD11BDA)


def semente_nova() -> int:
    """Uma semente ao acaso, para quem não pediu nenhuma."""
    return secrets.randbelow(SEMENTE_MAXIMA + 1)


@dataclass(frozen=True)
class Sorteio:
    """Os números de um texto.

    Attributes:
        semente: de 0 a 2^53 - 1.
        texto: qual dos textos dessa semente, de 0 a 2^32 - 1; cada um tem os seus números.
    """

    semente: int
    texto: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.semente <= SEMENTE_MAXIMA and 0 <= self.texto < 1 << 32):
            raise ValueError(f"semente {self.semente} ou texto {self.texto} fora da faixa")


def sorteios(semente: int, textos: Sequence[int] | range) -> list[Sorteio]:
    """Um sorteio para cada texto de uma semente."""
    return [Sorteio(semente, texto) for texto in textos]


def numeros(dos: Sequence[Sorteio], n: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Os números de vários textos.

    Args:
        dos: B sorteios.
        n: quais números: [B], um por texto; ou [T, 1], os mesmos de todos.

    Returns:
        [B] ou [T, B], em [0, 1).
    """
    chave = _palavras([s.semente & 0xFFFFFFFF for s in dos]), _palavras([s.semente >> 32 for s in dos])
    x0, x1 = threefry(chave, (n.astype(np.uint32), _palavras([s.texto for s in dos])))
    return (x0 * 2.0**21 + (x1 >> np.uint32(11))) / 2.0**53


def _palavras(inteiros: list[int]) -> Palavras:
    return np.array(inteiros, np.uint32)


def threefry(
    chave: tuple[Palavras, Palavras], contador: tuple[Palavras, Palavras]
) -> tuple[Palavras, Palavras]:
    """O embaralhamento descrito acima; as quatro entradas têm formas que se combinam."""
    k0, k1 = chave
    chaves = (k0, k1, k0 ^ k1 ^ _PARIDADE)
    x0, x1 = contador[0] + k0, contador[1] + k1
    for g in range(5):
        for r in _GIROS[g % 2]:
            x0 = x0 + x1
            x1 = (x1 << np.uint32(r) | x1 >> np.uint32(32 - r)) ^ x0
        x0 = x0 + chaves[(g + 1) % 3]
        x1 = x1 + chaves[(g + 2) % 3] + np.uint32(g + 1)
    return x0, x1
