"""Poemas iguais, e os que partilham ao menos metade dos versos."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Par:
    """Dois poemas parecidos, pelo lugar de cada um na lista."""

    primeiro: int
    segundo: int
    comuns: int
    versos: int  # do maior dos dois


def essencia(texto: str) -> str:
    """O que faz dois poemas serem o mesmo: maiúsculas e espaços não contam."""
    return " ".join(texto.lower().split())


def versos(poema: str) -> set[str]:
    """Os versos distintos, sem maiúsculas nem pontuação."""
    limpos = ("".join(c if c.isalnum() else " " for c in verso.lower()) for verso in poema.split("\n"))
    return {" ".join(verso.split()) for verso in limpos} - {""}


class Indice:
    """Acha os poemas que partilham com outro ao menos metade dos versos do maior dos dois, e ao menos dois.

    Quem partilha metade partilha, por força, um verso entre os `n - n/2 + 1` primeiros de cada um, em
    qualquer ordem que seja a mesma para todos: basta indexar esses ("prefix filtering": Chaudhuri, Ganti e
    Kaushik 2006).
    """

    def __init__(self, ordem: Callable[[str], Any]) -> None:
        """Um índice vazio; a ordem que põe primeiro os versos raros faz com que poucos se comparem."""
        self._ordem = ordem
        self._conjuntos: list[set[str]] = []
        self._onde: defaultdict[str, list[int]] = defaultdict(list)

    def guarda(self, conjunto: set[str]) -> None:
        """Põe no índice um poema, pelos `versos` dele."""
        for verso in self._primeiros(conjunto):
            self._onde[verso].append(len(self._conjuntos))
        self._conjuntos.append(conjunto)

    def parecidos_com(self, conjunto: set[str]) -> list[Par]:
        """Os pares deste poema, que seria o próximo, com os do índice."""
        achados = []
        for j in sorted({j for verso in self._primeiros(conjunto) for j in self._onde.get(verso, ())}):
            maior = max(len(conjunto), len(self._conjuntos[j]))
            comuns = len(conjunto & self._conjuntos[j])
            if comuns >= 2 and 2 * comuns >= maior:
                achados.append(Par(j, len(self._conjuntos), comuns, maior))
        return achados

    def _primeiros(self, conjunto: set[str]) -> list[str]:
        return sorted(conjunto, key=self._ordem)[: len(conjunto) - (len(conjunto) + 1) // 2 + 1]


def parecidos(poemas: Sequence[str]) -> Iterator[Par]:
    """Todos os pares de parecidos; um verso de mil poemas quase nunca é procurado."""
    conjuntos = [versos(poema) for poema in poemas]
    vezes = Counter(verso for conjunto in conjuntos for verso in conjunto)
    indice = Indice(lambda verso: (vezes[verso], verso))
    for conjunto in conjuntos:
        yield from indice.parecidos_com(conjunto)
        indice.guarda(conjunto)
