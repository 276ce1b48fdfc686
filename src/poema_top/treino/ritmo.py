"""De quanto em quanto tempo fazer o que custa tempo ao treino."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

VEZES = 10  # entre duas vezes, dez vezes o que a última custou: no máximo um décimo do tempo


class Ritmo:
    """Mede quanto uma coisa custou, e diz quando ela pode se repetir; a primeira vez é já."""

    def __init__(self) -> None:
        """Nunca foi feita."""
        self._custo = self._fim = 0.0

    @property
    def e_hora(self) -> bool:
        """Se já passou tempo bastante desde a última vez."""
        return time.perf_counter() - self._fim >= VEZES * self._custo

    @contextmanager
    def mede(self) -> Iterator[None]:
        """Conta o que se faz aqui dentro como uma vez."""
        comeco = time.perf_counter()
        try:
            yield
        finally:
            self._fim = time.perf_counter()
            self._custo = self._fim - comeco
