"""O crítico à prova: o que ele diz de poemas que não leu, origem por origem."""

from dataclasses import dataclass

import numpy as np

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal
from poema_top.geracao.critico import Nota
from poema_top.geracao.tracos import Lidos
from poema_top.treino.juizo import ajusta
from poema_top.treino.notas import NOTAS, Avaliados, Reais, area, dobras, pearson, spearman

DOBRAS = 5
RASCUNHOS = (1, 4, 8, 16, 32)
VEZES = 4000  # sorteios de rascunhos, por tamanho
FAIXAS = 5  # da calibração: quintos dos poemas, do menos ao mais bem visto


@dataclass(frozen=True)
class Prova:
    """As notas previstas de cada poema, [P, 3], por um crítico que não leu nada do grupo dele."""

    previstas: Reais
    erro: Reais  # [3]


def prova(lidos: Lidos, avaliados: Avaliados, semente: int = 0) -> Prova:
    """Divide os poemas em partes, sem separar os parecidos, e prevê cada uma com o que aprende das outras.

    Raises:
        ErroPoema: são todos parecidos, e não há como dividi-los.
    """
    if len(np.unique(avaliados.grupos[avaliados.de_modelos])) < 2 * DOBRAS:
        raise ErroPoema("os poemas com notas são parecidos demais para uma prova; use --sem-prova.")
    partes = dobras(avaliados.grupos, DOBRAS, np.random.default_rng(semente))
    previstas = np.zeros_like(avaliados.notas)
    for parte in range(DOBRAS):
        fora = partes == parte
        rede = ajusta(
            lidos, avaliados.versos, avaliados.notas, np.flatnonzero(~fora & avaliados.de_modelos), semente
        )
        previstas[fora] = np.clip(rede.notas(lidos), 0, 10)[fora]
    erros = (previstas - avaliados.notas)[avaliados.de_modelos]
    return Prova(previstas, np.sqrt((erros**2).mean(axis=0)))


def mostra(p: Prova, avaliados: Avaliados) -> None:
    """Uma tabela por nota, e a calibração."""
    origens, quantos = np.unique(avaliados.origens, return_counts=True)
    for i, nota in enumerate(NOTAS):
        print(f"\n{nota:<28}{'poemas':>7}{'Pearson':>9}{'Spearman':>9}{'AUC':>7}{'erro':>7}{'viés':>7}")
        for origem in origens[np.argsort(-quantos, kind="stable")]:
            de = avaliados.origens == origem
            x, y = p.previstas[de, i], avaliados.notas[de, i]
            contas = (pearson(x, y), spearman(x, y), area(x, y > np.median(y)))
            erros = (np.sqrt(((x - y) ** 2).mean()), (x - y).mean())
            numeros = "".join(
                f"{decimal(v, 2):>{n}}" for v, n in zip((*contas, *erros), (9, 9, 7, 7, 7), strict=True)
            )
            print(f"{origem:<28}{de.sum():>7}{numeros}")
    modelos = np.flatnonzero(avaliados.de_modelos)
    print("\ncalibração (os poemas de modelos, em quintos do que se previu): previsto -> dado")
    for i, nota in enumerate(NOTAS):
        ordem = modelos[np.argsort(p.previstas[modelos, i], kind="stable")]
        quintos = np.array_split(ordem, FAIXAS)
        pares = [(p.previstas[q, i].mean(), avaliados.notas[q, i].mean()) for q in quintos]
        print(f"  {nota:<12}" + "  ".join(f"{decimal(a, 1)} -> {decimal(b, 1)}" for a, b in pares))
    _mostra_os_melhores(p, avaliados)


def _mostra_os_melhores(p: Prova, avaliados: Avaliados) -> None:
    """O que o leitor deu, em média, ao que o crítico preferiu entre N poemas da mesma origem."""
    origens, quantos = np.unique(avaliados.origens[avaliados.de_modelos], return_counts=True)
    nome = origens[quantos.argmax()]
    de = np.flatnonzero(avaliados.origens == nome)
    valor = np.array([Nota(*nota).geral for nota in p.previstas[de]])
    acaso = np.random.default_rng(0)
    print(f"\no que o leitor deu ao preferido de N poemas de {nome}")
    print(f"{'N':>4}" + "".join(f"{nota:>12}" for nota in NOTAS))
    for n in RASCUNHOS:
        sorteados = acaso.integers(len(de), size=(VEZES, n))
        escolhidos = sorteados[np.arange(VEZES), valor[sorteados].argmax(axis=1)]
        medias = avaliados.notas[de[escolhidos]].mean(axis=0)
        print(f"{n:>4}" + "".join(f"{decimal(m, 2):>12}" for m in medias))
