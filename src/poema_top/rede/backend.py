"""Importa o Keras sem as linhas em inglês que o TensorFlow escreve ao ser carregado."""

import os

from poema_top.base.silencio import stderr_calado
from poema_top.base.sistema import explica_dll_ausente

# O que dá errado no TensorFlow chega como exceção; no stderr ele só comenta a máquina.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

with explica_dll_ausente(), stderr_calado():
    import keras

__all__ = ["keras"]
