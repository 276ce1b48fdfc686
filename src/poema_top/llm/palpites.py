"""O que uma LLM achava em cada token que escreveu: os mais prováveis, com as suas probabilidades."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Palpites:
    """Os n tokens de uma resposta, com até K + 1 candidatos em cada lugar: o escolhido é sempre um deles.

    Um token é aqui a peça dele, os bytes que escreve, porque uma letra pode ocupar dois tokens; a de um que
    não escreve nada, como o fim do texto, é vazia.

    Attributes:
        pecas: as que aparecem, [M], cada uma uma vez.
        ids: o número de cada uma na LLM, int32 [M]; -1, se o servidor não o diz.
        escolhidas: a que saiu em cada lugar, int32 [n], posições em `pecas`.
        quais: os candidatos, int32 [n, C], posições em `pecas`.
        logs: o logaritmo da probabilidade de cada um, float32 [n, C], antes da temperatura; -inf onde não há
            candidato.
    """

    pecas: tuple[bytes, ...]
    ids: NDArray[np.int32]
    escolhidas: NDArray[np.int32]
    quais: NDArray[np.int32]
    logs: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.escolhidas)

    @cached_property
    def texto(self) -> bytes:
        """O que as peças escrevem."""
        return b"".join(self.pecas[i] for i in self.escolhidas)

    @cached_property
    def textos(self) -> tuple[str | None, ...]:
        """As peças como texto, [M]; None, a que deixa uma letra a meio."""
        return tuple(_texto(peca) for peca in self.pecas)

    @cached_property
    def resto(self) -> NDArray[np.float64]:
        """A probabilidade de tudo o que não é candidato, [n]."""
        ditas = np.exp(self.logs.astype(np.float64)).sum(-1)
        resto: NDArray[np.float64] = np.maximum(0.0, 1.0 - ditas)
        return resto


def _texto(peca: bytes) -> str | None:
    try:
        return peca.decode()
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True)
class Lugar:
    """Um token como o servidor o conta: (id, peça, logaritmo) do escolhido, e dos outros."""

    escolhido: tuple[int, bytes, float]
    outros: tuple[tuple[int, bytes, float], ...]


def junta(lugares: list[Lugar]) -> Palpites:
    """Os palpites de uma resposta, lugar a lugar."""
    tabela: dict[tuple[int, bytes], int] = {}
    por_lugar = []
    for lugar in lugares:
        # O escolhido por último: se também está entre os outros, é o mesmo.
        candidatos = {(i, peca): log for i, peca, log in (*lugar.outros, lugar.escolhido)}
        por_lugar.append([(tabela.setdefault(de, len(tabela)), log) for de, log in candidatos.items()])
    forma = len(lugares), max(map(len, por_lugar), default=0)
    quais, logs = np.zeros(forma, np.int32), np.full(forma, -np.inf, np.float32)
    for i, candidatos_dele in enumerate(por_lugar):
        for j, (qual, log) in enumerate(candidatos_dele):
            quais[i, j], logs[i, j] = qual, log
    return Palpites(
        tuple(peca for _, peca in tabela),
        np.array([i for i, _ in tabela], np.int32),
        np.array([tabela[lugar.escolhido[:2]] for lugar in lugares], np.int32),
        quais,
        logs,
    )
