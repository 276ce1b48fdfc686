"""Um vocabulário que cresce com um texto novo, e de que tokens velhos os novos se parecem."""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from poema_top.texto.tipografia import parecido
from poema_top.texto.vocabulario import Vocabulario


def crescido(vocabulario: Vocabulario, poemas: Iterable[str]) -> Vocabulario:
    """O vocabulário com os caracteres dos poemas que ele não tem, ainda em ordem de código Unicode."""
    tokens = set(vocabulario.tokens)
    for poema in poemas:
        tokens.update(vocabulario.normaliza(poema))
    return replace(vocabulario, tokens=tuple(sorted(tokens)))


def novidades(velho: Vocabulario, novo: Vocabulario) -> dict[str, str]:
    """Cada token que só o novo tem -> o velho que mais se parece com ele, ou "" se nenhum.

    Parecido é a letra sem o acento, a minúscula de uma maiúscula, ou o sinal que se usa no lugar.
    """
    conhecidos = set(velho.tokens) - {velho.separador}
    parecidos = {}
    for token in novo.tokens:
        if token not in velho.tokens:
            sem_acento = unicodedata.normalize("NFKD", token)[0].lower()
            achado = parecido(token, conhecidos) or (sem_acento if sem_acento in conhecidos else "")
            parecidos[token] = achado[:1]
    return parecidos


def origens(velho: Vocabulario, novo: Vocabulario) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """De que id do velho parte cada id do novo, [V novo], -1 se de nenhum; e quais o velho não tem."""
    ids = {token: i for i, token in enumerate(velho.tokens)}
    parecidos = novidades(velho, novo)
    de_onde = np.array([ids.get(parecidos.get(token, token), -1) for token in novo.tokens])
    return de_onde, np.array([token in parecidos for token in novo.tokens])
