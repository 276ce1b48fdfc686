"""Poemas iguais, e os que partilham ao menos metade dos versos."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


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


def parecidos(poemas: Sequence[str]) -> Iterator[Par]:
    """Todos os pares que partilham ao menos metade dos versos do maior dos dois, e ao menos dois.

    Quem partilha metade partilha, por força, um verso entre os `n - n/2 + 1` mais raros de cada um: basta
    indexar esses ("prefix filtering": Chaudhuri, Ganti e Kaushik 2006), e um verso de mil poemas quase nunca
    é procurado.
    """
    conjuntos = [versos(poema) for poema in poemas]
    vezes = Counter(verso for conjunto in conjuntos for verso in conjunto)
    indice: defaultdict[str, list[int]] = defaultdict(list)
    for i, conjunto in enumerate(conjuntos):
        raros = sorted(conjunto, key=lambda verso: (vezes[verso], verso))
        raros = raros[: len(raros) - (len(raros) + 1) // 2 + 1]
        for j in sorted({j for verso in raros for j in indice[verso]}):
            maior = max(len(conjunto), len(conjuntos[j]))
            comuns = len(conjunto & conjuntos[j])
            if comuns >= 2 and 2 * comuns >= maior:
                yield Par(j, i, comuns, maior)
        for verso in raros:
            indice[verso].append(i)
