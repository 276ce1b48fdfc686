"""O relógio de uma corrida entre receitas, que para em cada validação."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from poema_top.base.numeros import decimal
from poema_top.treino.configuracao import Configuracao

VALIDACOES = 12  # em cada receita, espaçadas por igual; o relógio do treino para enquanto isso


@dataclass
class Corrida:
    """O que uma receita fez.

    Attributes:
        passos_por_epoca: de otimização.
        operacoes: contas úteis por token lido.
        preparo: segundos até o primeiro passo, fora do orçamento.
        segundos: de treino em cada validação.
        nats: a perda de validação em cada uma, por caractere.
        passos: de otimização ao todo.
        letras_por_token: as de um token do texto, em média.
        lidos: tokens lidos por segundo de treino.
        alvos: tokens previstos por segundo de treino.
    """

    passos_por_epoca: int
    operacoes: float
    preparo: float
    letras_por_token: float = 1.0
    segundos: list[float] = field(default_factory=list)
    nats: list[float] = field(default_factory=list)
    passos: int = 0
    lidos: float = 0.0
    alvos: float = 0.0


class Cronometro:
    """O relógio de uma corrida: para em cada validação, e diz quando é hora da próxima e do fim."""

    def __init__(self, corrida: Corrida, c: Configuracao, valida: Callable[[], float]) -> None:
        """Começa a contar; `valida` devolve os nats por caractere."""
        self._corrida, self._nome, self._valida = corrida, c.receita, valida
        self.total = 60 * (c.minutos or 1)
        self._comeco = time.perf_counter()

    @property
    def gasto(self) -> float:
        """Segundos de treino até aqui."""
        return time.perf_counter() - self._comeco

    @property
    def acabou(self) -> bool:
        """Se o tempo acabou e a última validação já foi feita."""
        return len(self._corrida.nats) >= VALIDACOES

    def passo(self, perda: Any, lidos: int, alvos: int) -> None:
        """Conta um passo, que só está feito quando a perda dele vira um número; e valida, se for hora."""
        r = self._corrida
        r.passos += 1
        r.lidos += lidos
        r.alvos += alvos
        if self.gasto < min(self.total, (len(r.nats) + 1) * self.total / VALIDACOES):
            return
        float(perda)
        gasto = self.gasto
        r.segundos.append(gasto)
        r.nats.append(self._valida())
        print(
            f"  {self._nome:<9} {gasto:>5.0f} s  {decimal(r.nats[-1], 3)} nats", file=sys.stderr, flush=True
        )
        self._comeco = time.perf_counter() - gasto
        if gasto >= self.total:  # as validações que faltavam seriam todas esta
            while not self.acabou:
                r.segundos.append(gasto)
                r.nats.append(r.nats[-1])
            r.lidos, r.alvos = r.lidos / gasto, r.alvos / gasto


def operacoes_por_token(pesos: list[np.ndarray]) -> float:
    """As contas úteis de um passo de treino por token lido: 2 na ida e 4 na volta por peso de matriz."""
    return 6.0 * sum(int(np.prod(w.shape)) for w in pesos if len(w.shape) == 2 and w.shape[0] > 2)
