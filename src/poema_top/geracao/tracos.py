"""O que o crítico vê num poema: para cada palavra e cada sinal, uma fila de números.

Só o texto conta, e não o modelo que o escreveu: as notas de modelos diferentes se comparam.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poema_top.base.vetores import Vetor
from poema_top.texto.ngramas import Inteiros, Ngramas
from poema_top.texto.verso import rimados

Numeros = NDArray[np.float32]
VERSO, ESTROFE, FIM = "\n", "\n\n", "@"
_MARCA = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*|\n\n|\n|[.,!?;:]")
_BRANCOS = re.compile(r"\n\s*\n")
ORDEM_PALAVRAS, ORDEM_CLASSES = 3, 3
VIZINHAS = 2  # marcas de cada lado que se veem junto com uma


def marcas(poema: str) -> list[str]:
    """As palavras e os sinais de um poema, em minúsculas, do fim do anterior ao seu fim."""
    return [VERSO, *_MARCA.findall(_BRANCOS.sub(ESTROFE, poema.lower().strip())), FIM]


@dataclass(frozen=True)
class Lidos:
    """Os traços de vários poemas, um atrás do outro.

    Attributes:
        tracos: [T, D], um por marca.
        versos: [V], em que marca começa cada verso; ele vai até a que o fecha, inclusive.
        poemas: [P], em que verso começa cada poema.
        gerais: [P, 6], o que só se vê no poema inteiro.
    """

    tracos: Numeros
    versos: Inteiros
    poemas: Inteiros
    gerais: Numeros


@dataclass(frozen=True)
class Leitor:
    """O que é preciso saber da língua para ler um poema; tirado de muitos poemas.

    Attributes:
        palavras: as marcas conhecidas, da mais à menos comum; a de número n é a n + 1, e 0 é a desconhecida.
        classes: [N + 1], a classe de cada uma: as que cabem nos mesmos lugares estão juntas.
        sintaxe: [N + 1, S], um vetor de cada uma, pelas vizinhas que costuma ter.
        tema: [N + 1, M], outro, pelas que costumam estar no mesmo poema; nulo nas que estão em todos.
        seguidas: as contagens de palavras seguidas.
        classes_seguidas: as de classes.
    """

    palavras: tuple[str, ...]
    classes: Inteiros
    sintaxe: Numeros
    tema: Numeros
    seguidas: Ngramas
    classes_seguidas: Ngramas

    @cached_property
    def _numeros(self) -> dict[str, int]:
        return {palavra: n for n, palavra in enumerate(self.palavras, 1)}

    def le(self, poemas: Sequence[str]) -> Lidos:
        """Os traços de um ou mais poemas."""
        lidas = [marcas(poema) for poema in poemas]
        tamanhos = np.array([len(m) for m in lidas])
        ids = np.concatenate([numera(self._numeros, m) for m in lidas])
        comeco = np.repeat(np.cumsum(tamanhos) - tamanhos, tamanhos)
        lugar = np.arange(len(ids)) - comeco
        estrofe = np.array([m == ESTROFE for marcadas in lidas for m in marcadas])
        fecha = estrofe | np.array([m in (VERSO, FIM) for marcadas in lidas for m in marcadas])
        fecha[lugar == 0] = False  # a marca que abre o poema não fecha verso nenhum
        versos = np.flatnonzero(np.r_[True, fecha[:-1]])
        qual_verso = np.cumsum(np.r_[0, fecha[:-1]])
        qual_poema = np.repeat(np.arange(len(poemas)), tamanhos)
        onde = qual_verso[lugar == 0]
        tema, repete = self._assunto(ids, qual_verso, qual_poema)
        perto = np.c_[self.sintaxe[ids], self._soltos(ids, lugar, fecha, estrofe)].astype(np.float32)
        vistos = [_desloca(perto, s, qual_poema) for s in range(-VIZINHAS, VIZINHAS + 1)]
        primeiro = qual_verso == onde[qual_poema]
        tracos = np.concatenate([*vistos, tema, np.c_[repete, primeiro]], axis=1, dtype=np.float32)
        gerais = [
            _do_poema(
                poema, marcadas, ids[qual_poema == p], tema[qual_poema == p, 0], repete[qual_poema == p]
            )
            for p, (poema, marcadas) in enumerate(zip(poemas, lidas, strict=True))
        ]
        return Lidos(tracos, versos, onde, np.array(gerais, np.float32))

    def _soltos(self, ids: Inteiros, lugar: Inteiros, fecha: Vetor, estrofe: Vetor) -> Vetor:
        """O quanto cada marca era de esperar ali, [T, 13]."""
        palavras = self.seguidas.ve(ids, lugar)
        classes = self.classes_seguidas.ve(self.classes[ids], lugar)
        vezes = palavras.vezes[1:] + (
            lugar < np.arange(1, ORDEM_PALAVRAS)[:, None]
        )  # o que não há não é raro
        contadas = [*(vezes == 0), *np.log1p(vezes)]
        return np.stack([*palavras.logs, *classes.logs[1:], *contadas, fecha, estrofe, ids == 0], axis=1)

    def _assunto(self, ids: Inteiros, verso: Inteiros, poema: Inteiros) -> tuple[Numeros, Vetor]:
        """Quanto cada marca tem a ver com os outros versos e com o anterior, [T, 2]; se já veio, [T]."""
        temas = self.tema[ids]
        por_verso = np.zeros((verso[-1] + 1, temas.shape[1]), np.float32)
        np.add.at(por_verso, verso, temas)
        dono = np.zeros(len(por_verso), np.int64)
        dono[verso] = poema
        por_poema = np.zeros((poema[-1] + 1, temas.shape[1]), np.float32)
        np.add.at(por_poema, dono, por_verso)
        resto = por_poema[dono] - por_verso
        antes = np.roll(por_verso, 1, axis=0) * (dono == np.roll(dono, 1))[:, None]
        antes[0] = 0
        perto = [(temas * _unitarios(vizinhos)[verso]).sum(1) for vizinhos in (resto, antes)]
        cheias = np.abs(temas).sum(1) > 0
        _, primeiras = np.unique(poema * len(self.classes) + ids, return_index=True)
        repete = cheias.copy()
        repete[primeiras] = False
        return np.stack(perto, axis=1).astype(np.float32), repete


def numera(numeros: dict[str, int], lidas: Sequence[str]) -> Inteiros:
    """O número de cada marca; 0 nas desconhecidas."""
    return np.array([numeros.get(marca, 0) for marca in lidas], np.int64)


def _unitarios(vetores: Vetor) -> Vetor:
    unitarios: Vetor = vetores / (np.linalg.norm(vetores, axis=1, keepdims=True) + 1e-6)
    return unitarios


def _desloca(linhas: Numeros, s: int, poema: Inteiros) -> Numeros:
    """A linha da marca que está s adiante, no mesmo poema; zeros onde não há."""
    onde = np.arange(len(linhas)) + s
    dentro = (onde >= 0) & (onde < len(linhas))
    onde = np.clip(onde, 0, len(linhas) - 1)
    deslocadas: Numeros = linhas[onde] * (dentro & (poema[onde] == poema))[:, None].astype(np.float32)
    return deslocadas


def _do_poema(poema: str, lidas: Sequence[str], ids: Inteiros, tema: Vetor, repete: Vetor) -> list[float]:
    """Rimas, versos, palavras diferentes, assunto, repetições e palavras desconhecidas."""
    achadas, versos = rimados(poema)
    palavras = [(m, i) for m, i in zip(lidas, ids, strict=True) if m[0].isalpha()]
    quantas = max(1, len(palavras))
    return [
        achadas / max(1, versos),
        np.log1p(versos),
        len({m for m, _ in palavras}) / quantas,
        float(tema.mean()),
        float(repete.mean()),
        sum(i == 0 for _, i in palavras) / quantas,
    ]
