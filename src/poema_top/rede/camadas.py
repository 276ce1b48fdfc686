"""As outras camadas do modelo: a tabela da entrada, a saída, e o dropout de uma reserva de sorteios."""

from typing import Any

import numpy as np

from poema_top.rede.backend import keras

ops = keras.ops
Tensor = Any  # de qualquer backend do Keras

POUCOS = 64  # tokens: até aí, multiplicar por um one-hot é mais rápido que somar um a um
LINHAS, LARGURA = 2**18, 16  # da reserva: 16 MB; uma linha enche um registrador de 512 bits


@keras.saving.register_keras_serializable("poema_top")
class Tabela(keras.layers.Layer):  # type: ignore[misc]  # o Keras não publica tipos
    """Um vetor por token (um embedding), com os pesos de keras.layers.Embedding, que o põe deitado."""

    def __init__(self, tokens: int, dimensoes: int, **argumentos: Any) -> None:
        """Uma tabela de `tokens` (V) vetores de `dimensoes` (d) números."""
        super().__init__(**argumentos)
        self.tokens = tokens
        self.dimensoes = dimensoes

    def build(self, forma: tuple[int | None, ...]) -> None:
        """Cria os vetores, [V, d]."""
        del forma
        self.e = self.add_weight(shape=(self.tokens, self.dimensoes), initializer="uniform", name="e")

    def call(self, x: Tensor, ao_contrario: bool = False) -> Tensor:
        """De ids [T B] para os vetores deles [d, T B]; ao contrário, de vetores para logits [V, T B].

        O logit de um token é o produto do vetor que veio com o dele.
        """
        return ops.matmul(self.e, x) if ao_contrario else self._vetores(x)

    def _vetores(self, ids: Tensor) -> Tensor:
        @ops.custom_gradient  # type: ignore[untyped-decorator]
        def procura(e: Tensor) -> tuple[Any, Any]:
            def gradiente(d: Tensor, upstream: Any = None) -> Tensor:
                return soma_por_token(d if upstream is None else upstream, ids, self.tokens)

            return ops.transpose(ops.take(e, ids, axis=0)), gradiente

        return procura(ops.copy(self.e))  # a derivada escrita à mão não aceita variáveis

    def compute_output_spec(self, x: Tensor, ao_contrario: bool = False) -> Tensor:
        """A forma da saída."""
        linhas = self.tokens if ao_contrario else self.dimensoes
        return keras.KerasTensor((linhas, x.shape[-1]), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """O que recria a camada."""
        return {**super().get_config(), "tokens": self.tokens, "dimensoes": self.dimensoes}


def soma_por_token(d: Tensor, ids: Tensor, tokens: int) -> Tensor:
    """O gradiente de uma tabela [V, d]: a soma das colunas de `d` [d, T B] em que cada token foi lido.

    É a conta de d @ one_hot(ids), [d, V], deitada. Com poucos tokens o produto é o mais rápido; com muitos,
    somar sem multiplicar pelos zeros. Na CPU as parcelas se somam sempre na mesma ordem.
    """
    if tokens <= POUCOS:
        return ops.transpose(ops.matmul(d, ops.one_hot(ids, tokens)))
    return ops.scatter(ops.expand_dims(ids, -1), ops.transpose(d), (tokens, d.shape[0]))


@keras.saving.register_keras_serializable("poema_top")
class Saida(keras.layers.Layer):  # type: ignore[misc]  # o Keras não publica tipos
    """Uma camada densa, com os pesos de keras.layers.Dense, que lê uma janela deitada."""

    def __init__(self, tokens: int, **argumentos: Any) -> None:
        """Uma camada de `tokens` (V) saídas."""
        argumentos.pop("deitada", None)  # os modelos gravados quando a camada também lia em pé o trazem
        super().__init__(**argumentos)
        self.tokens = tokens

    def build(self, forma: tuple[int | None, ...]) -> None:
        """Cria os pesos, [n, V], e o viés, [V]."""
        self.w = self.add_weight(shape=(forma[0], self.tokens), name="w")
        self.b = self.add_weight(shape=(self.tokens,), initializer="zeros", name="b")

    def call(self, x: Tensor) -> Tensor:
        """De [n, T B] para [V, T B]."""
        return ops.matmul(ops.transpose(self.w), x) + ops.expand_dims(self.b, -1)

    def compute_output_shape(self, forma: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """A forma da saída."""
        return (self.tokens, forma[1])

    def get_config(self) -> dict[str, Any]:
        """O que recria a camada."""
        return {**super().get_config(), "tokens": self.tokens}


@keras.saving.register_keras_serializable("poema_top")
class Dropout(keras.layers.Layer):  # type: ignore[misc]  # o Keras não publica tipos
    """Dropout (Srivastava et al. 2014) que sorteia de onde ler, e não cada zero.

    Sortear um número por unidade e caractere custa um décimo do passo. Aqui quatro milhões de zeros e
    de 1 / (1 - fração) são sorteados uma vez, e cada passo lê a reserva a partir de outro lugar: os
    mesmos sorteios voltam, mas diante de outras unidades e de outros caracteres.
    """

    def __init__(self, fracao: float, **argumentos: Any) -> None:
        """Zera essa fração das entradas, no treino."""
        super().__init__(**argumentos)
        self.fracao = fracao
        self.sorteador = keras.random.SeedGenerator()

    def build(self, forma: tuple[int | None, ...]) -> None:
        """Sorteia a reserva."""
        del forma
        fica = np.random.default_rng(0).random((LINHAS, LARGURA), np.float32) >= self.fracao
        self._reserva = ops.convert_to_tensor(fica.astype(np.float32) / np.float32(1 - self.fracao))

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """X, de forma conhecida, com os zeros do sorteio; fora do treino, o próprio x."""
        if not training:
            return x
        tamanho = int(np.prod(x.shape))
        faltam, pedacos = -(-tamanho // LARGURA), []
        while faltam:
            linhas = min(faltam, LINHAS // 2)
            inicio = keras.random.randint((), 0, LINHAS - linhas + 1, seed=self.sorteador)
            pedacos.append(ops.slice(self._reserva, (inicio, 0), (linhas, LARGURA)))
            faltam -= linhas
        mascara = ops.reshape(ops.concatenate(pedacos), (-1,))
        return x * ops.reshape(mascara[:tamanho], x.shape)

    def compute_output_shape(self, forma: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """A da entrada."""
        return forma

    def get_config(self) -> dict[str, Any]:
        """O que recria a camada."""
        return {**super().get_config(), "fracao": self.fracao}
