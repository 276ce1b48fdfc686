"""A unidade da surpresa: nats, e o que eles são em bits e em perplexidade."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Nats = NDArray[np.float64]


def surpresa(logits: NDArray[Any], alvos: NDArray[np.integer[Any]]) -> Nats:
    """-ln da probabilidade do que veio, com a softmax em 64 bits.

    Args:
        logits: [..., V].
        alvos: [...], os ids do que veio.

    Returns:
        Nats [...].
    """
    x = logits.astype(np.float64)
    maximo = x.max(axis=-1)
    normalizador = maximo + np.log(np.exp(x - maximo[..., None]).sum(axis=-1))
    escolhidos: Nats = np.take_along_axis(x, alvos[..., None], axis=-1)[..., 0]
    nats: Nats = normalizador - escolhidos
    return nats


def bits(nats: float) -> float:
    """De nats a bits: ln 2 nats são um bit."""
    return nats / math.log(2)


def perplexidade(nats: float) -> float:
    """Entre quantas opções igualmente prováveis o modelo hesita: e^nats (= 2^bits)."""
    return math.exp(min(nats, 700.0))  # daí em diante não cabe num float
