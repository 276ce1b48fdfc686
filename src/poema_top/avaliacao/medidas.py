"""Quanto um texto gerado se parece com o de treino, e quanto é cópia dele: 2-gramas, palavras, versos."""

import re
from collections.abc import Collection, Iterable, Sequence

_PALAVRA = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
VERSOS_COMPARADOS = 1000  # a parcela de distintos cai com o tamanho da amostra: mede-se sempre no mesmo


def palavras(texto: str) -> list[str]:
    """As palavras, em minúsculas; o hífen e o apóstrofo de dentro fazem parte delas."""
    return _PALAVRA.findall(texto.lower())


def versos(poema: str) -> list[str]:
    """Os versos de um poema, em minúsculas e sem espaços nas pontas; linhas em branco não contam."""
    return [verso for linha in poema.lower().split("\n") if (verso := linha.strip())]


def pares(poema: str, separador: str) -> list[str]:
    """Os 2-gramas de um poema, o que vem depois do separador que o abre incluído."""
    inteiro = separador + poema.lower()
    return [inteiro[i : i + 2] for i in range(len(inteiro) - 1)]


def parcela(itens: Iterable[str], conhecidos: Collection[str]) -> float:
    """A parcela dos itens que está entre os conhecidos; de nenhum item, zero."""
    achados = [item in conhecidos for item in itens]
    return sum(achados) / len(achados) if achados else 0.0


def miolo(poemas: Iterable[str]) -> list[str]:
    """As palavras dos poemas, menos a primeira e a última de cada um (como no projeto original)."""
    return [palavra for poema in poemas for palavra in palavras(poema)[1:-1]]


def distintos(itens: Sequence[str], primeiros: int = VERSOS_COMPARADOS) -> float:
    """A parcela de itens diferentes entre os primeiros."""
    vistos = itens[:primeiros]
    return len(set(vistos)) / len(vistos) if vistos else 0.0


def repetidos(poemas: Iterable[str]) -> float:
    """A parcela dos versos que já apareceram antes no mesmo poema."""
    todos = unicos = 0
    for poema in poemas:
        linhas = versos(poema)
        todos += len(linhas)
        unicos += len(set(linhas))
    return (todos - unicos) / todos if todos else 0.0
