"""Dos ids às janelas de treino, lendo o texto aos poucos."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.texto.corpus import em_partes
from poema_top.texto.vocabulario import Ids

JANELAS_POR_LEITURA = 32
TRECHOS_NA_MEMORIA = 16  # soltar as páginas lidas a cada um custava 4 % do treino
MARCO = 32  # de quantos em quantos poemas se anota onde o texto embaralhado está

Janelas = Iterator[tuple[Ids, NDArray[Any]]]


class Fonte(Protocol):
    """O que as janelas leem: poemas com uma linha por token (o id dele, ou o que um professor diz dele)."""

    @property
    def quais(self) -> NDArray[np.int32]:
        """Os poemas que contam."""

    @property
    def tokens(self) -> int:
        """Quantos há neles ao todo."""

    def tamanhos(self, quais: NDArray[np.int32]) -> NDArray[np.int64]:
        """Quantos tem cada poema de uma lista de números como os de `quais`."""

    def poema(self, qual: int) -> NDArray[Any]:
        """As linhas de um poema, [n, ...]."""

    def solta(self) -> None:
        """Devolve ao sistema a memória do que já foi lido."""


def passos_por_epoca(tokens: int, lote: int, janela: int) -> int:
    """Quantos lotes de janelas inteiras cabem num texto de tantos tokens.

    Raises:
        ErroPoema: não cabe nem um.
    """
    precisa = lote * janela + 1
    if tokens < precisa:
        raise ErroPoema(
            f"pouco texto para treinar: há {milhar(tokens)} tokens e um lote de {lote} "
            f"janelas de {janela} precisa de {milhar(precisa)}; use mais poemas ou um --lote menor."
        )
    return (tokens - 1) // (lote * janela)


class Embaralhado:
    """Os poemas de uma fonte em outra ordem, lidos como um texto só, sem montá-lo na memória."""

    def __init__(self, fonte: Fonte, sorteador: np.random.Generator) -> None:
        """Sorteia a ordem; nenhum poema é lido ainda.

        Guardar o começo de cada poema custaria 8 bytes por poema; guarda-se um a cada `MARCO`.
        """
        self._fonte = fonte
        self._ordem = sorteador.permutation(fonte.quais)
        somas = [
            np.add.reduceat(fonte.tamanhos(parte), np.arange(0, len(parte), MARCO))
            for parte in em_partes(self._ordem)
        ]
        self._marcos = np.concatenate([[0], np.cumsum(np.concatenate(somas))])
        fonte.solta()

    def trecho(self, inicio: int, fim: int) -> NDArray[Any]:
        """As linhas de `inicio` a `fim` do texto embaralhado."""
        antes, depois = np.searchsorted(self._marcos, [inicio, fim - 1], side="right")
        quais = self._ordem[(antes - 1) * MARCO : depois * MARCO]
        comeco = int(self._marcos[antes - 1])
        fins = comeco + np.cumsum(self._fonte.tamanhos(quais))
        primeiro, ultimo = np.searchsorted(fins, [inicio, fim - 1], side="right")
        texto = np.concatenate([self._fonte.poema(i) for i in quais[primeiro : ultimo + 1]])
        salto = inicio - (int(fins[primeiro - 1]) if primeiro else comeco)
        return texto[salto : salto + fim - inicio]

    def trechos(self, comecos: Iterable[int], tamanho: int) -> NDArray[Any]:
        """Um trecho de cada começo, [quantos, tamanho]."""
        linhas = []
        for i, comeco in enumerate(comecos):
            if i % TRECHOS_NA_MEMORIA == 0:
                self._fonte.solta()
            linhas.append(self.trecho(comeco, comeco + tamanho))
        return np.stack(linhas)


def janelas_da_epoca(
    corpus: Fonte, lote: int, janela: int, semente: int, epoca: int, *, professor: Fonte | None = None
) -> Janelas:
    """As janelas de uma época, na ordem em que o estado da GRU deve atravessá-las.

    O texto embaralhado é cortado em `lote` fluxos contíguos e cada passo lê a janela seguinte de
    todos eles. Assim a linha b do passo t continua a linha b do passo t-1, e o estado pode ser
    levado de uma à outra (retropropagação truncada no tempo, Mikolov 2010): o modelo aprende com
    tudo o que veio antes, como na geração, e não só com a janela.

    Yields:
        Pares (entrada [lote, janela], alvo [lote, janela]); o alvo é o token seguinte em cada
        posição, ou, com um professor, a linha dele: a distribuição que ele dá a esse token,
        [lote, janela, V]. A semente e a época fixam a ordem.
    """
    passos = passos_por_epoca(corpus.tokens, lote, janela)
    texto = Embaralhado(corpus, np.random.default_rng([semente, epoca]))
    respostas = Embaralhado(professor, np.random.default_rng([semente, epoca])) if professor else None
    fluxo = passos * janela
    for passo in range(0, passos, JANELAS_POR_LEITURA):
        inicio, quantas = passo * janela, janela * min(JANELAS_POR_LEITURA, passos - passo)
        comecos = range(inicio, inicio + lote * fluxo, fluxo)
        lidos = texto.trechos(comecos, quantas + 1)
        alvos = respostas.trechos(comecos, quantas + 1)[:, 1:] if respostas else lidos[:, 1:]
        for j in range(0, quantas, janela):
            yield lidos[:, j : j + janela], alvos[:, j : j + janela]


@dataclass(frozen=True)
class Plano:
    """O que o treino vai ler.

    Attributes:
        corpus: de onde vêm as entradas.
        lote: janelas por passo.
        janela: tokens por janela.
        semente: a da ordem dos poemas.
        professor: de onde vêm os alvos, se não do próprio texto.
    """

    corpus: Fonte
    lote: int
    janela: int
    semente: int
    professor: Fonte | None = None

    @cached_property
    def passos(self) -> int:
        """Quantos por época; ErroPoema se não há texto para um."""
        return passos_por_epoca(self.corpus.tokens, self.lote, self.janela)

    def epocas(self, primeira: int = 0) -> Janelas:
        """As épocas em sequência sem fim, `passos` janelas em cada uma."""
        for epoca in count(primeira):
            yield from janelas_da_epoca(
                self.corpus, self.lote, self.janela, self.semente, epoca, professor=self.professor
            )
