"""O modelo: ids -> one-hot -> GRU -> GRU -> logits, e o passo único que a inferência usa."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.silencio import keras

layers, ops = keras.layers, keras.ops

UNIDADES = (128, 128)


def constroi(
    vocabulario: int,
    unidades: tuple[int, ...] = UNIDADES,
    lote: int | None = None,
    janela: int | None = None,
) -> keras.Model:
    """Monta a rede que prevê, em cada posição, o caractere seguinte.

    Args:
        vocabulario: V, quantos tokens existem.
        unidades: unidades de cada camada GRU, da entrada para a saída.
        lote: B; com ele as camadas guardam o estado de uma chamada para a outra.
        janela: T; None aceita qualquer comprimento.

    Returns:
        Modelo Keras de ids int32 [B, T] para logits float32 [B, T, V]. Uma GRU de n unidades e
        entrada m tem 3 (n² + n m + 2n) parâmetros; a saída, n V + V.
    """
    ids = keras.Input((janela,), batch_size=lote, dtype="int32", name="ids")
    x = ops.one_hot(ids, vocabulario)
    for i, n in enumerate(unidades, 1):
        x = layers.GRU(n, return_sequences=True, stateful=lote is not None, name=f"gru_{i}")(x)
    return keras.Model(ids, layers.Dense(vocabulario, name="logits")(x), name="poema")


def constroi_passo(modelo: keras.Model) -> keras.Model:
    """O mesmo modelo, um caractere de cada vez e com o estado explícito.

    Returns:
        Modelo Keras de {ids [B], estado_1 [B, n1], ...} para {logits [B, V], estado_1, ...}, com
        cópia dos pesos de `modelo`.
    """
    grus = [camada for camada in modelo.layers if isinstance(camada, layers.GRU)]
    tokens = modelo.get_layer("logits").units
    ids = keras.Input((), dtype="int32", name="ids")
    estados = {
        f"estado_{i}": keras.Input((gru.units,), name=f"estado_{i}") for i, gru in enumerate(grus, 1)
    }
    x, novos = ops.one_hot(ids, tokens), {}
    for i, (gru, (nome, estado)) in enumerate(zip(grus, estados.items(), strict=True), 1):
        x, (novos[nome],) = layers.GRUCell(gru.units, name=f"gru_{i}")(x, [estado])
    logits = layers.Dense(tokens, name="logits")(x)
    passo = keras.Model({"ids": ids, **estados}, {"logits": logits, **novos}, name="passo")
    copia_pesos(modelo, passo)
    return passo


def copia_pesos(origem: keras.Model, destino: keras.Model) -> None:
    """Copia os pesos treináveis entre modelos de mesmas camadas (outro lote, ou o passo)."""
    for de, para in zip(origem.trainable_weights, destino.trainable_weights, strict=True):
        para.assign(de)


def exporta_passo(modelo: keras.Model, caminho: Path) -> None:
    """Grava o passo em LiteRT, só com operações embutidas e o lote redimensionável."""
    constroi_passo(modelo).export(str(caminho), format="litert", verbose=False)


def zera_estados(modelo: keras.Model) -> None:
    """Esquece o texto lido até aqui."""
    for camada in modelo.layers:
        if isinstance(camada, layers.GRU) and camada.stateful:
            camada.reset_state()


def prepara_dispositivos() -> list[str]:
    """Faz a memória das GPUs crescer conforme o uso; devolve os nomes delas."""
    import tensorflow as tf  # só aqui: o resto do arquivo é Keras, em qualquer backend

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    return [gpu.name for gpu in gpus]


class PassoKeras:
    """O passo rodado pelo próprio Keras, com a mesma interface de `motor.Motor`."""

    def __init__(self, modelo: keras.Model, fluxos: int = 1) -> None:
        """Copia os pesos de `modelo`; `fluxos` é B, quantos textos avançam juntos."""
        self.fluxos = fluxos
        self._passo = constroi_passo(modelo)
        self._estados = {
            nome: np.zeros((fluxos, entrada.shape[-1]), np.float32)
            for nome, entrada in self._passo.input.items()
            if nome != "ids"
        }

    def copia(self, modelo: keras.Model) -> None:
        """Passa a usar os pesos de `modelo`."""
        copia_pesos(modelo, self._passo)

    def zera(self, fluxo: int) -> None:
        """Faz o texto `fluxo` esquecer tudo o que leu."""
        for estado in self._estados.values():
            estado[fluxo] = 0

    def avanca(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Ids int32 [B] -> logits float32 [B, V]."""
        saida = self._passo.predict_on_batch({"ids": ids, **self._estados})
        logits: NDArray[np.float32] = saida.pop("logits")
        self._estados = {nome: np.array(estado) for nome, estado in saida.items()}
        return logits
