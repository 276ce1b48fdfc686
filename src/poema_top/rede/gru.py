"""A camada GRU: as contas de keras.layers.GRU, arrumadas para treinar depressa em CPU."""

from typing import Any

from poema_top.rede.backend import keras
from poema_top.rede.camadas import soma_por_token

# isort: split
import tensorflow as tf  # depois do Keras, que o carrega calado

ops = keras.ops
Tensor = Any  # de qualquer backend do Keras


@keras.saving.register_keras_serializable("poema_top")
class GRU(keras.layers.Layer):  # type: ignore[misc]  # o Keras não publica tipos
    """GRU (Cho et al. 2014, arXiv 1406.1078) na forma que a cuDNN usa: a porta vem depois do produto.

    Com h o estado e x a entrada, as portas e o candidato são

        z = σ(x Wz + h Uz + bz)      quanto do estado fica
        r = σ(x Wr + h Ur + br)      quanto do estado entra no candidato
        c = tanh(x Wc + r ⊙ (h Uc + bu) + bw)
        h' = z ⊙ h + (1 - z) ⊙ c

    São 3 (n m + n² + 2n) parâmetros, os mesmos pesos e na mesma ordem de keras.layers.GRU. Três
    coisas a fazem mais rápida que ela em CPU, sem mudar o resultado. Uma janela vem deitada, uma
    linha por unidade e uma coluna por token: as portas são então linhas seguidas na memória, que
    se separam sem copiar nada. Os passos são desenrolados no grafo. E a derivada é escrita à mão. E
    uma a muda: o estado é zerado onde um poema começa.
    """

    def __init__(self, unidades: int, janela: int, tokens: int | None = None, **argumentos: Any) -> None:
        """Uma camada de `unidades` (n) unidades, que lê `janela` (T) tokens.

        Com `tokens` (V) ela lê ids, como se cada um fosse um one-hot: a linha dele em W, [V, 3n], já é o
        produto.
        """
        super().__init__(**argumentos)
        self.unidades = unidades
        self.janela = janela
        self.tokens = tokens

    def build(self, forma: tuple[int | None, ...]) -> None:
        """Cria os pesos W [m, 3n], U [n, 3n] e b [2, 3n].

        Os inícios são os de keras.layers.GRU, menos um: o viés da porta z começa em 1, e não em 0. Com
        ele σ(1) = 73 % do estado fica a cada passo, em vez de metade, e o gradiente chega mais longe
        (o mesmo que Jozefowicz et al. 2015 aconselham para o esquecimento da LSTM).
        """
        n, m = self.unidades, self.tokens or forma[0]
        self.w = self.add_weight(shape=(m, 3 * n), initializer="glorot_uniform", name="w")
        self.u = self.add_weight(shape=(n, 3 * n), initializer="orthogonal", name="u")
        self.b = self.add_weight(shape=(2, 3 * n), initializer=_vies_inicial, name="b")

    def call(self, x: Tensor, estado: Tensor, continua: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Lê uma janela de B textos.

        Args:
            x: [m, T B], a coluna t B + b do texto b no tempo t; ou, com `tokens`, os ids, [T B].
            estado: [B, n], ao fim da janela anterior.
            continua: [1, T B]: 0 onde um poema começa e 1 no resto; None nunca zera.

        Returns:
            O estado em cada passo, [n, T B], e o do fim, [B, n].
        """
        # A derivada escrita à mão não aceita variáveis.
        pesos = [ops.copy(peso) for peso in (self.w, self.u, self.b)]
        estados, fim = _recorrencia(self.janela, x, ops.transpose(estado), continua, pesos)
        return estados, ops.transpose(fim)

    def compute_output_spec(
        self, x: Tensor, estado: Tensor, continua: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As formas da saída, para que o modelo se monte sem desenrolar nada."""
        del continua
        return (
            keras.KerasTensor((self.unidades, x.shape[-1]), dtype=self.compute_dtype),
            keras.KerasTensor(estado.shape, dtype=self.compute_dtype),
        )

    def get_config(self) -> dict[str, Any]:
        """O que recria a camada."""
        proprios = {"unidades": self.unidades, "janela": self.janela, "tokens": self.tokens}
        return {**super().get_config(), **proprios}


def _vies_inicial(forma: tuple[int, int], dtype: str | None = None) -> Tensor:
    """1 no viés da porta z do lado da entrada; 0 no resto."""
    n = forma[1] // 3
    return ops.pad(ops.ones((1, n), dtype), ((0, 1), (0, 2 * n)))


def _le(x: Tensor, w: Tensor, vieses: Tensor, t: int) -> list[list[Tensor]]:
    """O que cada passo lê de x, com os vieses: T pares, [2n, B] das portas e [n, B] do candidato."""
    if x.dtype.is_integer:
        linhas = w + vieses
        lidos = [tf.transpose(tf.gather(linhas, ids)) for ids in tf.split(x, t)]
    else:  # uma linha de uns embaixo de x faz o produto somar também os vieses
        wt = tf.transpose(tf.concat([w, vieses[None]], 0))
        lidos = [wt @ xt for xt in tf.split(tf.concat([x, tf.ones_like(x[:1])], 0), t, axis=1)]
    n = w.shape[1] // 3
    portas_e_candidato = tf.constant([2 * n, n])
    return [tf.split(lido, portas_e_candidato, num=2) for lido in lidos]


def _celula(lido: list[Tensor], lembrado: list[Tensor], h: Tensor) -> tuple[Tensor, ...]:
    """Um passo: o que vem de x e o que vem de h, com os vieses -> h' e o que a derivada vai querer."""
    (xzr, xc), (uzr, uc) = lido, lembrado
    z, r = tf.split(tf.sigmoid(xzr + uzr), 2)
    c = tf.tanh(xc + r * uc)
    falta = h - c
    return c + z * falta, h, z, r, uc, c, falta


def _recorrencia(
    t: int, x: Tensor, estado: Tensor, continua: Tensor | None, pesos: list[Tensor]
) -> tuple[Tensor, Tensor]:
    """A janela inteira, com a derivada escrita à mão: x -> estados [n, T B] e o fim, [n, B].

    A derivada automática somaria T produtos [n, B] x [B, 3n] para achar o gradiente de U; aqui os
    passos são postos lado a lado e ele sai de um produto só, [n, T B] x [T B, 3n], como o de W. E
    reaproveita o que o passo de ida já calculou.
    """
    mantem = [None] * t if continua is None else tf.split(continua, t, axis=1)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def calcula(x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor) -> tuple[Any, Any]:
        n = h.shape[0]
        ut = tf.transpose(u)
        lidos = _le(x, w, b[0] + tf.pad(b[1, : 2 * n], [[0, n]]), t)
        # O outro viés, já do tamanho do que vai somar: repetir uma coluna a cada passo custa mais.
        bu = b[1, 2 * n :, None] + tf.zeros_like(h[:1])
        portas_e_candidato = tf.constant([2 * n, n])
        passos, estados = [], []
        for lido, m in zip(lidos, mantem, strict=True):
            antes = h if m is None else h * m
            uzr, uc = tf.split(ut @ antes, portas_e_candidato, num=2)
            h, *guardado = _celula(lido, [uzr, uc + bu], antes)
            passos.append(guardado)
            estados.append(h)

        def gradiente(d_estados: Tensor, dh: Tensor) -> tuple[Tensor, ...]:
            d_lembrados, d_candidatos = [], []
            # Diminuir o oposto, e não somar: de três parcelas seguidas o TensorFlow faria uma soma só, cuja
            # ordem varia, e o mesmo treino daria cada vez outro arredondamento.
            opostos = tf.split(-d_estados, t, axis=1)
            for oposto, (_, z, r, uc, c, falta), m in zip(
                opostos[::-1], passos[::-1], mantem[::-1], strict=True
            ):
                dh = dh - oposto
                dhz = dh * z
                dc = _derivada_tanh(y=c, dy=dh - dhz)
                dz, dr = _derivada_sigmoide(y=z, dy=dh * falta), _derivada_sigmoide(y=r, dy=dc * uc)
                d_lembrado = tf.concat([dz, dr, dc * r], 0)
                dh = dhz + u @ d_lembrado
                if m is not None:
                    dh = dh * m
                d_lembrados.append(d_lembrado)
                d_candidatos.append(dc)
            d_u, d_c = (tf.concat(ds[::-1], 1) for ds in (d_lembrados, d_candidatos))
            d_zr = d_u[: 2 * n]
            antes = tf.concat([antes for antes, *_ in passos], 1)
            if x.dtype.is_integer:
                dx, dw = None, tf.concat([soma_por_token(d, x, w.shape[0]) for d in (d_zr, d_c)], 1)
            else:
                dx = w[:, : 2 * n] @ d_zr + w[:, 2 * n :] @ d_c
                dw = tf.concat([tf.matmul(x, d, transpose_b=True) for d in (d_zr, d_c)], 1)
            db_zr, db_c, db_u = (tf.reduce_sum(d, 1) for d in (d_zr, d_c, d_u))
            db = tf.stack([tf.concat([db_zr, db_c], 0), db_u])
            return dx, dh, dw, tf.matmul(antes, d_u, transpose_b=True), db

        return (tf.concat(estados, 1), h), gradiente

    estados, fim = calcula(x, estado, *pesos)
    return estados, fim


# As derivadas prontas da sigmoide e da tanh, y -> dy y (1 - y) e dy (1 - y²), cada uma numa conta só.
_derivada_sigmoide, _derivada_tanh = tf.raw_ops.SigmoidGrad, tf.raw_ops.TanhGrad
