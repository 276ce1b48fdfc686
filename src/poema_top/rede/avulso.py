"""O modelo em camadas que o Keras já traz: um .keras que se abre em qualquer lugar, sem este projeto."""

from typing import Any

from poema_top.rede.backend import keras
from poema_top.rede.passo import pesos_do_passo, tamanhos


def constroi_avulso(modelo: keras.Model) -> keras.Model:
    """As mesmas contas de um modelo treinado, com os pesos arredondados do passo.

    Ele não esquece ao ler o terminador, como o nosso: cada texto tem de ser um poema só, com o terminador na
    frente.

    Args:
        modelo: o treinado.

    Returns:
        Modelo de ids int32 [B, T] para chances [B, T, V]: em cada posição, as do token seguinte.
    """
    t = tamanhos(modelo)
    tokens, dimensoes, pesos = t["tokens"], t["dimensoes"], pesos_do_passo(modelo)
    ids = keras.Input((None,), dtype="int32", name="ids")
    tabela = keras.layers.ReversibleEmbedding(tokens, dimensoes, name="tabela") if dimensoes else None
    x = tabela(ids) if tabela else _one_hot(ids, tokens)
    for i, n in enumerate(t["unidades"], 1):
        x = keras.layers.GRU(n, return_sequences=True, name=f"gru_{i}")(x)
    if tabela and t["atada"]:
        logits = tabela(keras.layers.Dense(dimensoes, name="projecao")(x), reverse=True)
    else:
        logits = keras.layers.Dense(tokens, name="logits")(x)
    avulso = keras.Model(ids, keras.layers.Softmax(name="chances")(logits), name="poema")
    avulso.set_weights(pesos)
    return avulso


def _one_hot(ids: Any, tokens: int) -> Any:
    """Ids [B, T] -> [B, T, V]; a camada do Keras perde o eixo do tempo quando T é 1, e a outra o devolve."""
    um = keras.layers.CategoryEncoding(tokens, output_mode="one_hot", name="one_hot")(ids)
    return keras.layers.Reshape((-1, tokens), name="no_tempo")(um)
