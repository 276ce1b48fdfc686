"""A forma de um poema: tamanhos contra os do dataset, e rimas por uma regra simples."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from poema_top.avaliacao.medidas import palavras

_VOGAIS = "aeiouáéíóúâêôãõàü"
_NUCLEO = re.compile(f"[{_VOGAIS}]+")
_TONICA = re.compile("[áéíóúâêôãõ]")
_GRAVE = re.compile("(?:[aeo]s?|[ae]m|ens)$")  # o fim das palavras graves sem acento escrito


def final(palavra: str) -> str:
    """O que rima: a palavra a partir da vogal tônica.

    A regra é a da grafia: a tônica é a vogal com acento; sem acento, está no penúltimo grupo de vogais
    das palavras acabadas em a, e, o (e com s), am, em, ens, e no último grupo das outras. O grupo
    vai inteiro, sem separar ditongos de hiatos.
    """
    if acentos := list(_TONICA.finditer(palavra)):
        return palavra[acentos[-1].start() :]
    grupos = list(_NUCLEO.finditer(palavra))
    if not grupos:
        return palavra
    qual = -2 if _GRAVE.search(palavra) and len(grupos) > 1 else -1
    return palavra[grupos[qual].start() :]


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
