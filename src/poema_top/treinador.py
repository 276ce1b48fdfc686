"""O passo de treino: gradiente, recorte, otimizador, e o estado de janela em janela."""

import os
from functools import cache
from typing import Any

import numpy as np

from poema_top.comum import stderr_calado
from poema_top.configuracao import Configuracao
from poema_top.modelo import constroi, estados_zerados, herda_pesos
from poema_top.silencio import keras
from poema_top.vocabulario import Vocabulario

# isort: split
import tensorflow as tf  # depois de silencio, que o carrega calado

FLUXOS_POR_PARTE = 16  # menos que isto por núcleo, e os produtos ficam pequenos demais para render
RECORTE = 1.0  # norma máxima do gradiente (Pascanu et al. 2013, arXiv 1211.5063)


@cache
def prepara_dispositivos() -> tuple[str, ...]:
    """Faz a memória das GPUs crescer conforme o uso; devolve os nomes delas.

    Numa CPU cada núcleo cuida da sua parte do lote (`Treinador`): dividir também cada operação entre
    os núcleos só os faria esperar uns pelos outros.
    """
    with stderr_calado():  # sem driver de GPU, a procura se queixa em inglês
        gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    if not gpus:
        tf.config.threading.set_intra_op_parallelism_threads(1)
    return tuple(gpu.name for gpu in gpus)


def nucleos_disponiveis() -> int:
    """Quantos núcleos este processo pode usar."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def partes_do_lote(lote: int, nucleos: int) -> int:
    """Em quantas partes iguais dividir o lote: um divisor dele, no máximo uma por núcleo."""
    cabem = max(1, min(nucleos, lote // FLUXOS_POR_PARTE))
    return max(n for n in range(1, cabem + 1) if lote % n == 0)


class Treinador:
    """Treina um modelo, uma janela por vez, levando o estado da GRU de uma à seguinte."""

    @classmethod
    def de(cls, c: Configuracao, vocabulario: Vocabulario) -> "Treinador":
        """O treinador que a configuração pede: dispositivos, sorteio, modelo e otimizador."""
        gpus = prepara_dispositivos()
        keras.utils.set_random_seed(c.semente)
        modelo = constroi(len(vocabulario), c.unidades, c.janela, vocabulario.id_terminador, c.dropout)
        if c.a_partir_de is not None:
            herda_pesos(modelo, c.a_partir_de)
        treinador = cls(modelo, keras.optimizers.get(c.otimizador), c.lote, leva_estado=not c.alvo_unico)
        treinador.onde = ", ".join(gpus) or f"CPU, {treinador.partes} núcleo(s)"
        return treinador

    def __init__(
        self,
        modelo: keras.Model,
        otimizador: keras.optimizers.Optimizer,
        lote: int,
        *,
        leva_estado: bool = True,
    ) -> None:
        """Prepara o treino; o otimizador fica ligado ao modelo e é gravado com ele.

        Args:
            modelo: o de `modelo.constroi`.
            otimizador: novo.
            lote: B.
            leva_estado: se uma janela continua a anterior; senão, cada uma começa do zero.
        """
        self.modelo = modelo
        self.otimizador = otimizador
        self.lote = lote
        self.leva_estado = leva_estado
        self.onde = ""
        modelo.compile(otimizador)
        otimizador.build(modelo.trainable_variables)
        nucleos = 1 if tf.config.list_physical_devices("GPU") else nucleos_disponiveis()
        self.partes = partes_do_lote(lote, nucleos)
        self._passo = tf.function(self._um_passo)
        self.zera()

    def zera(self) -> None:
        """Esquece o texto lido até aqui."""
        por_parte = estados_zerados(self.modelo, self.lote // self.partes)
        self._estados: list[dict[str, Any]] = [por_parte] * self.partes

    def treina(self, ids: np.ndarray, alvos: np.ndarray) -> float:
        """Um passo; devolve a perda em nats por caractere.

        Args:
            ids: [lote, janela].
            alvos: [lote, k], os caracteres que seguem as k últimas posições da janela.
        """
        if not self.leva_estado:
            self.zera()
        perda, self._estados = self._passo(ids.astype(np.int32), alvos.astype(np.int32), self._estados)
        return float(perda)

    def _um_passo(self, ids: Any, alvos: Any, estados: list[dict[str, Any]]) -> tuple[Any, Any]:
        """O grafo do passo: as partes não dependem umas das outras, e cada núcleo pega uma.

        A perda e o gradiente são médias sobre todas as posições: dividir o lote não muda a conta.
        """
        lotes = zip(tf.split(ids, self.partes), tf.split(alvos, self.partes), estados, strict=True)
        perdas, gradientes, novos = zip(*(self._gradiente(*parte) for parte in lotes), strict=True)
        medias = [tf.add_n(do_peso) / self.partes for do_peso in zip(*gradientes, strict=True)]
        recortados, _ = tf.clip_by_global_norm(medias, RECORTE)
        self.otimizador.apply(recortados)
        return tf.add_n(perdas) / self.partes, list(novos)

    def _gradiente(self, ids: Any, alvos: Any, estados: dict[str, Any]) -> tuple[Any, Any, Any]:
        with tf.GradientTape() as fita:
            saida = self.modelo({"ids": ids, **estados}, training=True)
            logits = saida.pop("logits")[:, -alvos.shape[1] :]
            perda = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(alvos, logits))
        return perda, fita.gradient(perda, self.modelo.trainable_variables), saida
