"""Dos ids às janelas de treino, lendo o texto aos poucos."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.comum import ErroPoema, milhar
from poema_top.configuracao import Configuracao
from poema_top.corpus import Corpus, em_partes
from poema_top.vocabulario import Ids

JANELAS_POR_LEITURA = 32
TRECHOS_NA_MEMORIA = 16  # soltar as páginas lidas a cada um custava 4 % do treino
MARCO = 32  # de quantos em quantos poemas se anota onde o texto embaralhado está

Janelas = Iterator[tuple[Ids, NDArray[Any]]]


def passos_por_epoca(corpus: Corpus, lote: int, janela: int) -> int:
    """Quantos lotes de janelas inteiras cabem no corpus.

    Raises:
        ErroPoema: não cabe nem um.
    """
    precisa = lote * janela + 1
    if corpus.caracteres < precisa:
        raise ErroPoema(
            f"poucos caracteres para treinar: há {milhar(corpus.caracteres)} e um lote de {lote} "
            f"janelas de {janela} precisa de {milhar(precisa)}; use mais poemas ou um --lote menor."
        )
    return (corpus.caracteres - 1) // (lote * janela)


class Embaralhado:
    """Os poemas de um corpus em outra ordem, lidos como um texto só, sem montá-lo na memória."""

    def __init__(self, corpus: Corpus, sorteador: np.random.Generator) -> None:
        """Sorteia a ordem; nenhum poema é lido ainda.

        Guardar o começo de cada poema custaria 8 bytes por poema; guarda-se um a cada `MARCO`.
        """
        self._corpus = corpus
        self._ordem = sorteador.permutation(corpus.quais)
        somas = [
            np.add.reduceat(corpus.tamanhos(parte), np.arange(0, len(parte), MARCO))
            for parte in em_partes(self._ordem)
        ]
        self._marcos = np.concatenate([[0], np.cumsum(np.concatenate(somas))])
        corpus.solta()

    def trecho(self, inicio: int, fim: int) -> Ids:
        """Os ids de `inicio` a `fim` do texto embaralhado."""
        antes, depois = np.searchsorted(self._marcos, [inicio, fim - 1], side="right")
        quais = self._ordem[(antes - 1) * MARCO : depois * MARCO]
        comeco = int(self._marcos[antes - 1])
        fins = comeco + np.cumsum(self._corpus.tamanhos(quais))
        primeiro, ultimo = np.searchsorted(fins, [inicio, fim - 1], side="right")
        texto = np.concatenate([self._corpus.poema(i) for i in quais[primeiro : ultimo + 1]])
        salto = inicio - (int(fins[primeiro - 1]) if primeiro else comeco)
        return texto[salto : salto + fim - inicio]

    def trechos(self, comecos: Iterable[int], tamanho: int) -> NDArray[Any]:
        """Um trecho de cada começo, [quantos, tamanho]."""
        linhas = []
        for i, comeco in enumerate(comecos):
            if i % TRECHOS_NA_MEMORIA == 0:
                self._corpus.solta()
            linhas.append(self.trecho(comeco, comeco + tamanho))
        return np.stack(linhas)


def janelas_da_epoca(
    corpus: Corpus, lote: int, janela: int, semente: int, epoca: int, *, professor: Corpus | None = None
) -> Janelas:
    """As janelas de uma época, na ordem em que o estado da GRU deve atravessá-las.

    O texto embaralhado é cortado em `lote` fluxos contíguos e cada passo lê a janela seguinte de
    todos eles. Assim a linha b do passo t continua a linha b do passo t-1, e o estado pode ser
    levado de uma à outra (retropropagação truncada no tempo, Mikolov 2010): o modelo aprende com
    tudo o que veio antes, como na geração, e não só com a janela.

    Yields:
        Pares (entrada [lote, janela], alvo [lote, janela]); o alvo é o caractere seguinte em
        cada posição, ou, com um professor (`destila.alvos_do_professor`), a distribuição dele,
        [lote, janela, V]. A semente e a época fixam a ordem.
    """
    passos = passos_por_epoca(corpus, lote, janela)
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


def janelas_classicas(ids: Ids, janela: int = 59, passo: int = 3) -> tuple[Ids, Ids]:
    """As janelas do projeto original: um alvo só por janela, de `passo` em `passo` caracteres.

    Args:
        ids: [N], o texto.
        janela: caracteres de entrada de cada janela.
        passo: distância entre o começo de duas janelas.

    Returns:
        Entradas [M, janela] e alvos [M, 1], com M = ceil((N - janela) / passo). São vistas de
        `ids`: as janelas se sobrepõem e copiadas ocupariam janela / passo vezes o texto.
    """
    if len(ids) <= janela:
        raise ErroPoema(
            f"poucos caracteres: há {milhar(len(ids))} e uma janela de {janela} precisa de {janela + 1}."
        )
    entradas = np.lib.stride_tricks.sliding_window_view(ids[:-1], janela)[::passo]
    return entradas, ids[janela::passo, None]


def janelas_classicas_da_epoca(c: Configuracao, corpus: Corpus, epoca: int) -> Janelas:
    """As janelas clássicas em ordem sorteada, `lote` por vez: entradas [lote, janela], alvos [lote, 1]."""
    texto = Embaralhado(corpus, np.random.default_rng(c.semente)).trecho(0, corpus.caracteres)
    corpus.solta()
    entradas, alvos = janelas_classicas(texto, c.janela, c.passo)
    ordem = np.random.default_rng([c.semente, epoca]).permutation(len(entradas))
    for inicio in range(0, len(ordem) - c.lote + 1, c.lote):
        quais = ordem[inicio : inicio + c.lote]
        yield entradas[quais], alvos[quais]


@dataclass(frozen=True)
class Plano:
    """O que o treino vai ler: quantos passos por época, e as janelas de cada uma."""

    passos: int
    da_epoca: Callable[..., Janelas]  # do número da época

    @classmethod
    def de(cls, c: Configuracao, corpus: Corpus) -> "Plano":
        """O plano que a configuração pede.

        Raises:
            ErroPoema: não há texto para um passo.
        """
        passos = passos_por_epoca(corpus, c.lote, c.janela)
        if c.alvo_unico:
            passos = -(-(corpus.caracteres - c.janela) // c.passo) // c.lote
            return cls(passos, partial(janelas_classicas_da_epoca, c, corpus))
        return cls(passos, partial(janelas_da_epoca, corpus, c.lote, c.janela, c.semente))

    def com_professor(self, professor: Corpus) -> "Plano":
        """O mesmo plano, com as distribuições do professor por alvo."""
        return replace(self, da_epoca=partial(self.da_epoca, professor=professor))

    def epocas(self, primeira: int = 0) -> Janelas:
        """As épocas em sequência sem fim, `passos` janelas em cada uma."""
        for epoca in count(primeira):
            yield from self.da_epoca(epoca)
