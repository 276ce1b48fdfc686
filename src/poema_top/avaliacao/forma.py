"""A forma de um poema: tamanhos contra os do dataset, e as rimas."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from poema_top.avaliacao.medidas import palavras
from poema_top.texto.silabas import rima

# Os pronomes átonos, que no fim de um verbo não têm tônica.
_ATONO = re.compile("(?:[mts]e|[ln]?[oa]s?|lhes?|[nv]os)$")


def final(palavra: str) -> str:
    """O que rima: a palavra a partir da vogal tônica.

    De uma composta, a da última parte (beija-flor, amor); um pronome átono vai com o verbo (deixa-me).
    """
    *outras, ultima = re.split("[-']", palavra)
    return rima(outras[-1]) + ultima if outras and _ATONO.match(ultima) else rima(ultima)


def rimas(poemas: Sequence[str]) -> float:
    """A parcela dos versos que rimam com outro da mesma estrofe, que acabe noutra palavra."""
    total = rimados = 0
    for poema in poemas:
        for estrofe in re.split(r"\n\s*\n", poema):
            ultimas = [lidas[-1] for verso in estrofe.split("\n") if (lidas := palavras(verso))]
            finais = Counter(final(palavra) for palavra in set(ultimas))
            total += len(ultimas)
            rimados += sum(finais[final(palavra)] > 1 for palavra in ultimas)
    return rimados / total if total else 0.0


def quantis(valores: Sequence[int]) -> tuple[float, float, float]:
    """O valor abaixo do qual ficam 10 %, 50 % e 90 % deles."""
    if not valores:
        return (0.0, 0.0, 0.0)
    decimo, mediana, nono = np.quantile(valores, [0.1, 0.5, 0.9])
    return float(decimo), float(mediana), float(nono)


def distancia(uns: Sequence[int], outros: Sequence[int]) -> float:
    """A distância de Kolmogorov-Smirnov: a maior diferença entre as duas distribuições acumuladas.

    Zero, se são a mesma; um, se todos os valores de uma são menores que os da outra.
    """
    if not uns or not outros:
        return 1.0
    pontos = np.union1d(uns, outros)
    acumuladas = [np.searchsorted(np.sort(v), pontos, side="right") / len(v) for v in (uns, outros)]
    return float(np.abs(acumuladas[0] - acumuladas[1]).max())
