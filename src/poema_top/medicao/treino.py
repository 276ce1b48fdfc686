"""Quanto aprende cada receita no mesmo tempo, nos mesmos poemas, na mesma máquina e rodada.

Cada receita corre num processo seu: a do original deixa o TensorFlow dividir as contas entre os núcleos como
ele sabe, a nossa divide o lote, e os dois modos não cabem no mesmo processo.
"""

import itertools
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.arquivos import grava_atomico, relativo
from poema_top.base.erros import executa
from poema_top.base.numeros import decimal, milhar
from poema_top.base.sistema import nucleos_disponiveis
from poema_top.medicao.cronometro import Corrida, Cronometro, operacoes_por_token
from poema_top.medicao.processo import roda
from poema_top.texto.janelas import Plano
from poema_top.treino.acompanhamento import fator_da_taxa
from poema_top.treino.configuracao import RECEITAS, Configuracao
from poema_top.treino.dados import Dados
from poema_top.treino.historico import curvas
from poema_top.treino.treinador import Treinador, prepara_dispositivos
from poema_top.treino.validacao import nats_por_caractere

COMPARADAS = [nome for nome in RECEITAS if nome != "poeta"]  # ele só se mede em muito mais tempo que estas
ALVOS = (1.2, 1.1, 1.0, 0.95, 0.9)  # nats por caractere
EPOCAS_DO_ORIGINAL = 115  # quantas ele levou, pelo README dele


def mede(dataset: Sequence[Path], minutos: float, grafico: Path) -> dict[str, Any]:
    """Corre as receitas, mostra a tabela, grava o gráfico e devolve os números."""
    maquina = 0.0
    corridas: dict[str, Corrida] = {}
    for nome in COMPARADAS:
        dito = roda(f"a medida da receita {nome}", "medicao.treino", nome, minutos, *dataset)
        lido = json.loads(dito.splitlines()[-1])
        maquina = max(maquina, lido["gflops"])
        corridas[nome] = Corrida(**lido["corrida"])
    fracao = {n: r.lidos * r.operacoes / 1e9 / maquina for n, r in corridas.items()}
    classica = corridas["classica"]
    horas = EPOCAS_DO_ORIGINAL * classica.passos_por_epoca * (60 * minutos / classica.passos) / 3600
    _mostra(corridas, fracao, maquina, horas)
    series = {nome: (corrida.segundos, corrida.nats) for nome, corrida in corridas.items()}
    grava_atomico(grafico, curvas(series, "segundos de treino", "Perda de validação no mesmo tempo"))
    print(f"gráfico em {relativo(grafico)}\n")
    return {
        "gflops_da_maquina": maquina,
        "horas_da_classica": horas,
        "receitas": {n: {**vars(corrida), "fracao": fracao[n]} for n, corrida in corridas.items()},
    }


def corre(c: Configuracao) -> Corrida:
    """Treina com a nossa receita pelo tempo pedido, sem gravar nada."""
    comeco = time.perf_counter()
    dados = Dados.de(c)
    plano = Plano(dados.treino, c.lote, c.janela, c.semente)
    treinador = Treinador.de(c, dados.vocabulario)
    modelo, separador = treinador.modelo, dados.vocabulario.id_separador
    pesos = [w.numpy() for w in modelo.trainable_variables]
    # Monta o grafo; o que aprendeu não conta.
    float(treinador.treina(*next(plano.epocas()), c.taxa_aprendizado))
    for variavel, peso in zip(modelo.trainable_variables, pesos, strict=True):
        variavel.assign(peso)

    def valida() -> float:
        return nats_por_caractere(modelo, dados.validacao, separador, c.janela)

    valida()
    preparo, letras = time.perf_counter() - comeco, dados.treino.caracteres / dados.treino.tokens
    corrida = Corrida(plano.passos, operacoes_por_token(pesos), preparo, letras)
    relogio = Cronometro(corrida, c, valida)
    for passo, (ids, alvos) in enumerate(plano.epocas()):
        if passo % plano.passos == 0:
            treinador.zera()
        taxa = c.taxa_aprendizado * fator_da_taxa(relogio.gasto / relogio.total, c.agenda)
        relogio.passo(treinador.treina(ids, alvos, taxa), ids.size, alvos.size)
        if relogio.acabou:
            break
    return corrida


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
    print("letras lidas e previstas por segundo, fração dessa taxa, nats por caractere\n")
    print(f"{'receita':<10}{'preparo':>9}{'lidas/s':>10}{'prev./s':>10}{'fração':>8}{'no fim':>8}", end="")
    print("".join(f"{'até ' + decimal(alvo, 2):>10}" for alvo in ALVOS))
    for nome, c in corridas.items():
        lidas, previstas = (milhar(round(tokens * c.letras_por_token)) for tokens in (c.lidos, c.alvos))
        print(
            f"{nome:<10}{decimal(c.preparo, 1) + ' s':>9}{lidas:>10}{previstas:>10}"
            f"{decimal(fracao[nome], 2):>8}{decimal(c.nats[-1], 3):>8}",
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


def principal() -> None:
    """Um processo de medida: corre uma receita e diz o que ela fez numa linha JSON."""
    nome, minutos, *dataset = sys.argv[1:]
    c = Configuracao(receita=nome, dataset=tuple(map(Path, dataset)), **RECEITAS[nome])
    c = replace(c, minutos=float(minutos), epocas=None)
    if nome == "classica":
        from poema_top.medicao.original.corrida import corre as corre_classica

        corrida = corre_classica(c)
    else:
        prepara_dispositivos()
        corrida = corre(c)
    print(json.dumps({"gflops": _gflops_da_maquina(), "corrida": vars(corrida)}))


if __name__ == "__main__":
    executa(principal)
