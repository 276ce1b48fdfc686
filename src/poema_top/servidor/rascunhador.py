"""Os rascunhos de um poema próprio: escritos de uma vez, um pedido por vez, fora do laço de eventos."""

import asyncio
from typing import Any

from poema_top.base.erros import ErroPoema
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.amostras import TAMANHO
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.rascunhos import Revisor, escreve_rascunhos
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.pedido import Pedido
from poema_top.servidor.saude import Saude


class Mesa:
    """Onde se escrevem os rascunhos com um modelo: um motor só para eles, e quem escolhe.

    O do `Lote` não serve: nele todos os poemas avançam juntos, no ritmo de quem lê.
    """

    def __init__(self, treinado: Checkpoint, revisor: Revisor) -> None:
        """Carrega o motor."""
        self._vocabulario = treinado.vocabulario
        self._motor = Motor(treinado)
        self._revisor = revisor

    def melhor(self, pedido: Pedido) -> str:
        """O poema que `just amostra` mostraria com o mesmo pedido, letra por letra.

        Vazio se o modelo mudou desde o pedido e não conhece o começo.
        """
        if self._motor.fluxos != pedido.rascunhos:
            self._motor.redimensiona(pedido.rascunhos)
        try:
            escritos = escreve_rascunhos(
                self._motor,
                self._vocabulario,
                Amostragem(pedido.temperatura),
                pedido.semente,
                inicio=pedido.inicio,
                tamanho=len(pedido.inicio) + TAMANHO,
            )
        except ErroPoema:
            return ""
        return self._revisor.ordena(*escritos)[0].texto


class Rascunhador:
    """A fila dos pedidos com rascunhos, e quem os atende um por um."""

    def __init__(self, mesa: Mesa | None, maximo: int, *, metricas: Metricas, saude: Saude) -> None:
        """Ninguém pediu nada; `escreve` põe a fila para andar.

        Args:
            mesa: pode ser trocada a qualquer hora, e o próximo pedido já é dela; None: não há quem escolha.
            maximo: quantos rascunhos um pedido pode ter.
            metricas: onde contar.
            saude: onde dizer que alguém espera.
        """
        self.mesa = mesa
        self._maximo = maximo
        self._metricas = metricas
        self._saude = saude
        self.ocupados = 0  # rascunhos à espera ou sendo escritos
        self._fila: asyncio.Queue[tuple[Pedido, asyncio.Future[str]]] = asyncio.Queue()

    @property
    def maximo(self) -> int:
        """Quantos rascunhos um pedido pode ter agora; 1: não se escrevem."""
        return self._maximo if self.mesa else 1

    async def melhor(self, pedido: Pedido, desistiu: "asyncio.Future[Any]") -> str:
        """O melhor dos rascunhos, quando chega a vez; vazio se quem pediu desiste antes.

        A fila não tem fim: quem chama olha `ocupados`.
        """
        texto: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._fila.put_nowait((pedido, texto))
        self._conta(pedido.rascunhos)
        try:
            await asyncio.wait({texto, desistiu}, return_when=asyncio.FIRST_COMPLETED)
            return "" if desistiu.done() else texto.result()
        finally:
            texto.cancel()
            self._conta(-pedido.rascunhos)

    def _conta(self, rascunhos: int) -> None:
        self.ocupados += rascunhos
        self._metricas.rascunhos.set(self.ocupados)

    async def escreve(self) -> None:
        """Um pedido depois do outro, para sempre.

        Cada um com a mesa que havia quando começou: o modelo que muda no meio só vale para o seguinte. E
        depois de cada um descansa outro tanto: uma fila que não acaba toma meio núcleo, e não um.
        """
        relogio = asyncio.get_running_loop().time
        while True:
            pedido, texto = await self._fila.get()
            if texto.done():  # desistiu
                continue
            comeco = relogio()
            self._saude.espera("rascunhos")
            melhor = await asyncio.to_thread(self.mesa.melhor, pedido) if self.mesa else ""
            self._saude.ninguem("rascunhos")
            if not texto.done():
                texto.set_result(melhor)
            await asyncio.sleep(relogio() - comeco)
