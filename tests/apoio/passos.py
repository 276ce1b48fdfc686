"""Motores para os testes: um que só copia, um de pesos ao acaso, um de contas fáceis."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from poema_top.geracao.passo import Logits
from poema_top.texto.vocabulario import Vocabulario

IMPOSSIVEL = -30.0


class Fixo:
    """Sempre os mesmos logits."""

    def __init__(self, logits: list[float], fluxos: int) -> None:
        self._logits, self.fluxos = np.array(logits, np.float32), fluxos

    def zera(self) -> None:
        pass

    def avanca(self, ids: NDArray[np.int32]) -> Logits:
        return np.tile(self._logits, (len(ids), 1))


class Copiador:
    """Sabe de cor o texto de treino: só dá chance ao que, num poema de lá, segue o que já foi lido.

    Fora de lá não sabe nada: tudo é igualmente possível.
    """

    def __init__(self, vocabulario: Vocabulario, poemas: list[str], fluxos: int) -> None:
        self.fluxos, self._tokens, self._separador = fluxos, len(vocabulario), vocabulario.id_separador
        self._segue: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for poema in poemas:
            ids = [*vocabulario.codifica(poema).tolist(), self._separador]
            for i, proximo in enumerate(ids):
                self._segue[tuple(ids[:i])].append(proximo)
        self.zera()

    def zera(self) -> None:
        self._lidos: list[tuple[int, ...]] = [()] * self.fluxos

    def avanca(self, ids: NDArray[np.int32]) -> Logits:
        logits = np.full((self.fluxos, self._tokens), IMPOSSIVEL, np.float32)
        for i, lido in enumerate(ids.tolist()):
            self._lidos[i] = () if lido == self._separador else (*self._lidos[i], lido)
            contas = np.bincount(self._segue.get(self._lidos[i], []), minlength=self._tokens)
            logits[i, contas > 0] = np.log(contas[contas > 0])
        return logits


class AoAcaso:
    """Uma rede recorrente de pesos sorteados, que nunca treinou."""

    def __init__(self, tokens: int, fluxos: int, unidades: int = 32) -> None:
        acaso, self.fluxos, self._unidades = np.random.default_rng(0), fluxos, unidades
        self._entra = acaso.normal(size=(tokens, unidades))
        self._volta = acaso.normal(size=(unidades, unidades)) / unidades**0.5
        self._sai = acaso.normal(size=(unidades, tokens)) / unidades**0.5
        self.zera()

    def zera(self) -> None:
        self._estado = np.zeros((self.fluxos, self._unidades))

    def avanca(self, ids: NDArray[np.int32]) -> Logits:
        self._estado = np.tanh(self._entra[ids] + self._estado @ self._volta)
        return (self._estado @ self._sai).astype(np.float32)
