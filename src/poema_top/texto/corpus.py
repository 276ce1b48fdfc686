"""Poemas em ids, num arquivo mapeado: um dataset de qualquer tamanho treina com a mesma memória."""

import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.base import cache
from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.base.sistema import substitui
from poema_top.base.visivel import visivel
from poema_top.texto import colecao, relato
from poema_top.texto.crescimento import crescido
from poema_top.texto.divisao import de_validacao, impressoes
from poema_top.texto.poemas import TERMINADOR, comando
from poema_top.texto.vocabulario import Ids, Vocabulario

_VERSAO = 2  # muda quando muda o que se grava


@dataclass(frozen=True)
class Molde:
    """Como tirar um vocabulário de um texto: os argumentos de `Vocabulario.de_poemas`.

    Com uma base, é ela que cresce, e os argumentos são os dela.
    """

    minusculas: bool = True
    terminador: bool = True
    base: Vocabulario | None = None

    def tira(self, poemas: Iterable[str]) -> Vocabulario:
        """O vocabulário desses poemas."""
        if self.base is not None:
            return crescido(self.base, poemas)
        return Vocabulario.de_poemas(poemas, minusculas=self.minusculas, terminador=self.terminador)


@dataclass(frozen=True)
class Corpus:
    """Poemas em ids, um depois do outro, cada um fechado pelo separador.

    Attributes:
        ids: [N], todos os poemas do arquivo.
        limites: [P + 1], onde cada poema começa em `ids`, e no fim o próprio N.
        quais: os poemas que contam (os do treino, ou os da validação).
        letras_por_token: [V], de `Vocabulario.letras`.
        mapas: os arquivos mapeados de onde `ids` e `limites` vêm, se vierem.
    """

    ids: Ids
    limites: NDArray[np.int64]
    quais: NDArray[np.int32]
    letras_por_token: NDArray[np.int64]
    mapas: tuple[mmap.mmap, ...] = ()

    @classmethod
    def de_poemas(cls, poemas: Iterable[str], vocabulario: Vocabulario) -> "Corpus":
        """Codifica poemas na memória; um caractere desconhecido é ErroPoema."""
        ids, fins = codifica_bloco(list(poemas), vocabulario)
        quais = np.arange(len(fins), dtype=np.int32)
        return cls(ids, np.concatenate([[0], fins]), quais, vocabulario.letras)

    def __len__(self) -> int:
        return len(self.quais)

    def tamanhos(self, quais: NDArray[np.int32]) -> NDArray[np.int64]:
        """Quantos tokens tem cada poema de uma lista de números como os de `quais`, com o separador."""
        tamanhos: NDArray[np.int64] = self.limites[quais + 1] - self.limites[quais]
        return tamanhos

    @cached_property
    def tokens(self) -> int:
        """A soma dos tamanhos dos poemas que contam."""
        soma = sum(int(self.tamanhos(parte).sum()) for parte in em_partes(self.quais))
        self.solta()
        return soma

    @cached_property
    def caracteres(self) -> int:
        """As letras desses tokens: as dos poemas que contam, com o separador de cada um."""
        if (self.letras_por_token == 1).all():
            return self.tokens
        vezes = np.zeros(len(self.letras_por_token), np.int64)
        for qual in self.quais:
            vezes += np.bincount(self.poema(qual), minlength=len(vezes))
        self.solta()
        return int(vezes @ self.letras_por_token)

    def poema(self, qual: int) -> Ids:
        """Os ids de um dos poemas de `quais`, com o separador no fim: uma vista, sem cópia."""
        return self.ids[self.limites[qual] : self.limites[qual + 1]]

    def so(self, quais: NDArray[np.int32]) -> "Corpus":
        """O mesmo texto, contando só estes poemas."""
        return replace(self, quais=quais)

    def solta(self) -> None:
        """Devolve ao sistema a memória do que já foi lido."""
        solta_mapas(*self.mapas)


def em_partes(quais: NDArray[np.int32], parte: int = 1 << 18) -> Iterator[NDArray[np.int32]]:
    """Os números aos poucos, para que as contas sobre milhões de poemas não dobrem a memória."""
    return (quais[inicio : inicio + parte] for inicio in range(0, len(quais), parte))


def codifica_bloco(poemas: list[str], vocabulario: Vocabulario) -> tuple[Ids, NDArray[np.int64]]:
    """Poemas -> ids [N], cada um com o separador, e onde cada um acaba [P]; desconhecido é ErroPoema."""
    texto = vocabulario.normaliza("".join(poema + TERMINADOR for poema in poemas))
    fins = np.flatnonzero(np.frombuffer(texto.encode("utf-32-le"), np.uint32) == ord(TERMINADOR)) + 1
    return vocabulario.codifica(texto.replace(TERMINADOR, vocabulario.separador)), fins


@dataclass(frozen=True)
class Aberto:
    """O que `abre` devolve.

    Attributes:
        vocabulario: o dado, ou o que saiu do texto.
        treino: os poemas do treino.
        validacao: os da validação.
        trocas: caractere que o vocabulário não conhece -> o que entrou no lugar.
        cache: a pasta do arquivo codificado.
        relato: o que se entendeu ao ler uma pasta, uma linha por coisa; de um arquivo, nada.
    """

    vocabulario: Vocabulario
    treino: Corpus
    validacao: Corpus
    trocas: dict[str, str]
    cache: Path
    relato: tuple[str, ...] = ()


