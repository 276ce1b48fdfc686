"""Várias máquinas num treino só: cada uma faz a sua fatia do lote, e as médias passam de uma a outra."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from poema_top.base import interrupcao
from poema_top.base.erros import ErroPoema
from poema_top.base.silencio import stderr_calado
from poema_top.treino.par import Par


class Grupo:
    """Os processos que treinam juntos; sozinho, nada passa pela rede e nada custa.

    Todos têm o modelo inteiro, partem dos mesmos pesos e dão os mesmos passos, porque o gradiente
    que aplicam é o mesmo: a média dos de todos. O modelo que sai é o de uma máquina só com o lote
    inteiro, a menos do arredondamento das somas.
    """

    def __init__(self, maquinas: Sequence[str] = (), esta: int = 0, par: Par | None = None) -> None:
        """Um processo do grupo; a ligação só se faz em `liga`.

        Args:
            maquinas: "endereço:porta" de cada processo, na mesma ordem em todos. A porta fica aberta, sem
                senha, em todas as redes da máquina: só serve entre máquinas de uma rede privada.
            esta: a posição deste na lista; o 0 é o chefe, o que mostra e grava.
            par: em vez delas, o outro processo desta máquina.
        """
        self.maquinas = list(maquinas)
        self.quantos = 2 if par else max(1, len(maquinas))
        self.esta = esta if par is None or par.chefe else 1
        self.chefe = self.esta == 0
        self._par = par
        self._estrategia: Any = None

    def liga(self) -> None:
        """Espera todos os processos aparecerem; é preciso antes de qualquer outra conta do TensorFlow.

        O motor é o das operações coletivas do TensorFlow. Só ele: o modelo e o otimizador são os
        comuns, porque o Keras 3 não se entende com a MultiWorkerMirroredStrategy (keras#20585).
        """
        if len(self.maquinas) < 2:
            return
        import tensorflow as tf

        endereco = tf.train.ClusterSpec({"worker": self.maquinas})
        print(f"esperando as outras {len(self.maquinas) - 1} máquina(s); Ctrl-C desiste", flush=True)
        with interrupcao.esperando_fora_do_python(), stderr_calado(), _queda_em_portugues():
            tf.get_logger().setLevel("ERROR")
            self._estrategia = tf.distribute.MultiWorkerMirroredStrategy(
                cluster_resolver=tf.distribute.cluster_resolver.SimpleClusterResolver(
                    endereco, task_type="worker", task_id=self.esta, rpc_layer="grpc"
                )
            )
        self._media_de_numeros = tf.function(self.media)

    def fatia(self, lote: int) -> slice:
        """As linhas do lote que cabem a este processo.

        Raises:
            ErroPoema: o lote não se divide por igual.
        """
        quantas, sobra = divmod(lote, self.quantos)
        if sobra:
            raise ErroPoema(f"um --lote de {lote} não se divide por {self.quantos}; use um múltiplo.")
        return slice(self.esta * quantas, (self.esta + 1) * quantas)

    def media(self, tensores: list[Any]) -> list[Any]:
        """A média de cada tensor entre os processos; é para dentro de um grafo."""
        if self.quantos == 1:
            return tensores
        import tensorflow as tf

        if self._par is not None:
            medias = tf.numpy_function(self._par.media, tensores, [t.dtype for t in tensores])
            return [tf.ensure_shape(m, t.shape) for m, t in zip(medias, tensores, strict=True)]

        def combina() -> list[Any]:
            contexto = tf.distribute.get_replica_context()
            medias: list[Any] = contexto.all_reduce("MEAN", [tf.identity(t) for t in tensores])
            return medias

        return [
            self._estrategia.experimental_local_results(media)[0] for media in self._estrategia.run(combina)
        ]

    def combina(self, *numeros: float) -> list[float]:
        """A média de cada número entre os processos: com ela todos decidem o mesmo.

        Raises:
            ErroPoema: um dos processos sumiu.
        """
        if self.quantos == 1:
            return list(numeros)
        if self._par is not None:
            with self.enquanto_todos_vivem():
                return [float(media) for media in self._par.media(np.array(numeros))[0]]
        import tensorflow as tf

        with self.enquanto_todos_vivem():
            return [float(media) for media in self._media_de_numeros([tf.constant(numeros, tf.float32)])[0]]

    @contextmanager
    def enquanto_todos_vivem(self) -> Iterator[None]:
        """Faz da queda de outro processo um erro de uma linha."""
        if self._estrategia is not None:
            with _queda_em_portugues():
                yield
            return
        yield
        if self._par is not None and self._par.caiu:
            raise ErroPoema(
                "o outro processo do treino acabou antes da hora; o melhor até ali está guardado: rode de "
                "novo com --continua."
            )


@contextmanager
def _queda_em_portugues() -> Iterator[None]:
    import tensorflow as tf

    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.DeadlineExceededError, tf.errors.AbortedError) as erro:
        raise ErroPoema(
            "perdi a ligação com outra máquina do treino; o melhor até ali está guardado: rode de novo em "
            f"todas, com --continua ({str(erro).splitlines()[0]})."
        ) from None
