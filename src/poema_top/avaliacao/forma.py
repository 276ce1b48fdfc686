"""A forma de um poema: tamanhos contra os do dataset, e as rimas."""

from collections.abc import Sequence

import numpy as np

from poema_top.texto.verso import rimados


def rimas(poemas: Sequence[str]) -> float:
    """A parcela dos versos que rimam com outro da mesma estrofe, que acabe noutra palavra."""
    contas = [rimados(poema) for poema in poemas]
    total = sum(versos for _, versos in contas)
    return sum(achados for achados, _ in contas) / total if total else 0.0


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
