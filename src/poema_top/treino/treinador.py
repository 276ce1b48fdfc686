"""O passo de treino: gradiente, recorte, otimizador, e o estado de janela em janela."""

import itertools
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from poema_top.base.silencio import stderr_calado
from poema_top.base.sistema import nucleos_disponiveis
from poema_top.geracao import checkpoint
from poema_top.rede.backend import keras
from poema_top.rede.modelo import constroi, eixos_por_token, estados_zerados, herda_pesos
from poema_top.texto.crescimento import origens
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.grupo import Grupo
from poema_top.treino.perdas import perda_com_uma_llm, perda_e_derivada

# isort: split
import tensorflow as tf  # depois de silencio, que o carrega calado

FLUXOS_POR_PARTE = 16  # menos que isto por núcleo, e os produtos ficam pequenos demais para render
RECORTE = 1.0  # norma máxima do gradiente (Pascanu et al. 2013, arXiv 1211.5063)


@cache
def prepara_dispositivos() -> tuple[str, ...]:
    """Os dispositivos desta máquina: as GPUs, com a memória crescendo conforme o uso, ou a CPU.

    Numa CPU cada núcleo cuida da sua parte do lote (`Treinador`): dividir também cada operação entre
    os núcleos só os faria esperar uns pelos outros.
    """
    # Antes do primeiro passo o TensorFlow reescreveria o grafo inteiro. Demora mais que montá-lo, e este não
    # fica mais rápido por isso.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    with stderr_calado():  # sem driver de GPU, a procura se queixa em inglês
        gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    if gpus:
        return tuple(f"GPU:{i}" for i in range(len(gpus)))
    tf.config.threading.set_intra_op_parallelism_threads(1)
    (cpu,) = tf.config.list_physical_devices("CPU")
    logicas = tf.config.get_logical_device_configuration(cpu) or [None]
    return tuple(f"CPU:{i}" for i in range(len(logicas)))


