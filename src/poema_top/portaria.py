"""Quem entra: limites de conexões, de origem e de endereço, e de quem se acredita o endereço."""

import logging
import random
import socket
from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from poema_top.metricas import Metricas

registro = logging.getLogger("poema")
SEM_ENDERECO = "desconhecido"
SAIDA_DO_SISTEMA = 4096  # bytes; o Linux dobra


@dataclass(frozen=True)
class Limites:
    """Quanto o servidor aceita.

    Attributes:
        conexoes: abertas ao mesmo tempo, contadas desde o TCP: quem não termina o aperto de mão conta.
        por_endereco: as de um mesmo endereço de rede.
        proxies: redes dos proxies em cujo X-Forwarded-For se acredita.
    """

    conexoes: int = 12_000
    por_endereco: int = 100
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")


def rede_de(endereco: str) -> str:
    """O que conta como um endereço só: o IPv4 inteiro, ou a rede /64 de um IPv6, que é de uma casa."""
    ip = ip_address(endereco)
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ip_network((ip, 64), strict=False))
    return str(ip)


def truncado(endereco: str) -> str:
    """O endereço como fica no registro: sem a parte que diz de quem é."""
    if endereco == SEM_ENDERECO:
        return endereco
    ip = ip_address(endereco.partition("/")[0])
    if isinstance(ip, IPv6Address):
        return str(ip_network((ip, 48), strict=False))
    return str(ip).rpartition(".")[0] + ".x"


class Portaria:
    """Conta as conexões abertas, em todo o servidor e por endereço."""

    def __init__(self, limites: Limites, metricas: Metricas) -> None:
        """Ninguém entrou ainda."""
        self._limites = limites
        self._metricas = metricas
        self._proxies = [ip_network(proxy) for proxy in limites.proxies]
        self._abertas = 0
        self.acabadas = 0
        self._por_endereco: Counter[str] = Counter()

    @property
    def vazia(self) -> bool:
        """Se não há conexão aberta."""
        return not self._abertas

    def do_proxy(self, endereco: str) -> bool:
        """Se este endereço é o de um proxy em que se acredita."""
        if endereco == SEM_ENDERECO:
            return False
        return any(ip_address(endereco) in rede for rede in self._proxies)

    def chega(self) -> bool:
        """Conta uma conexão TCP; devolve se ainda cabe."""
        self._abertas += 1
        self._metricas.conexoes.set(self._abertas)
        if self._abertas > self._limites.conexoes:
            self.recusa("lotado")
            return False
        return True

    def entra(self, endereco: str) -> bool:
        """Conta uma conexão de um endereço; devolve se ainda cabe."""
        self._por_endereco[endereco] += 1
        return self._por_endereco[endereco] <= self._limites.por_endereco

    def sai(self, endereco: str | None) -> None:
        """Uma conexão acabou; `endereco` é o que se deu a `entra`, se chegou a dar."""
        self._abertas -= 1
        self.acabadas += 1
        self._metricas.conexoes.set(self._abertas)
        if endereco is not None:
            self._por_endereco[endereco] -= 1
            if not self._por_endereco[endereco]:
                del self._por_endereco[endereco]

    def recusa(self, motivo: str, endereco: str = SEM_ENDERECO) -> None:
        """Conta e registra uma recusa."""
        self._metricas.recusados.labels(motivo).inc()
        registro.info("recusa motivo=%s endereco=%s", motivo, truncado(endereco))


def endereco_do_pedido(portaria: Portaria, direto: str, pedido: Request) -> str:
    """O endereço de quem pede: o do TCP, ou, atrás de um proxy nosso, o que ele anotou por último.

    Só o último item do X-Forwarded-For foi escrito pelo proxy; os anteriores são do próprio leitor.
    """
    if not portaria.do_proxy(direto):
        return direto
    anotados = pedido.headers.get_all("X-Forwarded-For")
    anotado = anotados[-1].rpartition(",")[2].strip() if anotados else ""
    try:
        return rede_de(anotado)
    except ValueError:
        return direto


class Conexao(ServerConnection):
    """Uma conexão que se conta na portaria desde o TCP, antes de qualquer aperto de mão."""

    portaria: Portaria  # a do servidor; `com_portaria` a põe

    def connection_made(self, transport: Any) -> None:
        """Aceita, ou derruba sem conversa quando não cabe mais ninguém."""
        super().connection_made(transport)
        par = transport.get_extra_info("peername")
        self.direto = SEM_ENDERECO if not par or isinstance(par, str) else rede_de(par[0].partition("%")[0])
        self.endereco = self.direto
        self.contado: str | None = None
        if self.ping_interval:  # cada um no seu passo: os que chegaram juntos não respondem juntos
            self.ping_interval *= random.uniform(0.75, 1.25)
        if not self.portaria.chega():
            transport.abort()
        elif not self.portaria.do_proxy(self.direto):
            # O aperto de mão que nunca termina também ocupa a cota de quem o começou.
            self.contado = self.direto
            if not self.portaria.entra(self.direto):
                self.portaria.recusa("endereço", self.direto)
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
