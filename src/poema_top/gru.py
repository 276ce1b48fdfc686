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
        """Cria os pesos W [m, 3n], U [n, 3n] e b [2, 3n], com os inícios de keras.layers.GRU."""
        n = self.unidades
        self.w = self.add_weight(shape=(forma[-1], 3 * n), initializer="glorot_uniform", name="w")
        self.u = self.add_weight(shape=(n, 3 * n), initializer="orthogonal", name="u")
        self.b = self.add_weight(shape=(2, 3 * n), initializer="zeros", name="b")

    def call(self, x: Tensor, estado: Tensor, continua: Tensor) -> tuple[Tensor, Tensor]:
        """Lê uma janela, ou um caractere só (sem a dimensão T).

        Args:
            x: [T, B, m], o tempo primeiro.
            estado: [B, n], ao fim da janela anterior.
            continua: [T, B, 1], 0 onde um poema começa e 1 no resto.

        Returns:
            O estado em cada passo, [T, B, n], e o do fim, [B, n].
        """
        xw = ops.matmul(x, self.w) + self.b[0]
        if len(x.shape) == 2:  # um caractere só: nada a desenrolar nem a derivar
            h = _passo(xw, estado * continua, self.u, self.b[1])[0]
            return h, h
        # self.u[:] é um tensor: a derivada escrita à mão não aceita variáveis.
        return _recorrencia(xw, estado, continua, self.u[:], self.b[1])

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


def _passo(xw: Tensor, h: Tensor, u: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Um caractere: xw [B, 3n] e h [B, n] -> h' [B, n] e o que a derivada vai querer."""
    n = h.shape[-1]
    hu = ops.matmul(h, u) + b
    zr = ops.sigmoid(xw[:, : 2 * n] + hu[:, : 2 * n])
    z, r, huc = zr[:, :n], zr[:, n:], hu[:, 2 * n :]
    c = ops.tanh(xw[:, 2 * n :] + r * huc)
    return c + z * (h - c), h, z, r, huc, c


def _recorrencia(xw: Tensor, estado: Tensor, continua: Tensor, u: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """A janela inteira, com a derivada escrita à mão: xw [T, B, 3n] -> estados [T, B, n] e o último.

    A derivada automática somaria T produtos [n, B] x [B, 3n] para achar o gradiente de U; aqui os
    passos são empilhados e ele sai de um produto só, [n, T B] x [T B, 3n].
    """
    mantem = ops.unstack(continua, continua.shape[0])

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def calcula(xw: Tensor, estado: Tensor, u: Tensor, b: Tensor) -> tuple[Any, Any]:
        h, passos, estados = estado, [], []
        for x, m in zip(ops.unstack(xw, xw.shape[0]), mantem, strict=True):
            h, *guardado = _passo(x, h * m, u, b)
            passos.append(guardado)
            estados.append(h)

        def gradiente(*ds: Tensor, upstream: Any = None) -> tuple[Tensor, ...]:
            d_estados, dh = ds or upstream
            d_saidas = ops.unstack(d_estados, d_estados.shape[0])
            dxw, dhu = [], []
            for d, (h, z, r, huc, c), m in zip(d_saidas[::-1], passos[::-1], mantem[::-1], strict=True):
                dh = dh + d
                dc = dh * (1 - z) * (1 - c * c)
                dz = dh * (h - c) * z * (1 - z)
                dr = dc * huc * r * (1 - r)
                dxw.append(ops.concatenate([dz, dr, dc], -1))
                dhu.append(ops.concatenate([dz, dr, dc * r], -1))
                dh = (dh * z + ops.matmul(dhu[-1], ops.transpose(u))) * m
            todos_dhu = ops.concatenate(dhu[::-1])
            todos_h = ops.concatenate([h for h, *_ in passos])
            du = ops.matmul(ops.transpose(todos_h), todos_dhu)
            return ops.stack(dxw[::-1]), dh, du, ops.sum(todos_dhu, 0)

        return (ops.stack(estados), h), gradiente

    estados, fim = calcula(xw, estado, u, b)
    return estados, fim
