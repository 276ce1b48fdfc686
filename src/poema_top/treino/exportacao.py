"""O modelo treinado no arquivo que a página lê."""

from poema_top.geracao.pagina import Forma, empacota
from poema_top.rede.backend import keras
from poema_top.rede.passo import pesos_do_passo, tamanhos
from poema_top.texto.vocabulario import Vocabulario


def para_a_pagina(modelo: keras.Model, vocabulario: Vocabulario, criado_em: str) -> bytes:
    """O conteúdo de `pagina.bin`.

    Args:
        modelo: o treinado.
        vocabulario: o dele.
        criado_em: a hora que a ficha diz.
    """
    return empacota(vocabulario, Forma(**tamanhos(modelo)), pesos_do_passo(modelo), criado_em)