def partes_do_lote(lote: int, nucleos: int) -> int:
    """Em quantas partes iguais dividir o lote: um divisor dele, no máximo uma por núcleo."""
    cabem = max(1, min(nucleos, lote // FLUXOS_POR_PARTE))
    return max(n for n in range(1, cabem + 1) if lote % n == 0)


def otimizador(nome: str, modelo: keras.Model) -> keras.optimizers.Optimizer:
    """O otimizador de um nome para um modelo, sem taxa nem agenda: o treino as dá a cada passo.

    O gradiente de uma matriz tem umas poucas direções fortes que abafam as outras; o Muon (Jordan 2024,
    kellerjordan.github.io/posts/muon) dá em todas um passo do mesmo tamanho. Serve às matrizes de
    dentro da rede; o que se lê por token (a entrada one-hot ou a tabela, e a saída) e os vieses ficam com o
    Adam, como o autor recomenda: as linhas deles não são direções de um mesmo espaço.
    """
    if nome != "muon":
        return keras.optimizers.get(nome)
    return keras.optimizers.Muon(
        exclude_layers=[f"{nome}$" for nome in (*eixos_por_token(modelo), "/b")],
        rms_rate=0.1,  # o passo nas matrizes, em fração do do Adam
        weight_decay=None,
        adam_weight_decay=None,
    )


class Treinador:
    """Treina um modelo, uma janela por vez, levando o estado da GRU de uma à seguinte."""

    @classmethod
    def de(cls, c: Configuracao, vocabulario: Vocabulario, grupo: Grupo | None = None) -> "Treinador":
        """O treinador que a configuração pede: dispositivos, sorteio, modelo e otimizador."""
        grupo = grupo or Grupo()
        dispositivos = prepara_dispositivos()
        grupo.liga()
        if grupo.quantos == 1:  # senão a queda de outra máquina viria no meio de outra conta
            # O próximo passo se prepara, em Python, enquanto este é feito.
            tf.config.experimental.set_synchronous_execution(False)
        keras.utils.set_random_seed(c.semente)
        modelo = constroi(
            len(vocabulario),
            c.unidades,
            c.janela,
            vocabulario.id_terminador,
            c.dropout,
            dimensoes=c.dimensoes_da_entrada,
            atada=c.saida_atada,
        )
        if c.a_partir_de is not None:
            velho = checkpoint.le(c.a_partir_de).vocabulario
            herda_pesos(modelo, c.a_partir_de / checkpoint.MODELO, *origens(velho, vocabulario))
        return cls(
            modelo,
            otimizador(c.otimizador, modelo),
            c.lote,
            dispositivos=dispositivos if c.dispositivos == "todos" else dispositivos[:1],
            grupo=grupo,
            perda=perda_e_derivada
            if c.professor_llm is None or not c.peso_do_professor
            else partial(perda_com_uma_llm, peso=c.peso_do_professor, temperatura=c.temperatura_do_professor),
        )

    def __init__(
        self,
        modelo: keras.Model,
        otimizador: keras.optimizers.Optimizer,
        lote: int,
        *,
        dispositivos: Sequence[str] = ("CPU:0",),
        grupo: Grupo | None = None,
        perda: Callable[[Any, Any], tuple[Any, Any]] = perda_e_derivada,
    ) -> None:
        """Prepara o treino; o otimizador fica ligado ao modelo e é gravado com ele.

        Args:
            modelo: o de `modelo.constroi`.
            otimizador: novo.
            lote: B.
            dispositivos: entre quais dividir o lote, como o TensorFlow os chama.
            grupo: os outros processos com quem dividir o lote antes disso.
            perda: uma das de `perdas`, com a derivada dela.
        """
        self.modelo = modelo
        self.otimizador = otimizador
        self._perda = perda
        self.grupo = grupo or Grupo()
        self.dispositivos = dispositivos
        self._fatia = self.grupo.fatia(lote)
        self.lote = self._fatia.stop - self._fatia.start
        modelo.compile(otimizador)
        otimizador.build(modelo.trainable_variables)
        trabalhadores = len(dispositivos)
        if dispositivos[0].startswith("CPU"):
            trabalhadores = max(trabalhadores, nucleos_disponiveis())
        self.partes = partes_do_lote(self.lote, trabalhadores)
        # Uma função dentro da outra: as partes são iguais, e o Python monta o grafo de uma só.
        self._da_parte = tf.function(self._gradiente, autograph=False)
        self._passo = tf.function(self._um_passo, autograph=False)
        self._ultima: Any = 0.0
        self.zera()

    @property
    def onde(self) -> str:
        """Os dispositivos, as partes do lote e os processos, para mostrar."""
        lugar = f"{', '.join(self.dispositivos)}, o lote em {self.partes} parte(s)"
        grupo, nome = self.grupo, "máquina" if self.grupo.maquinas else "processo"
        return f"{lugar}, {nome} {grupo.esta} de {grupo.quantos}" if grupo.quantos > 1 else lugar

    def zera(self) -> None:
        """Esquece o texto lido até aqui."""
        por_parte = estados_zerados(self.modelo, self.lote // self.partes)
        self._estados: list[dict[str, Any]] = [por_parte] * self.partes

    def treina(self, ids: np.ndarray, alvos: np.ndarray, taxa: float) -> Any:
        """Um passo; devolve a perda em nats por token, um número que `float` espera ficar pronto.

        Volta quando o passo anterior acabou: este segue enquanto se prepara o próximo.

        Args:
            ids: [lote, janela].
            alvos: [lote, janela], os tokens seguintes; ou, de um professor, as distribuições deles,
                [lote, janela, V], e de uma LLM mais o próprio token, [lote, janela, V + 1].
            taxa: a de aprendizado, neste passo.
        """
        ids, alvos = ids[self._fatia].astype(np.int32), alvos[self._fatia]
        if alvos.ndim == 2:
            alvos = alvos.astype(np.int32)
        self.otimizador.learning_rate = taxa
        with self.grupo.enquanto_todos_vivem():
            perda, self._estados = self._passo(ids, alvos, self._estados)
        float(self._ultima)
        self._ultima = perda
        return perda

    def _um_passo(self, ids: Any, alvos: Any, estados: list[dict[str, Any]]) -> tuple[Any, Any]:
        """O grafo do passo: as partes não dependem umas das outras, e cada núcleo ou GPU pega uma.

        A perda e o gradiente são médias sobre todas as posições: dividir o lote não muda a conta.
        """
        feitas = []
        lotes = zip(tf.split(ids, self.partes), tf.split(alvos, self.partes), estados, strict=True)
        for parte, dispositivo in zip(lotes, itertools.cycle(self.dispositivos), strict=False):
            with tf.device(dispositivo):
                feitas.append(self._da_parte(*parte))
        perdas, gradientes, novos = zip(*feitas, strict=True)
        # Empilhar antes de somar fixa a ordem das parcelas, e com ela o arredondamento.
        das_partes = [
            tf.reduce_mean(tf.stack(iguais), 0) for iguais in [perdas, *zip(*gradientes, strict=True)]
        ]
        perda, *medias = self.grupo.media(das_partes)
        recortados, _ = tf.clip_by_global_norm(medias, RECORTE)
        self.otimizador.apply(recortados)
        return perda, list(novos)

    def _gradiente(self, ids: Any, alvos: Any, estados: dict[str, Any]) -> tuple[Any, Any, Any]:
        with tf.GradientTape() as fita:
            saida = self.modelo({"ids": ids, **estados}, training=True)
            logits = saida.pop("logits")
        perda, d_logits = self._perda(logits, alvos)
        return perda, fita.gradient(logits, self.modelo.trainable_variables, d_logits), saida
