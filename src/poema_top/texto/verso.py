"""O verso lido: as palavras dele, e o que rima com o quê."""

import re
from collections import Counter
from functools import lru_cache

from poema_top.texto.silabas import rima

_PALAVRA = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
# Os pronomes átonos, que no fim de um verbo não têm tônica.
_ATONO = re.compile("(?:[mts]e|[ln]?[oa]s?|lhes?|[nv]os)$")
_ESTROFE = re.compile(r"\n\s*\n")


def palavras(texto: str) -> list[str]:
    """As palavras, em minúsculas; o hífen e o apóstrofo de dentro fazem parte delas."""
    return _PALAVRA.findall(texto.lower())


def versos(poema: str) -> list[str]:
    """Os versos de um poema, em minúsculas e sem espaços nas pontas; linhas em branco não contam."""
    return [verso for linha in poema.lower().split("\n") if (verso := linha.strip())]


@lru_cache(1 << 14)
def final(palavra: str) -> str:
    """O que rima: a palavra a partir da vogal tônica.

    De uma composta, a da última parte (beija-flor, amor); um pronome átono vai com o verbo (deixa-me).
    """
    *outras, ultima = re.split("[-']", palavra)
    return rima(outras[-1]) + ultima if outras and _ATONO.match(ultima) else rima(ultima)


def rimados(poema: str) -> tuple[int, int]:
    """Quantos versos rimam com outro da mesma estrofe, que acabe noutra palavra; e quantos versos há."""
    total = achados = 0
    for estrofe in _ESTROFE.split(poema):
        ultimas = [lidas[-1] for verso in estrofe.split("\n") if (lidas := palavras(verso))]
        finais = Counter(final(palavra) for palavra in set(ultimas))
        total += len(ultimas)
        achados += sum(finais[final(palavra)] > 1 for palavra in ultimas)
    return achados, total
