"""O que o crítico diz do que um modelo escreve, e os poemas que ele escolheria entre rascunhos."""

from collections.abc import Sequence

import numpy as np

from poema_top.avaliacao.qualidade import Gerado
from poema_top.geracao.critico import Critico
from poema_top.geracao.rascunhos import Revisor

JUNTOS = 64  # poemas julgados de cada vez


def preferidos(gerados: Sequence[Gerado], rascunhos: int, revisor: Revisor) -> list[Gerado]:
    """O melhor de cada tantos poemas, na ordem em que foram escritos; os que sobram no fim não contam."""
    escolhidos = []
    for primeiro in range(0, len(gerados) - rascunhos + 1, rascunhos):
        grupo = gerados[primeiro : primeiro + rascunhos]
        melhor = revisor.ordena([g.texto for g in grupo], [g.acabou for g in grupo])[0]
        escolhidos.append(grupo[melhor.numero])
    return escolhidos


def media(critico: Critico, gerados: Sequence[Gerado]) -> tuple[float, float, float]:
    """A média das notas: gramática, coerência e beleza."""
    textos = [g.texto for g in gerados]
    notas = [n for i in range(0, len(textos), JUNTOS) for n in critico.julga(textos[i : i + JUNTOS])]
    gramatica, coerencia, beleza = np.mean(notas, axis=0)
    return float(gramatica), float(coerencia), float(beleza)
