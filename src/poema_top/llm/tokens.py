"""O que uma LLM acha do próximo token, para um aluno que escreve com os tokens dela.

Ele tem os mais comuns, e corta o texto quase sempre nos mesmos lugares que ela (`Vocabulario.codifica`). Onde
os dois escreveram o mesmo token a partir do mesmo lugar, o que ela achava é o que ele devia achar; nos outros
lugares não se sabe, porque ela falava de outro começo.
"""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from poema_top.llm.palpites import Palpites


@dataclass(frozen=True)
class Dito:
    """O que a LLM achava num lugar.

    Attributes:
        escolhido: o token que escreveu; "" não escreve nada: é o fim do texto.
        chances: a probabilidade de cada candidato que é texto inteiro. O que falta para 1 é dos outros.
    """

    escolhido: str
    chances: dict[str, float]


def por_token(palpites: Palpites) -> dict[int, Dito]:
    """O que ela achava em cada lugar em que começa um token, pelo número da letra do texto.

    Um token que deixa uma letra a meio não se dá, nem o que a acaba.
    """
    # De quantos bytes vêm antes de uma letra a quantas letras.
    bytes_antes = accumulate((len(letra.encode()) for letra in palpites.texto.decode()), initial=0)
    inicios = {antes: numero for numero, antes in enumerate(bytes_antes)}
    ditos, comeco = dict[int, Dito](), 0
    for qual, quais, logs in zip(palpites.escolhidas, palpites.quais, palpites.logs, strict=True):
        escolhido = palpites.textos[qual]
        if escolhido is not None and comeco in inicios:
            ditos.setdefault(inicios[comeco], Dito(escolhido, _chances(palpites, quais, logs)))
        comeco += len(palpites.pecas[qual])
    return ditos


def _chances(palpites: Palpites, quais: np.ndarray, logs: np.ndarray) -> dict[str, float]:
    chances: dict[str, float] = {}
    for i, p in zip(quais.tolist(), np.exp(logs.astype(np.float64)).tolist(), strict=True):
        texto = palpites.textos[i]
        if texto is not None and p:
            chances[texto] = chances.get(texto, 0.0) + p
    return chances
