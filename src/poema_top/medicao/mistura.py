"""Que poemas dar a cada treino de `just mede dados`: tantos de uma mistura, ou os de palavras conhecidas."""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from poema_top.base.arquivos import relativo, relativos
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.texto.conhecidas import AO_TODO, NA_BASE, so_com_conhecidas
from poema_top.texto.poemas import le_poemas
from poema_top.texto.reservado import sobrepostos

MISTURA, FECHADO, ACASO = "mistura", "fechado", "acaso"
FECHADOS = 15_000  # poemas de vocabulário fechado, no máximo
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
    conhecidos = list(compress(resto, so_com_conhecidas(resto, base)))
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
