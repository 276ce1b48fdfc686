"""O passo da inferência: a mesma rede lendo um token só, com as camadas que o Keras já traz."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.silencio import stderr_calado
from poema_top.rede.backend import keras
from poema_top.rede.modelo import estados_zerados, tabela_de

# isort: split
import tensorflow as tf  # depois de silencio, que o carrega calado

ops = keras.ops


def constroi_passo(
    tokens: int,
    unidades: Sequence[int],
    terminador: int | None,
    *,
    dimensoes: int = 0,
    atada: bool = False,
) -> keras.Model:
    """Monta o passo.

    Ler um token de cada vez não pede nada do que a nossa GRU tem de próprio: basta a célula do Keras,
    com os mesmos pesos na mesma ordem.

    Args:
        tokens: V, quantos existem no vocabulário.
        unidades: de cada camada GRU.
        terminador: id do token que fecha os poemas, e que faz a rede esquecer tudo; None nunca esquece.
        dimensoes: d, da tabela da entrada; 0 é sem ela, one-hot.
        atada: se a saída é a tabela.

    Returns:
        Modelo Keras de {ids int32 [B], estado_1 [B, n1], ...} para {logits float32 [B, V], estado_1, ...}.
    """
    ids = keras.Input((), dtype="int32", name="ids")
    tabela = keras.layers.ReversibleEmbedding(tokens, dimensoes, name="tabela") if dimensoes else None
    x = tabela(ids) if tabela else ops.one_hot(ids, tokens)
    estados, novos = {}, {}
    for i, n in enumerate(unidades, 1):
        nome = f"estado_{i}"
        estados[nome] = lembrado = keras.Input((n,), name=nome)
        if terminador is not None:
            lembrado = lembrado * ops.expand_dims(ops.cast(ops.not_equal(ids, terminador), "float32"), -1)
        x, (novos[nome],) = keras.layers.GRUCell(n, name=f"gru_{i}")(x, [lembrado])
    if tabela and atada:
        logits = tabela(keras.layers.Dense(dimensoes, name="projecao")(x), reverse=True)
    else:
        logits = keras.layers.Dense(tokens, name="logits")(x)
    return keras.Model({"ids": ids, **estados}, {"logits": logits, **novos}, name="passo")


def tamanhos(modelo: keras.Model) -> dict[str, Any]:
    """Os tamanhos da rede de um modelo treinado, com os nomes dos argumentos de `constroi_passo`.

    Os pesos de todos são a tabela, se há uma, W, U e b de cada GRU e, no fim, os da saída ou os da projeção:
    os tamanhos saem deles.
    """
    formas = [tuple(peso.shape) for peso in modelo.trainable_variables]
    tabela = tabela_de(modelo)
    if tabela:
        del formas[0]
    return {
        "tokens": tabela.tokens if tabela else formas[-1][0],
        "unidades": tuple(n for n, _ in formas[1:-2:3]),
        "dimensoes": tabela.dimensoes if tabela else 0,
        "atada": modelo.trainable_variables[-1].path == "projecao/b",
    }


def passo_de(modelo: keras.Model, terminador: int | None) -> keras.Model:
    """O passo de um modelo treinado, com os pesos dele arredondados."""
    passo = constroi_passo(terminador=terminador, **tamanhos(modelo))
    _copia(modelo, passo)
    return passo


def pesos_do_passo(modelo: keras.Model) -> list[NDArray[np.float32]]:
    """Os pesos de um modelo treinado, na ordem dele, como o passo os tem: arredondados."""
    return arredonda(ops.convert_to_numpy(peso) for peso in modelo.trainable_variables)


def _copia(modelo: keras.Model, passo: keras.Model) -> None:
    passo.set_weights(pesos_do_passo(modelo))


def arredonda(pesos: Iterable[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Os pesos, cada um trocado pelo float16 mais próximo.

    Quem gera faz as contas em 32 bits, mas com números que cabem em 16: a página os carrega com a metade
    dos bytes e escreve o mesmo poema.
    """
    return [peso.astype(np.float16).astype(np.float32) for peso in pesos]


def exporta_passo(modelo: keras.Model, terminador: int | None, caminho: Path) -> None:
    """Grava o passo em LiteRT, só com operações embutidas e o lote redimensionável.

    Os pesos vão em 16 bits, que já lhes bastam (`arredonda`): o arquivo tem metade do tamanho, e o LiteRT os
    volta a 32 ao abrir, os mesmos números.
    """
    with stderr_calado():  # o conversor narra cada etapa
        passo_de(modelo, terminador).export(
            str(caminho),
            format="litert",
            verbose=False,
            optimizations=[tf.lite.Optimize.DEFAULT],
            target_spec={"supported_types": [tf.float16]},
        )


class PassoKeras:
    """O passo rodado pelo próprio Keras, com a mesma interface do motor de LiteRT."""

    def __init__(self, modelo: keras.Model, terminador: int | None, fluxos: int = 1) -> None:
        """Copia os pesos de `modelo`; `fluxos` é B, quantos textos avançam juntos."""
        self.fluxos = fluxos
        self._passo = passo_de(modelo, terminador)
        self.zera()

    def copia(self, modelo: keras.Model) -> None:
        """Passa a usar os pesos de `modelo`."""
        _copia(modelo, self._passo)

    def zera(self) -> None:
        """Faz todos os textos esquecerem o que leram."""
        self._estados: dict[str, Any] = estados_zerados(self._passo, self.fluxos)

    def avanca(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Ids int32 [B] -> logits float32 [B, V]."""
        self._estados = self._passo.predict_on_batch({"ids": ids, **self._estados})
        logits: NDArray[np.float32] = self._estados.pop("logits")
        return logits