def abre(caminho: Path, validacao: float, semente: int, vocabulario: Vocabulario | Molde) -> Aberto:
    """Codifica um arquivo de poemas para o disco, uma vez, e o abre mapeado.

    Args:
        caminho: o arquivo de poemas, ou uma pasta de textos.
        validacao: fração dos poemas para a validação; 0 deixa todos no treino.
        semente: a da divisão.
        vocabulario: o de um modelo que já existe (o que ele não conhece é trocado, como em
            `Vocabulario.aproveita`), ou a forma de um novo, tirado do texto.

    Raises:
        ErroPoema: arquivo ruim, ou sem poemas para os dois lados.
    """
    pasta = _codificado(caminho, vocabulario)
    vocabulario = Vocabulario.de_json((pasta / "vocabulario.json").read_text(encoding="utf-8"))
    mapas = tuple(mapeia(pasta / nome) for nome in ("ids", "limites"))
    limites = np.frombuffer(mapas[1], np.int64)
    quais = np.arange(len(limites) - 1, dtype=np.int32)
    ids: Ids = np.frombuffer(mapas[0], vocabulario.dtype)
    tudo = Corpus(ids, limites, quais, vocabulario.letras, mapas)
    fora = de_validacao(np.fromfile(pasta / "impressoes", np.uint64), validacao, semente)
    treino, separados = tudo.so(tudo.quais[~fora]), tudo.so(tudo.quais[fora])
    if validacao and not (len(treino) and len(separados)):
        raise ErroPoema(
            f"não há dois poemas diferentes (há {milhar(len(tudo))} ao todo): são precisos ao menos 2, um "
            "para o treino e outro para a validação; dê mais, ou outros com --validacao ARQUIVO."
        )
    trocas = json.loads((pasta / "trocas.json").read_text(encoding="utf-8"))
    dito = tuple(json.loads((pasta / "relato.json").read_text(encoding="utf-8")))
    return Aberto(vocabulario, treino, separados, trocas, pasta, dito)


def mapeia(caminho: Path) -> mmap.mmap:
    """O arquivo como memória que só se lê, trazida do disco aos poucos."""
    with caminho.open("rb") as arquivo:
        return mmap.mmap(arquivo.fileno(), 0, access=mmap.ACCESS_READ)


def solta_mapas(*mapas: mmap.mmap) -> None:
    """Devolve ao sistema a memória das páginas já lidas de arquivos mapeados (ele as tem no disco)."""
    for mapa in mapas:
        if hasattr(mmap, "MADV_DONTNEED") and hasattr(mapa, "madvise"):  # o Windows não os tem
            mapa.madvise(mmap.MADV_DONTNEED)


def _codificado(caminho: Path, vocabulario: Vocabulario | Molde) -> Path:
    """A pasta com o arquivo codificado: a que já existe, se ele não mudou, ou uma nova."""
    fonte = colecao.Colecao((caminho,))
    blocos = colecao.blocos_da_pasta(fonte) if caminho.is_dir() else colecao.blocos(caminho)
    primeiro = next(blocos)  # os erros de arquivo aparecem aqui, antes de qualquer gravação
    chave = f"{_VERSAO} {caminho.resolve()} {colecao.estado(caminho)} {vocabulario}"
    raiz = cache.pasta()
    pasta = raiz / hashlib.sha256(chave.encode(errors="surrogateescape")).hexdigest()[:16]
    if pasta.is_dir():
        cache.usa(pasta)
        return pasta
    nova = pasta.with_name(f".{pasta.name}.{os.getpid()}")
    try:
        nova.mkdir(exist_ok=True)
        _codifica_em(nova, caminho, vocabulario, chain([primeiro], blocos))
        dito = relato.relata(fonte) if fonte.lidos else []
        (nova / "relato.json").write_bytes(json.dumps(dito).encode())
        substitui(nova, pasta)
    except OSError as erro:
        if not pasta.is_dir():  # se outro treino a fez enquanto isso, é a mesma
            raise cache.recusado(erro) from None
    finally:
        shutil.rmtree(nova, ignore_errors=True)
    cache.poda(raiz, pasta)
    return pasta


def _codifica_em(
    nova: Path, caminho: Path, vocabulario: Vocabulario | Molde, blocos: Iterator[list[str]]
) -> None:
    """Grava em `nova` o vocabulário, os ids, os limites, as impressões e as trocas."""
    novo = isinstance(vocabulario, Molde)
    if isinstance(vocabulario, Molde):
        todos = (poema for bloco in colecao.blocos(caminho) for poema in bloco)
        vocabulario = vocabulario.tira(todos)
        if not "".join(set(vocabulario.tokens) - set("\n\t\u00a0")).isprintable():
            raise ErroPoema(
                f"há caracteres de controle ou invisíveis em {visivel(relativo(caminho), 200)}; tire-os com: "
                f"{comando(caminho)}"
            )
    (nova / "vocabulario.json").write_bytes(vocabulario.para_json().encode())
    with ExitStack() as pilha:
        ids, limites, impressos = (
            pilha.enter_context((nova / nome).open("wb")) for nome in ("ids", "limites", "impressoes")
        )
        total, trocas = 0, dict[str, str]()
        limites.write(np.int64(0).tobytes())
        for bloco in blocos:
            if not novo:
                trocas |= vocabulario.aproveita("".join(bloco))[1]
            codificados, fins = codifica_bloco(
                [vocabulario.troca(p, trocas) for p in bloco] if trocas else bloco, vocabulario
            )
            ids.write(codificados.tobytes())
            limites.write((fins + total).tobytes())
            impressos.write(impressoes(bloco).tobytes())
            total += len(codificados)
    (nova / "trocas.json").write_bytes(json.dumps(trocas).encode())
