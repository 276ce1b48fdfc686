"""Várias máquinas num treino só: cada uma faz a sua fatia do lote, e as médias passam pela rede."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from poema_top.base import interrupcao
from poema_top.base.erros import ErroPoema
from poema_top.base.silencio import stderr_calado


class Grupo:
    """Os processos que treinam juntos; sozinho, nada passa pela rede e nada custa.

    Todos têm o modelo inteiro, partem dos mesmos pesos e dão os mesmos passos, porque o gradiente
    que aplicam é o mesmo: a média dos de todos. O modelo que sai é o de uma máquina só com o lote
    inteiro, a menos do arredondamento das somas.
    """

    def __init__(self, maquinas: Sequence[str] = (), esta: int = 0) -> None:
        """Um processo do grupo; a ligação só se faz em `liga`.

        Args:
            maquinas: "endereço:porta" de cada processo, na mesma ordem em todos.
            esta: a posição deste na lista; o 0 é o chefe, o que mostra e grava.
        """
        self.maquinas = list(maquinas)
        self.esta = esta
        self.chefe = esta == 0
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
        quantas, sobra = divmod(lote, max(1, len(self.maquinas)))
        if sobra:
            raise ErroPoema(
                f"um --lote de {lote} não se divide por {len(self.maquinas)} máquinas; use um múltiplo."
            )
        return slice(self.esta * quantas, (self.esta + 1) * quantas)

    def media(self, tensores: list[Any]) -> list[Any]:
        """A média de cada tensor entre os processos; é para dentro de um grafo."""
        if self._estrategia is None:
            return tensores
        import tensorflow as tf

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
        if self._estrategia is None:
            return list(numeros)
        import tensorflow as tf

        with self.enquanto_todos_vivem():
            return [float(media) for media in self._media_de_numeros([tf.constant(numeros, tf.float32)])[0]]

    @contextmanager
    def enquanto_todos_vivem(self) -> Iterator[None]:
        """Faz da queda de outro processo um erro de uma linha."""
        if self._estrategia is None:
            yield
        else:
            with _queda_em_portugues():
                yield


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
