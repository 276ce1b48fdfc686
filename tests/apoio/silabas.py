"""Um vocabulário de tokens de várias letras, para as contas que se fazem por letra."""

import re

import numpy as np

from poema_top.texto.corpus import Corpus
from poema_top.texto.vocabulario import Ids, Vocabulario

TOKENS = ("\n", "@", "a", "lua", "so", "l ")


class DePedacos(Vocabulario):
    """Codifica pelo token mais longo que couber."""

    def codifica(self, texto: str) -> Ids:
        """Texto -> ids."""
        por_tamanho = sorted(self.tokens, key=len, reverse=True)
        achados = re.findall("|".join(map(re.escape, por_tamanho)), texto)
        assert "".join(achados) == texto
        return np.array([self.tokens.index(token) for token in achados], np.uint8)


def vocabulario() -> DePedacos:
    return DePedacos(TOKENS)


def corpus(*poemas: str) -> Corpus:
    """Os poemas em ids, com o separador de cada um."""
    v = vocabulario()
    ids = [np.append(v.codifica(poema), v.id_separador) for poema in poemas]
    limites = np.cumsum([0, *map(len, ids)])
    return Corpus(np.concatenate(ids), limites, np.arange(len(poemas), dtype=np.int32), v.letras)
