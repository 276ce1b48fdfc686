"""Quem entra: limites de conexões, de origem e de endereço, e de quem se acredita o endereço."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from poema_top.servidor.enderecos import SEM_ENDERECO, truncado
from poema_top.servidor.metricas import Metricas

registro = logging.getLogger("poema")
BLOCO = 4  # quantas vezes o limite de um endereço cabem num bloco /48
SILENCIO = 60.0  # segundos entre duas linhas sobre origens: uma página alheia tenta de novo sem parar


@dataclass(frozen=True)
class Limites:
    """Quanto o servidor aceita.

    Attributes:
        conexoes: abertas ao mesmo tempo, contadas desde o TCP: quem não termina o aperto de mão conta.
        por_endereco: as de um mesmo endereço de rede; um bloco /48 de IPv6, que é de um provedor ou de uma
            empresa, pode ter `BLOCO` vezes isso.
        proxies: redes dos proxies em cujo X-Forwarded-For se acredita.
        origens: as páginas que podem conectar; sem nenhuma, todas.
    """

    conexoes: int = 12_000
    por_endereco: int = 100
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    origens: tuple[str, ...] = ()


class Contagem:
    """Quantos há de cada endereço, e de cada bloco /48 de IPv6: quem tem um deles tem 65.536 redes /64."""

    def __init__(self, por_endereco: int) -> None:
        """Ninguém ainda; cabem `por_endereco` de cada um."""
        self._por_endereco = por_endereco
        self._ha: Counter[str] = Counter()

    def _limites(self, endereco: str) -> list[tuple[str, int]]:
        limites = [(endereco, self._por_endereco)]
        if ":" in endereco:
            limites.append((truncado(endereco), BLOCO * self._por_endereco))
        return limites

    def entra(self, endereco: str, quantos: int = 1) -> bool:
        """Conta mais um, ou mais alguns; devolve se ainda cabem."""
        for quem, _ in (limites := self._limites(endereco)):
            self._ha[quem] += quantos
        return all(self._ha[quem] <= limite for quem, limite in limites)

    def sai(self, endereco: str, quantos: int = 1) -> None:
        """Desconta os que se deu a `entra`, também se não couberam."""
        for quem, _ in self._limites(endereco):
            self._ha[quem] -= quantos
            if not self._ha[quem]:
                del self._ha[quem]

    @contextmanager
    def conta(self, endereco: str, quantos: int = 1) -> Iterator[bool]:
        """Conta-os enquanto durar o bloco; entrega se cabem."""
        try:
            yield self.entra(endereco, quantos)
        finally:
            self.sai(endereco, quantos)

    def __len__(self) -> int:
        """Quantos endereços e blocos têm alguém: de quem já foi embora não se guarda nada."""
        return len(self._ha)


class Portaria:
    """Conta as conexões abertas, em todo o servidor e por endereço."""

    def __init__(self, limites: Limites, metricas: Metricas) -> None:
        """Ninguém entrou ainda."""
        self._limites = limites
        self._metricas = metricas
        self._proxies = [ip_network(proxy) for proxy in limites.proxies]
        self._abertas = 0
        self.acabadas = 0
        self._contagem = Contagem(limites.por_endereco)
        self._silencio = 0.0  # até quando não se fala de origens

    @property
    def vazia(self) -> bool:
        """Se não há conexão aberta."""
        return not self._abertas

    def do_proxy(self, endereco: str) -> bool:
        """Se este endereço, de uma máquina e não de uma rede, é o de um proxy em que se acredita."""
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
        return self._contagem.entra(endereco)

    def sai(self, endereco: str | None) -> None:
        """Uma conexão acabou; `endereco` é o que se deu a `entra`, se chegou a dar."""
        self._abertas -= 1
        self.acabadas += 1
        self._metricas.conexoes.set(self._abertas)
        if endereco is not None:
            self._contagem.sai(endereco)

    def vem_de(self, origens: list[str], endereco: str) -> bool:
        """Se a página que pede um websocket pode; a que não pode é recusada aqui, e dita de vez em quando.

        Args:
            origens: os cabeçalhos Origin do pedido.
            endereco: de quem pede.
        """
        aceitas = self._limites.origens
        if not aceitas or (len(origens) == 1 and origens[0] in aceitas):
            return True
        agora = time.monotonic()
        self.recusa("origem", endereco, registra=agora >= self._silencio)
        if agora >= self._silencio:
            self._silencio = agora + SILENCIO
            registro.info("a origem era %.100r, e as aceitas são %s", ", ".join(origens), " ".join(aceitas))
        return False

    def recusa(self, motivo: str, endereco: str = SEM_ENDERECO, *, registra: bool = True) -> None:
        """Conta e registra uma recusa."""
        self._metricas.recusados.labels(motivo).inc()
        if registra:
            registro.info("recusa motivo=%s endereco=%s", motivo, truncado(endereco))
