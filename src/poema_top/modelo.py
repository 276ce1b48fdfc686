"""O modelo: ids -> one-hot -> GRU -> GRU -> logits, com o estado de fora para dentro e de volta."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.camadas import Dropout, Saida
from poema_top.checkpoint import MODELO
from poema_top.comum import ErroPoema, milhar, relativo, stderr_calado
from poema_top.gru import GRU
from poema_top.silencio import keras

ops = keras.ops

UNIDADES = (128, 128)


def constroi(
    vocabulario: int,
    unidades: tuple[int, ...] = UNIDADES,
    janela: int | None = None,
    terminador: int | None = None,
    dropout: float = 0.0,
) -> keras.Model:
    """Monta a rede que prevê, em cada posição, o caractere seguinte.

    Args:
        vocabulario: V, quantos tokens existem.
        unidades: unidades de cada camada GRU, da entrada para a saída.
        janela: T, quantos caracteres a rede lê de uma vez; None monta o passo da inferência, de um
            caractere só e sem a dimensão do tempo.
        terminador: id do token que fecha os poemas. Ao lê-lo a rede esquece tudo: cada poema
            começa do nada, no treino como na geração. None nunca esquece.
        dropout: fração das saídas de cada GRU zerada no treino, fora da recorrência (Zaremba et
            al. 2014, arXiv 1409.2329).

    Returns:
        Modelo Keras de {ids int32 [B, T], estado_1 [B, n1], ...} para {logits float32 [V, T B],
        estado_1, ...}; a coluna t B + b dos logits é a do texto b no tempo t (`por_texto` os põe em
        pé). O passo da inferência vai de ids [B] a logits [B, V]. Uma GRU de n unidades e entrada m
        tem 3 (n² + n m + 2n) parâmetros; a saída, n V + V.
    """
    ids = keras.Input((janela,) if janela else (), dtype="int32", name="ids")
    # O tempo primeiro: os caracteres que a recorrência lê juntos são vizinhos.
    lidos = ops.reshape(ops.transpose(ids), (-1,)) if janela else ids
    unidade = 0 if janela else -1  # a dimensão das unidades
    x = ops.one_hot(lidos, vocabulario, axis=unidade)
    continua = None
    if terminador is not None:
        continua = ops.expand_dims(ops.cast(ops.not_equal(lidos, terminador), "float32"), unidade)
    estados, novos = {}, {}
    for i, n in enumerate(unidades, 1):
        nome = f"estado_{i}"
        estados[nome] = keras.Input((n,), name=nome)
        x, novos[nome] = GRU(n, janela, name=f"gru_{i}")(x, estados[nome], continua)
        if dropout:
            x = Dropout(dropout, name=f"dropout_{i}")(x)
    logits = Saida(vocabulario, deitada=bool(janela), name="logits")(x)
    return keras.Model({"ids": ids, **estados}, {"logits": logits, **novos}, name="poema")


def por_texto(logits: NDArray[np.float32], lote: int) -> NDArray[np.float32]:
    """Os logits de uma janela, [V, T B], em pé: [B, T, V]."""
    return logits.reshape(len(logits), -1, lote).transpose(2, 1, 0)


def descreve(modelo: keras.Model) -> str:
    """As camadas que aprendem, o que cada uma devolve por caractere e quantos parâmetros tem."""
    linhas = [("camada", "saída", "parâmetros"), ("one-hot", str(modelo.get_layer("logits").tokens), "0")]
    for camada in modelo.layers:
        if parametros := camada.count_params():
            saida = camada.unidades if isinstance(camada, GRU) else camada.tokens
            linhas.append((camada.name, str(saida), milhar(parametros)))
    linhas.append(("total", "", milhar(sum(int(np.prod(w.shape)) for w in modelo.trainable_variables))))
    return "\n".join(f"  {nome:<10}{saida:>7}{parametros:>13}" for nome, saida, parametros in linhas)


def estados_zerados(modelo: keras.Model, lote: int) -> dict[str, NDArray[np.float32]]:
    """O estado de quem não leu nada: zeros [lote, n] por camada."""
    return {
        nome: np.zeros((lote, entrada.shape[-1]), np.float32)
        for nome, entrada in modelo.input.items()
        if nome != "ids"
    }


def carrega(pasta: Path) -> keras.Model:
    """Lê o modelo Keras da pasta de um modelo treinado no seu próprio disco.

    Raises:
        ErroPoema: falta o arquivo, ou está corrompido.
    """
    try:
        # safe_mode recusa código serializado: um .keras alheio não executa nada.
        return keras.models.load_model(pasta / MODELO, compile=False, safe_mode=True)
    except (ValueError, OSError, KeyError, TypeError) as erro:
        motivo = str(erro).splitlines()[0]
        raise ErroPoema(f"não consegui ler {relativo(pasta / MODELO)}: {motivo}") from None


def copia_pesos(origem: keras.Model, destino: keras.Model) -> None:
    """Copia os pesos entre modelos de janelas diferentes."""
    destino.set_weights(origem.get_weights())


def herda_pesos(modelo: keras.Model, pasta: Path) -> None:
    """Põe em `modelo` os pesos do modelo treinado de uma pasta.

    Raises:
        ErroPoema: as camadas não são do mesmo tamanho, ou o arquivo está corrompido.
    """
    deles = carrega(pasta).trainable_variables
    if [v.shape for v in deles] != [v.shape for v in modelo.trainable_variables]:
        raise ErroPoema(
            f"o modelo de {relativo(pasta)} tem camadas de outro tamanho; use as mesmas --unidades dele."
        )
    for nosso, dele in zip(modelo.trainable_variables, deles, strict=True):
        nosso.assign(dele)


def constroi_passo(modelo: keras.Model, terminador: int | None) -> keras.Model:
    """O passo da inferência de um modelo de janela qualquer, com cópia dos pesos dele."""
    unidades = tuple(camada.unidades for camada in modelo.layers if isinstance(camada, GRU))
    passo = constroi(modelo.get_layer("logits").tokens, unidades, None, terminador)
    copia_pesos(modelo, passo)
    return passo


def exporta_passo(modelo: keras.Model, terminador: int | None, caminho: Path) -> None:
    """Grava o passo em LiteRT, só com operações embutidas e o lote redimensionável."""
    with stderr_calado():  # o conversor narra cada etapa
        constroi_passo(modelo, terminador).export(str(caminho), format="litert", verbose=False)


class PassoKeras:
    """O passo rodado pelo próprio Keras, com a mesma interface de `motor.Motor`."""

    def __init__(self, modelo: keras.Model, terminador: int | None, fluxos: int = 1) -> None:
        """Copia os pesos de `modelo`; `fluxos` é B, quantos textos avançam juntos."""
        self.fluxos = fluxos
        self._passo = constroi_passo(modelo, terminador)
        self.zera()

    def copia(self, modelo: keras.Model) -> None:
        """Passa a usar os pesos de `modelo`."""
        copia_pesos(modelo, self._passo)

    def zera(self) -> None:
        """Faz todos os textos esquecerem o que leram."""
        self._estados: dict[str, Any] = estados_zerados(self._passo, self.fluxos)

    def avanca(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Ids int32 [B] -> logits float32 [B, V]."""
        self._estados = self._passo.predict_on_batch({"ids": ids, **self._estados})
        logits: NDArray[np.float32] = self._estados.pop("logits")
        return logits
