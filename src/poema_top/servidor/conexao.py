"""Uma conexão, contada na portaria desde o TCP, e de quem ela é."""

import random
import socket
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request
from websockets.protocol import State

from poema_top.servidor.enderecos import SEM_ENDERECO, rede_de, sem_disfarce
from poema_top.servidor.portaria import Portaria

SAIDA_DO_SISTEMA = 4096  # bytes; o Linux dobra
CABECALHO_MAXIMO = 8192  # bytes até o fim do aperto de mão; o pedido de um navegador tem uns 600
COTA = 512  # bytes que um leitor pode mandar de uma vez depois disso
COTA_POR_SEGUNDO = 1.0  # e os que ganha com o tempo: responder a um ping por minuto são 10


def endereco_do_pedido(portaria: Portaria, direto: str, pedido: Request) -> str:
    """O endereço de quem pede: o do TCP, ou, atrás de um proxy nosso, o que ele anotou por último.

    Só o último item do X-Forwarded-For foi escrito pelo proxy; os anteriores são do próprio leitor.
    """
    if not portaria.do_proxy(direto):
        return rede_de(direto)
    anotados = pedido.headers.get_all("X-Forwarded-For")
    anotado = anotados[-1].rpartition(",")[2].strip() if anotados else ""
    try:
        return rede_de(anotado)
    except ValueError:
        return rede_de(direto)


class Conexao(ServerConnection):
    """Uma conexão que se conta na portaria desde o TCP, antes de qualquer aperto de mão."""

    portaria: Portaria  # a do servidor; `com_portaria` a põe

    def connection_made(self, transport: Any) -> None:
        """Aceita, ou derruba sem conversa quando não cabe mais ninguém."""
        super().connection_made(transport)
        par = transport.get_extra_info("peername")
        self.direto = SEM_ENDERECO if not par or isinstance(par, str) else sem_disfarce(par[0])
        self.endereco = rede_de(self.direto)
        self.contado: str | None = None
        self._aberta_em: float | None = None
        self._recebidos = 0  # bytes
        if self.ping_interval:  # cada um no seu passo: os que chegaram juntos não respondem juntos
            self.ping_interval *= random.uniform(0.75, 1.25)
        if not self.portaria.chega():
            transport.abort()
        elif not self.portaria.do_proxy(self.direto):
            # O aperto de mão que nunca termina também ocupa a cota de quem o começou.
            self.contado = self.endereco
            if not self.portaria.entra(self.endereco):
                self.portaria.recusa("endereço", self.endereco)
                transport.abort()

    def data_received(self, data: bytes) -> None:
        """Entrega à biblioteca o que chegou, ou derruba quem manda mais do que um leitor tem a dizer.

        Ela trabalha por quadro, e um quadro vazio tem seis bytes: sem isto, um leitor que mandasse pongs
        sem parar ocuparia o laço que atende todos os outros.
        """
        conversa = self.protocol.state is not State.CONNECTING
        if conversa and self._aberta_em is None:  # o primeiro pacote depois do aperto de mão
            self._aberta_em, self._recebidos = self.loop.time(), 0
        self._recebidos += len(data)
        if self._recebidos > self._cota():
            self.portaria.recusa("bytes", self.endereco)
            self.transport.abort()
        else:
            super().data_received(data)

    def _cota(self) -> float:
        """Quantos bytes cabem até agora: um cabeçalho, ou, depois dele, o que um leitor deve."""
        if self._aberta_em is None:
            return CABECALHO_MAXIMO
        return COTA + COTA_POR_SEGUNDO * (self.loop.time() - self._aberta_em)

    def esquece_o_pedido(self) -> None:
        """Larga os cabeçalhos, que a biblioteca guardaria enquanto durasse a conexão."""
        if self.request is not None:
            self.request.headers.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        """Devolve o lugar."""
        self.portaria.sai(self.contado)
        super().connection_lost(exc)
        self._solta_os_erros()

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """O da biblioteca; se falha, não deixa nada para trás."""
        try:
            await super().handshake(*args, **kwargs)
        finally:
            self._solta_os_erros()

    def _solta_os_erros(self) -> None:
        """A pilha guardada num erro aponta de volta para a conexão; sem ela não há ciclo, e tudo some já."""
        erros: tuple[BaseException | None, ...] = (self.protocol.parser_exc, self.protocol.handshake_exc)
        for erro in erros:
            while erro is not None:
                erro.__traceback__ = None
                erro = erro.__cause__ or erro.__context__  # noqa: PLW2901  # a causa da causa

    def aperta_a_saida(self) -> None:
        """Faz o sistema guardar pouco do que este leitor ainda não leu.

        Um poema anda a uns 25 bytes por segundo; com os megabytes que o sistema guarda por padrão, um
        leitor parado levaria horas para ser notado, e ocuparia tudo isso.
        """
        if tomada := self.transport.get_extra_info("socket"):
            tomada.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SAIDA_DO_SISTEMA)

    def identifica(self, pedido: Request) -> bool:
        """Descobre de quem é o pedido; devolve se ainda cabe alguém desse endereço."""
        self.endereco = endereco_do_pedido(self.portaria, self.direto, pedido)
        if self.contado is not None:
            return True
        self.contado = self.endereco
        return self.portaria.entra(self.endereco)


def com_portaria(portaria: Portaria) -> type[Conexao]:
    """A classe de conexão de um servidor."""
    return type("Conexao", (Conexao,), {"portaria": portaria})
