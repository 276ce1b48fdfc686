"""A camada GRU: as contas de keras.layers.GRU, arrumadas para treinar depressa em CPU."""

from typing import Any

from poema_top.silencio import keras

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
    coisas a fazem mais rápida que ela em CPU, sem mudar o resultado: x W é um produto só para a
    janela toda; o gradiente de U também, em vez de uma soma de produtos pequenos; e os passos são
    desenrolados no grafo. E uma a muda: o estado é zerado onde um poema começa.
    """

    def __init__(self, unidades: int, **argumentos: Any) -> None:
        """Uma camada de `unidades` (n) unidades."""
        super().__init__(**argumentos)
        self.unidades = unidades

    def build(self, forma: tuple[int | None, ...]) -> None:
        """Cria os pesos W [m, 3n], U [n, 3n] e b [2, 3n].

        Os inícios são os de keras.layers.GRU, menos um: o viés da porta z começa em 1, e não em 0. Com
        ele σ(1) = 73 % do estado fica a cada passo, em vez de metade, e o gradiente chega mais longe
        (o mesmo que Jozefowicz et al. 2015 aconselham para o esquecimento da LSTM).
        """
        n = self.unidades
        self.w = self.add_weight(shape=(forma[-1], 3 * n), initializer="glorot_uniform", name="w")
        self.u = self.add_weight(shape=(n, 3 * n), initializer="orthogonal", name="u")
        self.b = self.add_weight(shape=(2, 3 * n), initializer=_vies_inicial, name="b")

    def call(self, x: Tensor, estado: Tensor, continua: Tensor) -> tuple[Tensor, Tensor]:
        """Lê uma janela, ou um caractere só (sem a dimensão T).

        Args:
            x: [T, B, m], o tempo primeiro.
            estado: [B, n], ao fim da janela anterior.
            continua: [T, B, 1], 0 onde um poema começa e 1 no resto.

        Returns:
            O estado em cada passo, [T, B, n], e o do fim, [B, n].
        """
        corte = 2 * self.unidades  # as portas antes, o candidato depois
        xzr = _projeta(x, self.w[:, :corte], self.b[0, :corte])
        xc = _projeta(x, self.w[:, corte:], self.b[0, corte:])
        if len(x.shape) == 2:  # um caractere só: nada a desenrolar nem a derivar
            h = _passo((xzr, xc), estado * continua, self.u, self.b[1])[0]
            return h, h
        # self.u[:] é um tensor: a derivada escrita à mão não aceita variáveis.
        return _recorrencia((xzr, xc), estado, continua, (self.u[:], self.b[1]))

    def compute_output_spec(self, x: Tensor, estado: Tensor, continua: Tensor) -> tuple[Tensor, Tensor]:
        """As formas da saída, para que o modelo se monte sem desenrolar nada."""
        del continua
        return (
            keras.KerasTensor((*x.shape[:-1], self.unidades), dtype=self.compute_dtype),
            keras.KerasTensor(estado.shape, dtype=self.compute_dtype),
        )

    def get_config(self) -> dict[str, Any]:
        """O que recria a camada."""
        return {**super().get_config(), "unidades": self.unidades}


def _vies_inicial(forma: tuple[int, int], dtype: str | None = None) -> Tensor:
    """1 no viés da porta z do lado da entrada; 0 no resto."""
    n = forma[1] // 3
    return ops.pad(ops.ones((1, n), dtype), ((0, 1), (0, 2 * n)))


def _projeta(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """X [..., m] por w [m, k], mais b [k]: um produto só, qualquer que seja o número de dimensões."""
    produto = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), w) + b
    return produto if len(x.shape) == 2 else ops.reshape(produto, (x.shape[0], -1, w.shape[-1]))


def _passo(x: tuple[Tensor, Tensor], h: Tensor, u: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Um caractere: x já projetado ([B, 2n] e [B, n]) e h [B, n] -> h' e o que a derivada vai querer."""
    xzr, xc = x
    n = h.shape[-1]
    uzr, uc = ops.split(ops.matmul(h, u) + b, [2 * n], axis=-1)
    zr = ops.sigmoid(xzr + uzr)
    z, r = ops.split(zr, 2, axis=-1)
    c = ops.tanh(xc + r * uc)
    falta = h - c
    return c + z * falta, h, zr, z, r, uc, c, falta


def _recorrencia(
    x: tuple[Tensor, Tensor], estado: Tensor, continua: Tensor, pesos: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """A janela inteira, com a derivada escrita à mão: x [T, B, 2n] e [T, B, n] -> estados [T, B, n] e o fim.

    A derivada automática somaria T produtos [n, B] x [B, 3n] para achar o gradiente de U; aqui os
    passos são empilhados e ele sai de um produto só, [n, T B] x [T B, 3n]. E reaproveita o que o
    passo de ida já calculou.
    """
    mantem = ops.unstack(continua, continua.shape[0])

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def calcula(xzr: Tensor, xc: Tensor, h: Tensor, u: Tensor, b: Tensor) -> tuple[Any, Any]:
        passos, estados = [], []
        for *xt, m in zip(ops.unstack(xzr, xzr.shape[0]), ops.unstack(xc, xc.shape[0]), mantem, strict=True):
            h, *guardado = _passo(tuple(xt), h * m, u, b)
            passos.append(guardado)
            estados.append(h)

        def gradiente(*ds: Tensor, upstream: Any = None) -> tuple[Tensor, ...]:
            # Cada backend entrega os dois gradientes de um jeito: soltos, numa tupla, por nome.
            d_estados, dh = upstream or (ds if len(ds) > 1 else ds[0])
            d_saidas = ops.unstack(d_estados, d_estados.shape[0])
            ut, dzrs, dcs, dus = ops.transpose(u), [], [], []
            for d, (_, zr, z, r, uc, c, falta), m in zip(
                d_saidas[::-1], passos[::-1], mantem[::-1], strict=True
            ):
                dh = dh + d
                dhz = dh * z
                dcs.append(derivada_tanh(c, dh - dhz))
                dzrs.append(derivada_sigmoide(zr, ops.concatenate([dh * falta, dcs[-1] * uc], -1)))
                dus.append(ops.concatenate([dzrs[-1], dcs[-1] * r], -1))
                dh = (dhz + ops.matmul(dus[-1], ut)) * m
            du = ops.concatenate(dus[::-1])
            antes = ops.concatenate([antes for antes, *_ in passos])
            d_u = ops.matmul(ops.transpose(antes), du)
            return ops.stack(dzrs[::-1]), ops.stack(dcs[::-1]), dh, d_u, ops.sum(du, 0)

        return (ops.stack(estados), h), gradiente

    estados, fim = calcula(*x, estado, *pesos)
    return estados, fim


if keras.backend.backend() == "tensorflow":
    from tensorflow import raw_ops

    def derivada_sigmoide(y: Tensor, dy: Tensor) -> Tensor:
        """Dy y (1 - y), numa conta só."""
        return raw_ops.SigmoidGrad(y=y, dy=dy)

    def derivada_tanh(y: Tensor, dy: Tensor) -> Tensor:
        """Dy (1 - y²), numa conta só."""
        return raw_ops.TanhGrad(y=y, dy=dy)

else:

    def derivada_sigmoide(y: Tensor, dy: Tensor) -> Tensor:
        """Dy y (1 - y)."""
        return dy * y * (1 - y)

    def derivada_tanh(y: Tensor, dy: Tensor) -> Tensor:
        """Dy (1 - y²)."""
        return dy * (1 - y * y)
