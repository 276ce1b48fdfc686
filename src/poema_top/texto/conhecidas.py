"""Um mundo pequeno: que poemas só usam palavras que outros já têm."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

NA_BASE, AO_TODO = 3, 12  # vezes que uma palavra aparece, ao menos, para ser conhecida
_PALAVRA = re.compile(r"[^\W\d_]+")  # de "beija-flor", as duas partes: cada uma se aprende


def so_com_conhecidas(poemas: Sequence[str], base: Iterable[str]) -> list[bool]:
    """De cada poema, se toda palavra dele está na base `NA_BASE` vezes, ou nela e neles `AO_TODO` vezes."""
    na_base = Counter(palavra for poema in base for palavra in _palavras(poema))
    aqui = Counter(palavra for poema in poemas for palavra in _palavras(poema))
    conhecidas = {p for p, n in (na_base + aqui).items() if na_base[p] >= NA_BASE or n >= AO_TODO}
    return [conhecidas.issuperset(_palavras(poema)) for poema in poemas]


def _palavras(poema: str) -> list[str]:
    return _PALAVRA.findall(poema.lower())
