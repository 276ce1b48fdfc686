"""Poemas em ids: o que o treino e a validação leem."""

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.texto.pedacos import CARACTERE
from poema_top.texto.poemas import TERMINADOR
from poema_top.texto.vocabulario import Ids, Vocabulario


@dataclass(frozen=True)
class Corpus:
    """Poemas em ids, um depois do outro, cada um fechado pelo separador.

    Attributes:
        ids: [N], todos os poemas do arquivo.
        limites: [P + 1], onde cada poema começa em `ids`, e no fim o próprio N.
        quais: os poemas que contam (os do treino, ou os da validação).
        letras_por_token: [V], de `Vocabulario.letras`.
        mapas: os arquivos mapeados de onde `ids` e `limites` vêm, se vierem.
    """

    ids: Ids
    limites: NDArray[np.int64]
    quais: NDArray[np.int32]
    letras_por_token: NDArray[np.int64]
    mapas: tuple[mmap.mmap, ...] = ()

    @classmethod
    def de_poemas(cls, poemas: Iterable[str], vocabulario: Vocabulario) -> "Corpus":
        """Codifica poemas na memória; um caractere desconhecido é ErroPoema."""
        ids, fins = codifica_bloco(list(poemas), vocabulario)
        quais = np.arange(len(fins), dtype=np.int32)
        return cls(ids, np.concatenate([[0], fins]), quais, vocabulario.letras)

    def __len__(self) -> int:
        return len(self.quais)

    def tamanhos(self, quais: NDArray[np.int32]) -> NDArray[np.int64]:
        """Quantos tokens tem cada poema de uma lista de números como os de `quais`, com o separador."""
        tamanhos: NDArray[np.int64] = self.limites[quais + 1] - self.limites[quais]
        return tamanhos

    @cached_property
    def tokens(self) -> int:
        """A soma dos tamanhos dos poemas que contam."""
        soma = sum(int(self.tamanhos(parte).sum()) for parte in em_partes(self.quais))
        self.solta()
        return soma

    @cached_property
    def caracteres(self) -> int:
        """As letras desses tokens: as dos poemas que contam, com o separador de cada um."""
        if (self.letras_por_token == 1).all():
            return self.tokens
        vezes = np.zeros(len(self.letras_por_token), np.int64)
        for qual in self.quais:
            vezes += np.bincount(self.poema(qual), minlength=len(vezes))
        self.solta()
        return int(vezes @ self.letras_por_token)

    def poema(self, qual: int) -> Ids:
        """Os ids de um dos poemas de `quais`, com o separador no fim: uma vista, sem cópia."""
        return self.ids[self.limites[qual] : self.limites[qual + 1]]

    def so(self, quais: NDArray[np.int32]) -> "Corpus":
        """O mesmo texto, contando só estes poemas."""
        return replace(self, quais=quais)

    def solta(self) -> None:
        """Devolve ao sistema a memória do que já foi lido."""
        solta_mapas(*self.mapas)


def em_partes(quais: NDArray[np.int32], parte: int = 1 << 18) -> Iterator[NDArray[np.int32]]:
    """Os números aos poucos, para que as contas sobre milhões de poemas não dobrem a memória."""
    return (quais[inicio : inicio + parte] for inicio in range(0, len(quais), parte))


def codifica_bloco(poemas: list[str], vocabulario: Vocabulario) -> tuple[Ids, NDArray[np.int64]]:
    """Poemas -> ids [N], cada um com o separador, e onde cada um acaba [P]; desconhecido é ErroPoema."""
    texto = vocabulario.normaliza("".join(poema + TERMINADOR for poema in poemas))
    fins = np.flatnonzero(np.frombuffer(texto.encode("utf-32-le"), np.uint32) == ord(TERMINADOR)) + 1
    ids = vocabulario.codifica(texto.replace(TERMINADOR, vocabulario.separador))
    if vocabulario.tipo != CARACTERE:  # os fins são de letras, e um separador é um token sozinho
        fins = np.searchsorted(np.cumsum(vocabulario.letras[ids]), fins) + 1
    return ids, fins


def mapeia(caminho: Path) -> mmap.mmap:
    """O arquivo como memória que só se lê, trazida do disco aos poucos."""
    with caminho.open("rb") as arquivo:
        return mmap.mmap(arquivo.fileno(), 0, access=mmap.ACCESS_READ)


def solta_mapas(*mapas: mmap.mmap) -> None:
    """Devolve ao sistema a memória das páginas já lidas de arquivos mapeados (ele as tem no disco)."""
    for mapa in mapas:
        if hasattr(mmap, "MADV_DONTNEED") and hasattr(mapa, "madvise"):  # o Windows não os tem
            mapa.madvise(mmap.MADV_DONTNEED)
