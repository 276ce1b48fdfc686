"""Um lote de poemas que entram e saem a qualquer hora, e avançam juntos num motor só."""

import re
from collections import deque

import numpy as np

from poema_top.amostragem import Amostragem, escolhe, probabilidades
from poema_top.checkpoint import Checkpoint
from poema_top.motor import Motor
from poema_top.pedido import Pedido
from poema_top.transmissao import TAMANHO_MAXIMO

TEMPERATURA_MINIMA = 0.01  # daqui para baixo já é sempre o mais provável
SEM_CORTE = Amostragem(1.0)  # a temperatura de cada um já dividiu os logits


class Poema:
    """Um poema em andamento: o que falta do começo pedido, o sorteio dele e o que já se escreveu."""

    def __init__(self, pedido: Pedido, inicio: list[int]) -> None:
        """Nada escrito ainda; `inicio` é o do pedido, em ids."""
        self.temperatura = max(pedido.temperatura, TEMPERATURA_MINIMA)
        self.sorteador = np.random.default_rng(pedido.semente)
        self.inicio = deque(inicio)
        self.acabou = False
        self._novo = ""  # escrito e ainda não entregue
        self._branco = ""  # espaços e quebras que só saem se vier letra depois
        self._vazio = True
        self._lidos = 0

    def recebe(self, token: str, terminador: str | None) -> None:
        """Acrescenta um token; o espaço em volta do poema e as quebras a mais ficam de fora."""
        self._lidos += 1
        if token == terminador and not self._vazio:
            self.acabou = True
        elif token.isspace() or token == terminador:
            self._branco = "" if self._vazio else self._branco + token
        else:
            self._novo += re.sub(r"\n{3,}", "\n\n", self._branco) + token
            self._branco, self._vazio = "", False
        self.acabou |= self._lidos >= TAMANHO_MAXIMO

    def entrega(self) -> str:
        """O que há de novo desde a última vez."""
        novo, self._novo = self._novo, ""
        return novo


class Lote:
    """Um motor com um número fixo de vagas; o que um poema escreve não depende dos outros."""

    def __init__(self, escolhido: Checkpoint, vagas: int) -> None:
        """Carrega o motor.

        Args:
            escolhido: o modelo.
            vagas: B, quantos poemas ao mesmo tempo. O motor faz sempre a conta de todas: com um
                tamanho só, um poema sai igual com um vizinho ou com quinhentos.
        """
        self.vocabulario = escolhido.vocabulario
        self._motor = Motor(escolhido, vagas)
        self._livres = list(range(vagas))
        self._poemas: dict[int, Poema] = {}
        self._ids = np.full(vagas, self.vocabulario.id_separador, np.int32)

    def __len__(self) -> int:
        return len(self._poemas)

    def entra(self, pedido: Pedido) -> Poema:
        """Dá uma vaga a um pedido; IndexError se não há."""
        vaga = self._livres.pop()
        poema = Poema(pedido, self.vocabulario.codifica(pedido.inicio).tolist())
        self._poemas[vaga] = poema
        self._ids[vaga] = self.vocabulario.id_separador
        for estado in self._motor.estados:
            estado[vaga] = 0
        return poema

    def limpa(self) -> None:
        """Devolve as vagas dos poemas que acabaram."""
        for vaga in [vaga for vaga, poema in self._poemas.items() if poema.acabou]:
            del self._poemas[vaga]
            self._livres.append(vaga)

    def avanca(self, passos: int) -> None:
        """Escreve até `passos` tokens de cada poema."""
        for _ in range(passos):
            vagas = [vaga for vaga, poema in self._poemas.items() if not poema.acabou]
            if not vagas:
                return
            vivos = [self._poemas[vaga] for vaga in vagas]
            graus = np.array([[poema.temperatura] for poema in vivos])
            acaso = np.array([poema.sorteador.random() for poema in vivos])
            logits = self._motor.avanca(self._ids)[vagas]
            escolhidos = escolhe(probabilidades(logits / graus, SEM_CORTE), acaso)
            for i, poema in enumerate(vivos):
                if poema.inicio:
                    escolhidos[i] = poema.inicio.popleft()
                poema.recebe(self.vocabulario.tokens[escolhidos[i]], self.vocabulario.terminador)
            self._ids[vagas] = escolhidos
