"""Os poemas codificados no disco e mapeados: um texto de qualquer tamanho treina com a mesma memória."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top.base import cache
from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.base.sistema import substitui
from poema_top.base.visivel import visivel
from poema_top.texto import colecao, relato
from poema_top.texto.corpus import Corpus, codifica_bloco, mapeia
from poema_top.texto.crescimento import crescido
from poema_top.texto.divisao import de_validacao, impressoes
from poema_top.texto.pedacos import CARACTERE
from poema_top.texto.poemas import comando
from poema_top.texto.vocabulario import Ids, Vocabulario

_VERSAO = 3  # muda quando muda o que se grava, ou como se corta um texto


@dataclass(frozen=True)
class Molde:
    """Como tirar um vocabulário de um texto: os argumentos de `Vocabulario.de_poemas`.

    Com uma base, é ela que cresce, e os argumentos são os dela.
    """

    minusculas: bool = True
    terminador: bool = True
    base: Vocabulario | None = None
    tipo: str = CARACTERE
    maximo: int | None = None
    da_llm: tuple[str, ...] = ()

    def tira(self, poemas: Iterable[str]) -> Vocabulario:
        """O vocabulário desses poemas."""
        if self.base is not None:
            return crescido(self.base, poemas)
        return Vocabulario.de_poemas(
            poemas,
            minusculas=self.minusculas,
            terminador=self.terminador,
            tipo=self.tipo,
            maximo=self.maximo,
            da_llm=self.da_llm,
        )


@dataclass(frozen=True)
class Aberto:
    """O que `abre` devolve.

    Attributes:
        vocabulario: o dado, ou o que saiu do texto.
        treino: os poemas do treino.
        validacao: os da validação.
        trocas: caractere que o vocabulário não conhece -> o que entrou no lugar.
        cache: a pasta do texto codificado.
        relato: o que se entendeu ao ler as pastas, uma linha por coisa; dos arquivos, nada.
    """

    vocabulario: Vocabulario
    treino: Corpus
    validacao: Corpus
    trocas: dict[str, str]
    cache: Path
    relato: tuple[str, ...] = ()


def abre(
    caminhos: Sequence[Path], validacao: float, semente: int, vocabulario: Vocabulario | Molde
) -> Aberto:
    """Codifica poemas para o disco, uma vez, e os abre mapeados.

    Args:
        caminhos: arquivos de poemas, ou pastas de textos, que se leem como um só.
        validacao: fração dos poemas para a validação; 0 deixa todos no treino.
        semente: a da divisão.
        vocabulario: o de um modelo que já existe (o que ele não conhece é trocado, como em
            `Vocabulario.aproveita`), ou a forma de um novo, tirado do texto.

    Raises:
        ErroPoema: arquivo ruim, ou sem poemas para os dois lados.
    """
    pasta = _codificado(caminhos, vocabulario)
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


def _codificado(caminhos: Sequence[Path], vocabulario: Vocabulario | Molde) -> Path:
    """A pasta com o texto codificado: a que já existe, se ele não mudou, ou uma nova."""
    for caminho in caminhos:  # os erros de arquivo aparecem aqui, antes de qualquer gravação
        next(colecao.blocos([caminho]))
    lidos = " ".join(f"{caminho.resolve()} {colecao.estado(caminho)}" for caminho in caminhos)
    chave = f"{_VERSAO} {lidos} {vocabulario}"
    raiz = cache.pasta()
    pasta = raiz / hashlib.sha256(chave.encode(errors="surrogateescape")).hexdigest()[:16]
    if pasta.is_dir():
        cache.usa(pasta)
        return pasta
    nova = pasta.with_name(f".{pasta.name}.{os.getpid()}")
    try:
        nova.mkdir(exist_ok=True)
        _codifica_em(nova, caminhos, vocabulario)
        substitui(nova, pasta)
    except OSError as erro:
        if not pasta.is_dir():  # se outro treino a fez enquanto isso, é a mesma
            raise cache.recusado(erro) from None
    finally:
        shutil.rmtree(nova, ignore_errors=True)
    cache.poda(raiz, pasta)
    return pasta


def _codifica_em(nova: Path, caminhos: Sequence[Path], vocabulario: Vocabulario | Molde) -> None:
    """Grava em `nova` o vocabulário, os ids, os limites, as impressões, as trocas e o relato."""
    novo = isinstance(vocabulario, Molde)
    if isinstance(vocabulario, Molde):
        todos = (poema for bloco in colecao.blocos(caminhos) for poema in bloco)
        vocabulario = vocabulario.tira(todos)
        _confere(vocabulario, caminhos)
    (nova / "vocabulario.json").write_bytes(vocabulario.para_json().encode())
    with ExitStack() as pilha:
        ids, limites, impressos = (
            pilha.enter_context((nova / nome).open("wb")) for nome in ("ids", "limites", "impressoes")
        )
        total, trocas, pastas = 0, dict[str, str](), list[colecao.Colecao]()
        limites.write(np.int64(0).tobytes())
        for bloco in colecao.blocos(caminhos, pastas):
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
    dito = [linha for lida in pastas for linha in relato.relata(lida)]
    (nova / "relato.json").write_bytes(json.dumps(dito).encode())


def _confere(vocabulario: Vocabulario, caminhos: Sequence[Path]) -> None:
    """Recusa um vocabulário com caracteres que não se veem, e diz de que arquivo vieram."""
    ruins = {c for token in vocabulario.tokens for c in token if not (c.isprintable() or c in "\n\t\u00a0")}
    if ruins:
        com_eles = (c for c in caminhos if any(ruins & set(poema) for poema in colecao.le(c)))
        caminho = next(com_eles, caminhos[0])
        raise ErroPoema(
            f"há caracteres de controle ou invisíveis em {visivel(relativo(caminho), 200)}; tire-os com: "
            f"{comando(caminho)}"
        )
