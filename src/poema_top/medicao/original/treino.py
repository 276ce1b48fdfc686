"""O treino do projeto original: RMSprop, um alvo por janela, e o `fit` do Keras.

É o que os livros ensinam, e o que `just treina --receita classica` e `just mede treino` rodam. O que há de
nosso em volta é só o que dá a um treino a mesma cara e a mesma pasta dos outros.
"""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.erros import ErroPoema
from poema_top.medicao.original.janelas import Lotes
from poema_top.medicao.original.modelo import constroi
from poema_top.rede.backend import keras
from poema_top.treino.acompanhamento import Acompanhamento
from poema_top.treino.configuracao import RECEITAS, Configuracao
from poema_top.treino.dados import Dados
from poema_top.treino.gravacao import Gravacao
from poema_top.treino.noticias import Conta, a_ninguem
from poema_top.treino.preparo import mostra_fim, mostra_plano

VALIDADAS = 8192  # janelas: bastam para três casas
# As opções que fazem sentido aqui; as outras são de uma rede que este treino não tem.
ACEITAS = {
    *("receita", "dataset", "validacao", "nome", "saida", "continua", "unidades", "janela", "lote", "epocas"),
    *("minutos", "paciencia", "taxa_aprendizado", "minusculas", "terminador", "semente", "por_cima"),
}


def treina(c: Configuracao, dados: Dados, pasta: Path, conta: Conta = a_ninguem) -> None:
    """Treina e deixa em `pasta` o melhor modelo pela validação.

    Raises:
        ErroPoema: uma opção que esta receita não tem, a perda divergiu, ou o disco recusou a gravação.
    """
    confere_opcoes(c)
    keras.utils.set_random_seed(c.semente)
    modelo, lotes, validacao = prepara(c, dados)
    a = Acompanhamento(c, len(lotes), len(dados.vocabulario), conta)
    gravacao = Gravacao(c, dados, pasta, modelo, a)
    mostra_plano(c, len(lotes))
    if c.continua is not None:
        gravacao.retoma()
    modelo.summary()
    with a.atende_sinais(), gravacao.ate_o_fim():
        modelo.fit(
            lotes,
            validation_data=validacao,
            epochs=c.epocas or 10**6,
            initial_epoch=len(a.historico),
            callbacks=[_Guarda(c, lotes, gravacao, a)],
            shuffle=False,  # quem embaralha são os lotes, janela a janela
            verbose=0,
        )
    mostra_fim(a, pasta)


def confere_opcoes(c: Configuracao) -> None:
    """Recusa o que o original não tinha, em vez de o ignorar calado."""
    for campo in fields(Configuracao):
        padrao = RECEITAS["classica"].get(campo.name, campo.default)
        if campo.name not in ACEITAS and getattr(c, campo.name) != padrao:
            opcao = campo.name.replace("_", "-")
            raise ErroPoema(f"a receita classica não tem --{opcao}; tire a opção, ou use a receita rapida.")


def prepara(c: Configuracao, dados: Dados) -> tuple[keras.Sequential, Lotes, Lotes]:
    """O modelo compilado, as janelas de treino e as de validação."""
    tokens = len(dados.vocabulario)
    modelo = constroi(tokens, c.unidades, c.janela)
    modelo.compile(keras.optimizers.RMSprop(c.taxa_aprendizado), "sparse_categorical_crossentropy")
    modelo.optimizer.build(modelo.trainable_variables)
    return (
        modelo,
        Lotes(dados.treino, tokens, c.janela, c.lote),
        Lotes(dados.validacao, tokens, c.janela, 256, VALIDADAS),
    )


class _Guarda(keras.callbacks.Callback):  # type: ignore[misc]  # o Keras não publica tipos
    """Mostra o andamento, decide quando parar e grava a pasta ao fim de cada época."""

    def __init__(self, c: Configuracao, lotes: Lotes, gravacao: Gravacao, a: Acompanhamento) -> None:
        super().__init__()
        self._semente = c.semente
        self._lotes = lotes
        self._gravacao = gravacao
        self._andamento = a
        self._por_passo = c.lote

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        del logs
        self._lotes.embaralha(np.random.default_rng([self._semente, epoch]))
        self._barra = self._andamento.barra()
        self._aberta = self._barra.__enter__()
        self._comeco, self._passos = self._andamento.decorrido, self._andamento.passos

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        del batch
        # A perda que o fit dá é a média da época até aqui.
        self._andamento.anota_passo(float((logs or {}).get("loss", np.nan)), self._aberta)
        self._durou = self._andamento.decorrido - self._comeco
        self.model.stop_training = self._andamento.acabou

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        del epoch
        self._barra.__exit__(None, None, None)
        if self._andamento.divergiu:
            return
        vistos = (self._andamento.passos - self._passos) * self._por_passo
        melhor = self._andamento.anota_epoca(logs["loss"], logs["val_loss"], vistos / self._durou)
        self._gravacao.mostra_versos()
        self._gravacao.guarda(melhor=melhor)
        self.model.stop_training = self._andamento.acabou
