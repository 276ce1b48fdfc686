"""Dois processos desta máquina ligados por um cano do sistema: nada escuta, e de fora ninguém chega."""

from typing import Protocol

import numpy as np


class Ponta(Protocol):
    """O que se usa de uma ponta de um `multiprocessing.Pipe`, que tem um tipo em cada sistema."""

    def send_bytes(self, buf: bytes, /) -> None:
        """Manda uma mensagem; OSError se não há mais ninguém do outro lado."""

    def recv_bytes(self) -> bytes:
        """Espera uma mensagem; EOFError se não há mais ninguém do outro lado."""


class Par:
    """Uma das duas pontas; as duas fazem as mesmas contas, na mesma ordem.

    As operações coletivas do TensorFlow, que servem a várias máquinas, não servem aqui: o servidor gRPC delas
    escuta em todas as interfaces, mesmo que se lhe peça 127.0.0.1, e obedece a quem chegar.
    """

    def __init__(self, ponta: Ponta, *, chefe: bool) -> None:
        """Uma ponta.

        Args:
            ponta: a de um `multiprocessing.Pipe`.
            chefe: se é a que faz a conta; a outra manda os seus números e espera.
        """
        self.chefe = chefe
        self.caiu = False  # se o outro processo acabou
        self._ponta = ponta

    def media(self, *meus: np.ndarray) -> list[np.ndarray]:
        """A média de cada vetor entre os dois, igual bit a bit nos dois.

        Não falha: quem a chama é um grafo do TensorFlow, que contaria uma exceção em muitas linhas. Se o
        outro acabou, devolve os de cá, e `caiu` o diz.
        """
        juntos = np.concatenate([np.ravel(vetor).astype(np.float32) for vetor in meus])
        try:
            if self.chefe:
                juntos = (juntos + self._recebe()) * np.float32(0.5)
                self._ponta.send_bytes(juntos.tobytes())
            else:
                self._ponta.send_bytes(juntos.tobytes())
                juntos = self._recebe()
        except (EOFError, OSError):
            self.caiu = True
        onde = np.cumsum([vetor.size for vetor in meus])[:-1]
        partes = np.split(juntos, onde)
        return [parte.reshape(vetor.shape) for parte, vetor in zip(partes, meus, strict=True)]

    def _recebe(self) -> np.ndarray:
        return np.frombuffer(self._ponta.recv_bytes(), np.float32)
