"""Destilação: o aluno aprende também com as probabilidades de um modelo maior, o professor.

O texto só diz que token veio; o professor diz também quais poderiam ter vindo, e o quanto (Hinton et
al. 2015, arXiv 1503.02531). O alvo de cada token deixa de ser um e passa a ser uma distribuição:
(1 - peso) do que o texto diz mais peso do que o professor diz. A perda é a mesma entropia cruzada; a
parte do professor difere da divergência KL por uma constante.
"""

import hashlib
import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base import cache
from poema_top.base.arquivos import relativo, sha256_do_arquivo
from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import substitui
from poema_top.geracao import checkpoint
from poema_top.rede.modelo import carrega
from poema_top.texto.corpus import Corpus, mapeia, solta_mapas
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.validacao import le_em_lotes

Escreve = Callable[[int, NDArray[np.float16]], None]  # a partir de que linha, e as linhas


@dataclass(frozen=True)
class Distribuicoes:
    """Os mesmos poemas de um corpus, com uma distribuição no lugar de cada token.

    Attributes:
        corpus: os poemas.
        linhas: float16 [N, V] (ou [N, V + 1]: `perdas.perda_com_uma_llm`), uma por token do arquivo.
        mapa: o arquivo mapeado de onde elas vêm.
    """

    corpus: Corpus
    linhas: NDArray[np.float16]
    mapa: mmap.mmap

    @property
    def quais(self) -> NDArray[np.int32]:
        """Os poemas que contam."""
        return self.corpus.quais

    @property
    def tokens(self) -> int:
        """Quantos há neles ao todo."""
        return self.corpus.tokens

    def tamanhos(self, quais: NDArray[np.int32]) -> NDArray[np.int64]:
        """Quantos tokens tem cada poema de uma lista."""
        return self.corpus.tamanhos(quais)

    def poema(self, qual: int) -> NDArray[np.float16]:
        """As linhas de um poema."""
        return self.linhas[self.corpus.limites[qual] : self.corpus.limites[qual + 1]]

    def solta(self) -> None:
        """Devolve ao sistema a memória das páginas já lidas."""
        solta_mapas(self.mapa, *self.corpus.mapas[1:])


def alvos_do_professor(
    professor: Path, peso: float, corpus: Corpus, vocabulario: Vocabulario, pasta: Path
) -> Distribuicoes:
    """As distribuições-alvo de cada token, calculadas uma vez e guardadas no disco.

    O professor lê cada poema do nada, então o que ele diz de um token não depende da ordem dos
    poemas, e uma vez basta para o treino inteiro.

    Args:
        professor: a pasta de um modelo treinado com o mesmo vocabulário.
        peso: quanto do alvo vem dele, de 0 a 1.
        corpus: os poemas do treino.
        vocabulario: o do aluno.
        pasta: onde guardar, a do texto no cache; 2 V bytes por token.

    Returns:
        Os poemas do corpus, com a distribuição no lugar do token.

    Raises:
        ErroPoema: o professor tem outro vocabulário, ou não sabe onde um poema acaba.
    """
    if checkpoint.le(professor).vocabulario != vocabulario:
        raise ErroPoema(f"o professor {relativo(professor)} foi treinado com outro vocabulário.")
    if vocabulario.terminador is None:
        raise ErroPoema("a destilação precisa do terminador: treine os dois modelos sem --sem-terminador.")
    impressao = sha256_do_arquivo(professor / checkpoint.MODELO)[:16]

    def calcula(escreve: Escreve) -> None:
        print(f"lendo os poemas com o professor {relativo(professor)} (uma vez só)", flush=True)
        _calcula(carrega(professor / checkpoint.MODELO), peso, corpus, vocabulario, escreve)

    return guardadas(pasta, f"{impressao}-{peso}", corpus, len(vocabulario), calcula)


def guardadas(
    pasta: Path, nome: str, corpus: Corpus, largura: int, calcula: Callable[[Escreve], None]
) -> Distribuicoes:
    """As linhas guardadas com um nome, calculadas se ainda não o foram.

    Args:
        pasta: a do texto no cache.
        nome: o que distingue este professor.
        corpus: os poemas.
        largura: números por linha.
        calcula: escreve a linha de cada token dos poemas que contam.
    """
    # Só os poemas do treino são lidos: com outra divisão, os que agora entram estariam em branco.
    quais = hashlib.sha256(corpus.quais.tobytes()).hexdigest()[:16]
    caminho = pasta / f"professor-{nome}-{quais}"
    if not caminho.exists():
        por_token = largura * np.dtype(np.float16).itemsize
        cache.confere_espaco(pasta, por_token * len(corpus.ids), "as probabilidades do professor")
        provisorio = caminho.with_name(f".{caminho.name}.{os.getpid()}")
        try:
            # Escrito, e não mapeado: o Windows não dá outro nome a um arquivo mapeado.
            with provisorio.open("wb") as arquivo:
                arquivo.truncate(len(corpus.ids) * por_token)

                def escreve(comeco: int, linhas: NDArray[np.float16]) -> None:
                    arquivo.seek(comeco * por_token)
                    arquivo.write(linhas.tobytes())

                calcula(escreve)
            substitui(provisorio, caminho)
        except OSError:
            if not caminho.exists():  # se outro treino o fez enquanto isso, é o mesmo
                raise
        finally:
            provisorio.unlink(missing_ok=True)
        cache.poda(pasta.parent, pasta, caminho)
    cache.usa(caminho)
    mapa = mapeia(caminho)
    return Distribuicoes(corpus, np.frombuffer(mapa, np.float16).reshape(-1, largura), mapa)


def _calcula(modelo: Any, peso: float, corpus: Corpus, vocabulario: Vocabulario, escreve: Escreve) -> None:
    janela = modelo.input["ids"].shape[1]
    for quais, inicio, logits, ids in le_em_lotes(modelo, corpus, vocabulario.id_separador, janela):
        mistura = mistura_com_o_texto(logits, ids, peso).astype(np.float16)
        for linha, qual in zip(mistura, quais, strict=False):
            comeco, fim = int(corpus.limites[qual]) + inicio, int(corpus.limites[qual + 1])
            if comeco < fim:
                escreve(comeco, linha[: fim - comeco])


def mistura_com_o_texto(
    logits: NDArray[np.float32], ids: NDArray[np.int32], peso: float
) -> NDArray[np.float32]:
    """Logits do professor [B, T, V] e o que veio [B, T] -> a distribuição-alvo [B, T, V]."""
    p: NDArray[np.float32] = np.exp(logits - logits.max(-1, keepdims=True))
    p *= peso / p.sum(-1, keepdims=True)
    onde = np.maximum(ids, 0)[..., None]
    np.put_along_axis(p, onde, np.take_along_axis(p, onde, -1) + (1 - peso), -1)
    return p
