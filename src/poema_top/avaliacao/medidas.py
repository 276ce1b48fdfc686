"""Quanto um texto gerado se parece com o de treino, e quanto é cópia dele: 2-gramas, palavras, versos."""

from collections.abc import Collection, Iterable, Sequence

from poema_top.texto.verso import palavras, versos

VERSOS_COMPARADOS = 1000  # a parcela de distintos cai com o tamanho da amostra: mede-se sempre no mesmo


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
