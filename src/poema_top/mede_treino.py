"""Quanto aprende cada receita no mesmo tempo, nos mesmos poemas, na mesma máquina e rodada."""

import itertools
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.acompanhamento import fator_da_taxa
from poema_top.comum import decimal, milhar, relativo
from poema_top.configuracao import RECEITAS, Configuracao
from poema_top.dados import Dados
from poema_top.historico import curvas
from poema_top.janelas import Plano
from poema_top.treinador import Treinador, nucleos_disponiveis, prepara_dispositivos
from poema_top.validacao import valida

VALIDACOES = 12  # em cada receita, espaçadas por igual; o relógio do treino para enquanto isso
ALVOS = (1.2, 1.1, 1.0, 0.95, 0.9)  # nats por caractere
EPOCAS_DO_ORIGINAL = 115  # quantas ele levou, pelo README dele


@dataclass(frozen=True)
class Corrida:
    """O que uma receita fez.

    Attributes:
        preparo: segundos até o primeiro passo, fora do orçamento.
        segundos: de treino em cada validação.
        nats: a perda de validação em cada uma.
        passos: de otimização ao todo.
        lidos: caracteres lidos por segundo de treino.
        alvos: caracteres previstos por segundo de treino.
    """

    preparo: float
    segundos: list[float]
    nats: list[float]
    passos: int
    lidos: float
    alvos: float


def mede(dataset: Path, minutos: float, grafico: Path) -> dict[str, Any]:
    """Corre as receitas, mostra a tabela, grava o gráfico e devolve os números."""
    prepara_dispositivos()
    maquina, corridas, operacoes = _gflops_da_maquina(), {}, {}
    for nome, receita in RECEITAS.items():
        c = replace(Configuracao(receita=nome, dataset=dataset, **receita), minutos=minutos, epocas=None)
        corridas[nome], operacoes[nome], passos_por_epoca = corre(c)
    fracao = {n: corridas[n].lidos * operacoes[n] / 1e9 / maquina for n in corridas}
    por_passo = 60 * minutos / corridas["classica"].passos
    horas = EPOCAS_DO_ORIGINAL * passos_por_epoca * por_passo / 3600
    _mostra(corridas, fracao, maquina, horas)
    series = {nome: (corrida.segundos, corrida.nats) for nome, corrida in corridas.items()}
    grafico.write_bytes(curvas(series, "segundos de treino", "Perda de validação no mesmo tempo"))
    print(f"gráfico em {relativo(grafico)}\n")
    return {
        "gflops_da_maquina": maquina,
        "horas_da_classica": horas,
        "receitas": {n: {**vars(corrida), "fracao": fracao[n]} for n, corrida in corridas.items()},
    }


def corre(c: Configuracao) -> tuple[Corrida, float, int]:
    """Treina pelo tempo pedido sem gravar nada.

    Returns:
        A corrida, as operações úteis por caractere lido e os passos de uma época.
    """
    comeco = time.perf_counter()
    dados = Dados.de(c)
    plano, treinador = Plano.de(c, dados.treino), Treinador.de(c, dados.vocabulario)
    pesos = [w.numpy() for w in treinador.modelo.trainable_variables]
    # Monta o grafo; o que aprendeu não conta.
    float(treinador.treina(*next(plano.da_epoca(0)), c.taxa_aprendizado))
    for variavel, peso in zip(treinador.modelo.trainable_variables, pesos, strict=True):
        variavel.assign(peso)
    valida(treinador.modelo, dados.validacao, dados.vocabulario, c)
    preparo = time.perf_counter() - comeco

    total, gasto, passos, lidos, previstos = 60 * (c.minutos or 1), 0.0, 0, 0, 0
    segundos, nats = list[float](), list[float]()
    janelas = plano.epocas()
    while gasto < total:
        if passos % plano.passos == 0:
            treinador.zera()
        antes = time.perf_counter()
        taxa = c.taxa_aprendizado * fator_da_taxa(gasto / total, c.agenda)
        ids, alvos = next(janelas)
        perda = treinador.treina(ids, alvos, taxa)
        gasto += time.perf_counter() - antes
        passos, lidos, previstos = passos + 1, lidos + ids.size, previstos + alvos.size
        if gasto >= min(total, (len(nats) + 1) * total / VALIDACOES):
            antes = time.perf_counter()
            float(perda)  # o passo só conta depois de acabar
            gasto += time.perf_counter() - antes
            segundos.append(gasto)
            nats.append(valida(treinador.modelo, dados.validacao, dados.vocabulario, c))
            print(f"  {c.receita:<9} {gasto:>5.0f} s  {decimal(nats[-1], 3)} nats", flush=True)
    corrida = Corrida(preparo, segundos, nats, passos, lidos / gasto, previstos / gasto)
    matrizes = sum(int(np.prod(w.shape)) for w in pesos if len(w.shape) == 2 and w.shape[0] > 2)
    return corrida, 6.0 * matrizes, plano.passos


def _gflops_da_maquina(lado: int = 1024, voltas: int = 20) -> float:
    """Bilhões de operações por segundo em produtos de matrizes float32, um por núcleo ao mesmo tempo."""
    import tensorflow as tf

    matrizes = [tf.random.normal((lado, lado)) for _ in range(nucleos_disponiveis())]
    produtos = tf.function(lambda ms: [tf.matmul(m, m) for m in ms])
    melhor = np.inf
    for _ in range(voltas):
        comeco = time.perf_counter()
        produtos(matrizes)[-1].numpy()
        melhor = min(melhor, time.perf_counter() - comeco)
    return len(matrizes) * 2 * lado**3 / float(melhor) / 1e9


def _mostra(corridas: dict[str, Corrida], fracao: dict[str, float], gflops: float, horas: float) -> None:
    print(f"\nproduto de matrizes nesta máquina: {gflops:.0f} bilhões de operações por segundo\n")
    print(f"{'receita':<10}{'preparo':>9}{'lidos/s':>10}{'alvos/s':>10}{'fração':>8}{'no fim':>8}", end="")
    print("".join(f"{'até ' + decimal(alvo, 2):>10}" for alvo in ALVOS))
    for nome, c in corridas.items():
        print(
            f"{nome:<10}{decimal(c.preparo, 1) + ' s':>9}{milhar(round(c.lidos)):>10}"
            f"{milhar(round(c.alvos)):>10}{decimal(fracao[nome], 2):>8}{decimal(c.nats[-1], 3):>8}",
            end="",
        )
        print("".join(f"{_ate(c, alvo):>10}" for alvo in ALVOS))
    print(
        f"\na receita clássica inteira ({EPOCAS_DO_ORIGINAL} épocas) levaria {decimal(horas, 1)} horas aqui"
    )


def _ate(c: Corrida, alvo: float) -> str:
    """O tempo até uma perda, interpolado entre duas validações."""
    pontos = list(zip(c.segundos, c.nats, strict=True))
    for (t0, n0), (t1, n1) in itertools.pairwise(pontos):
        if n0 <= alvo:
            return f"<{t0:.0f} s"
        if n1 <= alvo:
            return f"{t0 + (t1 - t0) * (n0 - alvo) / (n0 - n1):.0f} s"
    return "—"
