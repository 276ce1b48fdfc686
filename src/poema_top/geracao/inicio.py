"""O começo pedido de um poema: o que o modelo tem de escrever antes de escrever o que quiser."""

from collections import deque
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from poema_top.geracao.passo import Logits
from poema_top.texto.pedacos import continua, parte_o_fim
from poema_top.texto.vocabulario import Vocabulario


@lru_cache(64)  # os rascunhos de um pedido, e os poemas de uma turma, têm o mesmo começo
def _combinam(vocabulario: Vocabulario, resto: str) -> NDArray[np.bool_]:
    """Os tokens que continuam o que falta, [V]."""
    return np.array([continua(token, resto, vocabulario.tipo) for token in vocabulario.tokens])


class Inicio:
    """O que falta de um começo.

    O que já está inteiro é imposto, token por token. A última sílaba (ou palavra, se são elas os tokens)
    talvez esteja pela metade: se "o ma" fosse imposto como está, " ma" seria uma sílaba fechada, e "o mar",
    que é a sílaba " mar", nunca viria. Então ela não se impõe: enquanto não estiver escrita, o modelo escolhe
    entre os tokens que a continuam. Se nenhum a continua, escreve-se como no treino: com tokens menores.
    """

    def __init__(self, texto: str, vocabulario: Vocabulario) -> None:
        """Nada escrito ainda.

        Raises:
            ErroPoema: há no texto caracteres que o vocabulário não tem.
        """
        inteiro, self._resto = parte_o_fim(vocabulario.normaliza(texto), vocabulario.tipo)
        self._vocabulario = vocabulario
        self._ids: deque[int] = deque(vocabulario.codifica(inteiro).tolist())
        vocabulario.codifica(self._resto)  # o que é desconhecido se diz já
        self._fecha()

    def __bool__(self) -> bool:
        return bool(self._ids or self._resto)

    @property
    def imposto(self) -> int | None:
        """O token que tem de vir; None se há escolha."""
        return self._ids[0] if self._ids else None

    def limita(self, logits: Logits) -> Logits:
        """Os logits [V] do próximo token, com -inf nos que não continuam o começo."""
        if self.imposto is not None:
            podem = np.zeros(len(logits), bool)
            podem[self.imposto] = True
        elif self._resto:
            podem = _combinam(self._vocabulario, self._resto)
        else:
            return logits
        return np.where(podem, logits, np.float32(-np.inf))

    def _fecha(self) -> None:
        """Impõe o que falta, se nenhum token o continua."""
        if self._resto and not _combinam(self._vocabulario, self._resto).any():
            self._ids.extend(self._vocabulario.codifica(self._resto).tolist())
            self._resto = ""

    def segue(self, i: int) -> None:
        """O token i foi escrito."""
        if self._ids:
            self._ids.popleft()
        elif self._resto:
            self._resto = self._resto[len(self._vocabulario.tokens[i]) :]
            self._fecha()
