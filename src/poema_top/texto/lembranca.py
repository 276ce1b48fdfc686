"""O que um modelo leu no treino, para quem não tem os poemas: os resumos dos versos e das palavras.

Um resumo são 32 bits: dos 80 mil versos de `padrao`, um verso que não está lá parece estar uma vez em 50 mil.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.base.vetores import acumula, diferencas, grava_vetores, le_vetores
from poema_top.texto.verso import palavras, versos

ARQUIVO = "lembranca.npz"
CONSERTO = "refaça-o com: just critica --modelo PASTA"
Resumos = NDArray[np.uint32]


@dataclass(frozen=True)
class Lembranca:
    """Os versos e as palavras do treino.

    Attributes:
        versos: os resumos, em ordem.
        palavras: idem.
    """

    versos: Resumos
    palavras: Resumos

    @classmethod
    def de_poemas(cls, poemas: Iterable[str]) -> "Lembranca":
        """Resume os poemas de um treino."""
        todos_os_versos, todas_as_palavras = set[str](), set[str]()
        for poema in poemas:
            todos_os_versos.update(versos(poema))
            todas_as_palavras.update(palavras(poema))
        return cls(*(np.unique(_resumos(textos)) for textos in (todos_os_versos, todas_as_palavras)))

    def copiados(self, poema: str) -> int:
        """Quantos versos do poema estão, inteiros, no treino."""
        return _quantos(self.versos, versos(poema))

    def desconhecidas(self, poema: str) -> int:
        """Quantas palavras do poema o treino não tem."""
        lidas = palavras(poema)
        return len(lidas) - _quantos(self.palavras, lidas)

    def grava(self, pasta: Path) -> None:
        """Grava na pasta de um modelo."""
        vetores = {"versos": diferencas(self.versos), "palavras": diferencas(self.palavras)}
        grava_vetores(pasta / ARQUIVO, vetores)

    @classmethod
    def le(cls, pasta: Path) -> "Lembranca | None":
        """A de um modelo; None se ele não tem nenhuma.

        Raises:
            ErroPoema: tem, e não presta.
        """
        if not (pasta / ARQUIVO).exists():
            return None
        lidos = le_vetores(pasta / ARQUIVO, ["versos", "palavras"], CONSERTO)
        return cls(acumula(lidos["versos"]), acumula(lidos["palavras"]))


def _resumos(textos: Iterable[str]) -> Resumos:
    digestos = (hashlib.blake2b(texto.encode(), digest_size=4).digest() for texto in textos)
    return np.frombuffer(b"".join(digestos), "<u4").astype(np.uint32)


def _quantos(conhecidos: Resumos, textos: list[str]) -> int:
    if not textos or not len(conhecidos):
        return 0
    resumos = _resumos(textos)
    onde = np.minimum(np.searchsorted(conhecidos, resumos), len(conhecidos) - 1)
    return int((conhecidos[onde] == resumos).sum())
