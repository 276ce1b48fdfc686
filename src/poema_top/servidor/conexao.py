"""Uma conexão, contada na portaria desde o TCP, e de quem ela é."""

import random
import socket
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from poema_top.servidor.portaria import SEM_ENDERECO, Portaria, rede_de, sem_disfarce

SAIDA_DO_SISTEMA = 4096  # bytes; o Linux dobra


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

    def connection_lost(self, exc: Exception | None) -> None:
        """Devolve o lugar."""
        self.portaria.sai(self.contado)
        super().connection_lost(exc)
        if erro := self.protocol.parser_exc:
            # A pilha guardada no erro aponta de volta para a conexão; sem ela não há ciclo, e tudo some já.
            erro.__traceback__ = None

    def aperta_a_saida(self) -> None:
        """Faz o sistema guardar pouco do que este leitor ainda não leu.

        Um poema anda a uns 50 bytes por segundo; com os megabytes que o sistema guarda por padrão, um
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
