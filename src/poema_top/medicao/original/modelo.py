"""O modelo do projeto original, com as camadas que o Keras traz.

    janela one-hot [B, 60, V] -> GRU 128 -> GRU 128 -> densa com softmax, a chance de cada caractere

Com V = 60 são 179.772 parâmetros: 72.960 na primeira GRU, 99.072 na segunda e 7.740 na saída.
"""

from collections.abc import Sequence

from poema_top.rede.backend import keras


def constroi(tokens: int, unidades: Sequence[int], janela: int) -> keras.Sequential:
    """O modelo, com pesos novos; ele lê [B, janela, V] e devolve chances [B, V]."""
    modelo = keras.Sequential([keras.Input((janela, tokens))])
    for n in unidades[:-1]:
        modelo.add(keras.layers.GRU(n, return_sequences=True))
    modelo.add(keras.layers.GRU(unidades[-1]))
    modelo.add(keras.layers.Dense(tokens, activation="softmax"))
    return modelo
