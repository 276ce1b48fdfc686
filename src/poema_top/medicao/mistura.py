"""Que poemas dar a cada treino de `just mede dados`: tantos de uma mistura, ou os de palavras conhecidas."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from poema_top.base.arquivos import relativo, relativos
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.texto.poemas import le_poemas
from poema_top.texto.reservado import sobrepostos
from poema_top.texto.verso import palavras

MISTURA, FECHADO, ACASO = "mistura", "fechado", "acaso"
FECHADOS = 15_000  # poemas de vocabulário fechado, no máximo
NA_BASE, AO_TODO = 3, 12  # vezes que uma palavra aparece, ao menos, para ser conhecida
SEMENTE = 0

Textos = dict[tuple[str, int], list[str]]  # de quê e quantos -> os poemas


def textos(dataset: Sequence[Path], reservados: Sequence[Path], tamanhos: Sequence[int]) -> Textos:
    """Os poemas de cada treino.

    Args:
        dataset: os arquivos da mistura; o primeiro diz que palavras se conhecem, e dos outros saem os poemas
            de vocabulário fechado e outros tantos, ao acaso.
        reservados: os que nenhum treino pode ler.
        tamanhos: de quantos poemas da mistura; mais do que há são todos.

    Raises:
        ErroPoema: um arquivo não se lê, ou há nele poemas reservados.
    """
    base, resto = le_poemas(dataset[0]), [p for arquivo in dataset[1:] for p in le_poemas(arquivo)]
    for arquivo in reservados:
        if lidos := sobrepostos(le_poemas(arquivo), base + resto):
            raise ErroPoema(
                f"{milhar(lidos)} poema(s) de {relativo(arquivo)} estão também em {relativos(dataset)}: não "
                "seriam inéditos. Meça noutro --texto."
            )
    mistura = embaralha(base + resto)
    lidos_por = {(MISTURA, n): mistura[:n] for n in sorted({min(n, len(mistura)) for n in tamanhos})}
    if not resto:
        return lidos_por
    conhecidos = so_com_conhecidas(resto, base)
    n = min(len(conhecidos), FECHADOS)
    print(
        f"{FECHADO}: de {milhar(len(resto))} poemas, {milhar(len(conhecidos))} só têm palavras que "
        f"{relativo(dataset[0])} tem {NA_BASE} vezes, ou todos juntos {AO_TODO}; treina-se em {milhar(n)}\n"
        f"{ACASO}: {milhar(n)} sorteados entre os mesmos {milhar(len(resto))}\n"
    )
    return {**lidos_por, (FECHADO, n): embaralha(conhecidos)[:n], (ACASO, n): embaralha(resto)[:n]}


def embaralha(poemas: Sequence[str]) -> list[str]:
    """Os poemas em ordem sorteada, sempre a mesma: os primeiros, quantos forem, são uma amostra do todo.

    À frente vão os que trazem um caractere que os anteriores não tinham (uma dúzia em quarenta mil): um
    modelo que leu só o começo conhece todos, e pode ser medido no mesmo texto que os outros.
    """
    sorteio = np.random.default_rng(SEMENTE).permutation(len(poemas))
    vistos, novos, outros = set[str](), list[str](), list[str]()
    for i in sorteio:
        letras = set(poemas[i].lower())
        (outros if letras <= vistos else novos).append(poemas[i])
        vistos |= letras
    return novos + outros


def so_com_conhecidas(poemas: Sequence[str], base: Sequence[str]) -> list[str]:
    """Os poemas em que toda palavra está na base `NA_BASE` vezes, ou nela e neles `AO_TODO` vezes."""
    na_base, aqui = (Counter(p for poema in todos for p in palavras(poema)) for todos in (base, poemas))
    conhecidas = {p for p, n in (na_base + aqui).items() if na_base[p] >= NA_BASE or n >= AO_TODO}
    return [poema for poema in poemas if conhecidas.issuperset(palavras(poema))]
