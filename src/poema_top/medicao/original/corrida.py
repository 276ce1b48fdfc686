"""Corre o treino do original contra o relógio, para `just mede treino`."""

import time
from typing import Any

import numpy as np

from poema_top.medicao.cronometro import Corrida, Cronometro, operacoes_por_token
from poema_top.medicao.original.treino import prepara
from poema_top.rede.backend import keras
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.dados import Dados


class _Relogio(keras.callbacks.Callback):  # type: ignore[misc]  # o Keras não publica tipos
    """Conta cada passo do `fit`, e o para no fim do tempo."""

    def __init__(self, cronometro: Cronometro, c: Configuracao) -> None:
        super().__init__()
        self._cronometro = cronometro
        self._por_passo = c.lote
        self._janela = c.janela

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        del batch
        self._cronometro.passo((logs or {}).get("loss"), self._por_passo * self._janela, self._por_passo)
        self.model.stop_training = self._cronometro.acabou


def corre(c: Configuracao) -> Corrida:
    """Treina pelo tempo pedido, sem gravar nada."""
    comeco = time.perf_counter()
    dados = Dados.de(c)
    keras.utils.set_random_seed(c.semente)
    modelo, lotes, validacao = prepara(c, dados)
    lotes.embaralha(np.random.default_rng(c.semente))
    pesos, otimizador = modelo.get_weights(), [v.numpy() for v in modelo.optimizer.variables]
    # O validador é outro modelo com os mesmos pesos: o `evaluate` apagaria as contas do `fit` em andamento.
    espelho = keras.models.clone_model(modelo)
    espelho.compile(loss=modelo.loss)

    def valida() -> float:
        espelho.set_weights(modelo.get_weights())
        return float(espelho.evaluate(validacao, verbose=0))

    # Monta os grafos; o que aprendeu não conta.
    modelo.train_on_batch(*lotes[0])
    modelo.set_weights(pesos)
    for variavel, valor in zip(modelo.optimizer.variables, otimizador, strict=True):
        variavel.assign(valor)
    valida()
    corrida = Corrida(len(lotes), operacoes_por_token(pesos), time.perf_counter() - comeco)
    modelo.fit(
        lotes, epochs=10**6, shuffle=False, verbose=0, callbacks=[_Relogio(Cronometro(corrida, c, valida), c)]
    )
    return corrida
