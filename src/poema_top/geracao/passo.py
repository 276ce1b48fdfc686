"""O passo: o que a geração pede de quem faz as contas da rede."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]


class Passo(Protocol):
    """O que a geração pede de um motor, seja o de LiteRT ou o do próprio Keras."""

    @property
    def fluxos(self) -> int:
        """B, quantos textos avançam juntos."""

    def zera(self) -> None:
        """Faz todos os textos esquecerem o que leram."""

    def avanca(self, ids: NDArray[np.int32]) -> Logits:
        """Ids int32 [B] -> logits float32 [B, V]."""
