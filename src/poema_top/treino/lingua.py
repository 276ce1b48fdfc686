"""O que o crítico sabe da língua, tirado de muitos poemas: contagens, classes de palavras e assuntos.

Nada aqui é rotulado. Duas palavras são da mesma classe se costumam ter as mesmas vizinhas, e do mesmo assunto
se costumam estar nos mesmos poemas; os vetores são os de sempre para isso: a informação mútua pontual dos
pares, sem o que é negativo, em poucas dimensões (Levy e Goldberg 2014, "Neural Word Embedding as Implicit
Matrix Factorization").
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from poema_top.base.vetores import Vetor
from poema_top.geracao.tracos import ORDEM_CLASSES, ORDEM_PALAVRAS, Leitor, Numeros, marcas, numera
from poema_top.texto.ngramas import Inteiros, Ngramas

COM_VETOR = 5000  # as palavras mais comuns; das outras se sabe só que são raras
CONTEXTO = 1200  # vizinhas que se distinguem
SINTAXE, TEMA = 32, 48  # dimensões
CLASSES, SOZINHAS = 200, 120  # as mais comuns são, cada uma, uma classe
EM_TODOS, EM_POUCOS = (
    1.8,
    3.8,
)  # -ln da parcela dos poemas: antes do primeiro não é assunto, do segundo em diante é
BLOCO = 2000  # poemas de cada vez


def aprende(poemas: Sequence[str], semente: int = 0) -> Leitor:
    """Lê muitos poemas; os mesmos dão sempre o mesmo."""
    acaso = np.random.default_rng(semente)
    marcadas = [marcas(poema) for poema in poemas]
    contagem = Counter(marca for lidas in marcadas for marca in lidas)
    palavras = tuple(sorted(contagem, key=lambda m: (-contagem[m], m)))
    numeros = {palavra: n for n, palavra in enumerate(palavras, 1)}
    textos = [numera(numeros, lidas) for lidas in marcadas]
    comuns = min(COM_VETOR, len(palavras))
    sintaxe = _da_sintaxe(textos, comuns, acaso)
    tema = _do_tema(textos, comuns, acaso)
    classes = np.zeros(len(palavras) + 1, np.int64)
    classes[1 : comuns + 1] = 1 + _agrupa(sintaxe, min(CLASSES, comuns), acaso)
    sozinhas = min(SOZINHAS, comuns)
    classes[1 : sozinhas + 1] = CLASSES + 1 + np.arange(sozinhas)
    return Leitor(
        palavras,
        classes,
        _com_as_outras(sintaxe / sintaxe.std(axis=0), len(palavras)),
        _com_as_outras(tema, len(palavras)),
        Ngramas.conta(textos, len(palavras) + 1, ORDEM_PALAVRAS),
        Ngramas.conta([classes[t] for t in textos], int(classes.max()) + 1, ORDEM_CLASSES),
    )


def _com_as_outras(vetores: Vetor, palavras: int) -> Numeros:
    """[N + 1, K]: zeros na desconhecida e nas raras, e os números que o arquivo guarda, de 16 bits."""
    todos = np.zeros((palavras + 1, vetores.shape[1]), np.float16)
    todos[1 : len(vetores) + 1] = vetores
    return todos.astype(np.float32)


def _da_sintaxe(textos: Sequence[Inteiros], comuns: int, acaso: np.random.Generator) -> Vetor:
    """[comuns, SINTAXE], das vizinhas de cada lado."""
    largura = min(CONTEXTO, comuns)
    vezes = np.zeros((comuns, 2 * largura), np.float32)
    antes, depois = (np.concatenate([t[a:b] for t in textos]) - 1 for a, b in ((0, -1), (1, None)))
    for alvo, vizinha, lado in ((antes, depois, 0), (depois, antes, largura)):
        serve = alvo < comuns
        np.add.at(vezes, (alvo[serve], lado + np.minimum(vizinha[serve], largura - 1)), 1)
    esperado = vezes.sum(1, keepdims=True) * vezes.sum(0, keepdims=True) / vezes.sum()
    informacao = np.log(np.maximum(vezes / np.maximum(esperado, 1e-9), 1))
    base = _espaco(informacao, min(2 * SINTAXE, *informacao.shape), acaso)
    u, s, _ = np.linalg.svd(informacao @ base, full_matrices=False)
    reduzido: Vetor = (u * np.sqrt(s))[:, :SINTAXE]
    return reduzido


def _do_tema(textos: Sequence[Inteiros], comuns: int, acaso: np.random.Generator) -> Vetor:
    """[comuns, TEMA], unitários, encolhidos conforme a palavra está em poemas demais."""
    juntas = np.zeros((comuns, comuns), np.float32)
    for primeiro in range(0, len(textos), BLOCO):
        bloco = textos[primeiro : primeiro + BLOCO]
        tem = np.zeros((len(bloco), comuns), np.float32)
        for linha, texto in zip(tem, bloco, strict=True):
            linha[texto[texto <= comuns] - 1] = 1
        juntas += tem.T @ tem
    em = juntas.diagonal().copy()
    informacao = np.log(np.maximum(juntas * len(textos) / np.outer(em, em), 1)) * (juntas >= 2)
    np.fill_diagonal(informacao, 0)
    base = _espaco(informacao, min(2 * TEMA, comuns), acaso)
    valores, vetores = np.linalg.eigh(base.T @ informacao @ base)
    maiores = np.argsort(-np.abs(valores))[:TEMA]
    reduzido = base @ vetores[:, maiores] * np.sqrt(np.abs(valores[maiores]))
    reduzido /= np.linalg.norm(reduzido, axis=1, keepdims=True) + 1e-9
    raridade = -np.log(em / len(textos))
    peso = np.clip((raridade - EM_TODOS) / (EM_POUCOS - EM_TODOS), 0, 1)
    com_peso: Vetor = reduzido * peso[:, None]
    return com_peso


def _espaco(matriz: Vetor, dimensoes: int, acaso: np.random.Generator) -> Vetor:
    """Uma base ortonormal do que há de maior nas linhas (Halko, Martinsson e Tropp 2011)."""
    base = acaso.normal(size=(matriz.shape[1], dimensoes)).astype(np.float32)
    for _ in range(3):
        base, _ = np.linalg.qr(matriz.T @ (matriz @ base))
    return base


def _agrupa(vetores: Vetor, quantas: int, acaso: np.random.Generator, voltas: int = 25) -> Inteiros:
    """A classe de cada vetor, pelo k-means dos ângulos."""
    x = vetores / (np.linalg.norm(vetores, axis=1, keepdims=True) + 1e-9)
    centros = x[acaso.choice(len(x), quantas, replace=False)]
    de = np.zeros(len(x), np.int64)
    for _ in range(voltas):
        de = (x @ centros.T).argmax(axis=1)
        somas = np.zeros_like(centros)
        np.add.at(somas, de, x)
        cheias = np.bincount(de, minlength=quantas) > 0
        centros[cheias] = somas[cheias] / (np.linalg.norm(somas[cheias], axis=1, keepdims=True) + 1e-9)
    return de
