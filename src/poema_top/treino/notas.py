"""As notas de um leitor: lê-las, separar os poemas parecidos, e dizer quanto uma previsão as acompanha."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.base.arquivos import RAIZ, relativo
from poema_top.base.erros import ErroPoema
from poema_top.texto import verso
from poema_top.texto.ngramas import Inteiros
from poema_top.texto.repetidos import versos

ARQUIVO = RAIZ / "dataset" / "notas.jsonl"
REAL = "real"  # a origem dos poemas de verdade
NOTAS = ("gramatica", "coerencia", "beleza")
Reais = NDArray[np.float64]


@dataclass(frozen=True)
class Avaliados:
    """Poemas com as notas que receberam.

    Attributes:
        poemas: P textos.
        origens: [P], de onde veio cada um.
        notas: [P, 3], de 0 a 10: gramática, coerência, beleza.
        versos: [V, 2], de cada verso de cada poema, na ordem: 1 se está quebrado, 1 se é bom.
        grupos: [P], o número do grupo; os que partilham dois versos ou mais são do mesmo.
    """

    poemas: list[str]
    origens: NDArray[np.str_]
    notas: Reais
    versos: Reais
    grupos: Inteiros

    @property
    def de_modelos(self) -> NDArray[np.bool_]:
        """Quais não são de verdade, [P]: só destes se aprende.

        Com os de verdade, que têm todos quase dez, o crítico aprende a dizer quem é gente, e desaprende a
        ordenar os poemas de um modelo (docs/poemas.md).
        """
        quais: NDArray[np.bool_] = self.origens != REAL
        return quais


def le_notas(caminho: Path) -> Avaliados:
    """Lê um arquivo de um objeto JSON por linha: poema, origem, versos ("2102...") e as três notas.

    Raises:
        ErroPoema: não está lá, ou não é isso.
    """
    try:
        linhas = caminho.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ErroPoema(f"não achei o arquivo {relativo(caminho)}; confira o caminho.") from None
    except UnicodeDecodeError:
        raise ErroPoema(f"{relativo(caminho)} não está em UTF-8.") from None
    poemas, origens, notas, marcados = [], [], [], []
    for numero, linha in enumerate(linhas, 1):
        try:
            lido = json.loads(linha)
            poema, ditos = str(lido["poema"]).lower(), [int(c) for c in lido["versos"]]
            valores = [float(lido[nome]) for nome in NOTAS]
            certo = len(ditos) == len(verso.versos(poema)) > 0 and min(valores) >= 0 and max(valores) <= 10
        except (ValueError, KeyError, TypeError, RecursionError):
            certo = False
        if not certo:
            raise ErroPoema(f"a linha {numero} de {relativo(caminho)} não é um poema com as suas notas.")
        poemas.append(poema)
        origens.append(str(lido["origem"]))
        notas.append(valores)
        marcados += [[dito == 0, dito >= 2] for dito in ditos]
    if len(poemas) < 50:
        raise ErroPoema(f"{relativo(caminho)} tem {len(poemas)} poemas; com menos de 50 não se aprende.")
    grupos = agrupa(poemas)
    return Avaliados(poemas, np.array(origens), np.array(notas), np.array(marcados, float), grupos)


def agrupa(poemas: list[str]) -> Inteiros:
    """O grupo de cada poema: os que partilham dois versos ou mais, por si ou por outro, são do mesmo."""
    dono = list(range(len(poemas)))

    def raiz(i: int) -> int:
        while dono[i] != i:
            dono[i] = dono[dono[i]]
            i = dono[i]
        return i

    indice: defaultdict[str, list[int]] = defaultdict(list)
    for i, poema in enumerate(poemas):
        distintos = versos(poema)
        for j, comuns in Counter(j for v in distintos for j in indice[v]).items():
            if comuns >= min(2, len(distintos)):
                dono[raiz(i)] = raiz(j)
        for v in distintos:
            indice[v].append(i)
    return np.array([raiz(i) for i in range(len(poemas))])


def dobras(grupos: Inteiros, quantas: int, acaso: np.random.Generator) -> Inteiros:
    """A parte de cada poema: nenhum grupo fica em duas, e elas têm quase o mesmo tamanho."""
    nomes, de, tamanhos = np.unique(grupos, return_inverse=True, return_counts=True)
    cheia = np.zeros(quantas, np.int64)
    parte = np.zeros(len(nomes), np.int64)
    ordem = acaso.permutation(len(nomes))
    for g in ordem[np.argsort(-tamanhos[ordem], kind="stable")]:
        parte[g] = cheia.argmin()
        cheia[parte[g]] += tamanhos[g]
    partes: Inteiros = parte[de]
    return partes


def pearson(x: Reais, y: Reais) -> float:
    """A correlação; zero, se um dos dois não varia."""
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 and y.std() > 0 else 0.0


def spearman(x: Reais, y: Reais) -> float:
    """A correlação das ordens."""
    return pearson(postos(x), postos(y))


def postos(x: Reais) -> Reais:
    """O lugar de cada número na ordem; os iguais ficam com a média dos lugares deles."""
    _, de, vezes = np.unique(x, return_inverse=True, return_counts=True)
    lugares: Reais = (np.cumsum(vezes) - (vezes - 1) / 2 - 1)[de]
    return lugares


def area(previsto: Reais, bom: NDArray[np.bool_]) -> float:
    """A chance de um bom receber mais que um que não é (a AUC); meio, se um dos lados está vazio."""
    if bom.all() or not bom.any():
        return 0.5
    ordem, n = postos(previsto), int(bom.sum())
    return float((ordem[bom].sum() - n * (n - 1) / 2) / (n * (len(bom) - n)))
