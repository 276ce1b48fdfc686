"""Uma rede só do teste: num espaço o site, atrás do muro de produção; no outro, todos os endereços do mundo.

São dois network namespaces ligados por um cabo (veth); nada entra neles nem sai deles.
"""

import ctypes
import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from apoio.programas import programa
from conftest import RAIZ
from poema_top.medicao.nginx import PRAZO

SITE_IPV4, SITE_IPV6 = "10.77.0.1", "fd77::1"
RUA_IPV4, RUA_IPV6 = "10.77.0.2", "fd77::2"
MUNDO = ("198.18.0.0/15", "2001:db8::/32")  # de onde se pode vir: as redes reservadas para medidas e exemplos
IPV6 = "/proc/sys/net/ipv6"
CLONE_NEWNET = 0x40000000


def _entra(nome: str) -> None:
    """Põe esta thread, e só ela, dentro de um espaço de rede; o que ela abrir fica lá para sempre."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{nome}").open("rb") as espaco:
        if libc.setns(espaco.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


@dataclass
class Rua:
    site: str
    rua: str
    _na_rua: ThreadPoolExecutor
    _no_site: ThreadPoolExecutor

    def conecta(self, de: str, porta: int = 443, prazo: float = PRAZO) -> socket.socket:
        """Uma conexão TCP com o site, vinda do endereço `de`."""
        return self._na_rua.submit(self._conecta, de, porta, prazo).result()

    @staticmethod
    def _conecta(de: str, porta: int, prazo: float) -> socket.socket:
        return socket.create_connection((SITE_IPV6 if ":" in de else SITE_IPV4, porta), prazo, (de, 0))

    def tenta(self, de: str) -> socket.socket:
        """Começa a conectar, e não espera resposta."""
        return self._na_rua.submit(self._tenta, de).result()

    @staticmethod
    def _tenta(de: str) -> socket.socket:
        aberto = socket.socket(socket.AF_INET6 if ":" in de else socket.AF_INET)
        aberto.setblocking(False)
        aberto.bind((de, 0))
        aberto.connect_ex((SITE_IPV6 if ":" in de else SITE_IPV4, 443))
        return aberto

    def escuta(self, fila: int) -> list[socket.socket]:
        """Quem aceite conexões no lugar do nginx, e nunca desligue: o núcleo, sem ninguém que as leia."""
        return [self._no_site.submit(self._escuta, onde, fila).result() for onde in (SITE_IPV4, SITE_IPV6)]

    @staticmethod
    def _escuta(onde: str, fila: int) -> socket.socket:
        Path("/proc/sys/net/core/somaxconn").write_text(str(fila))
        familia = socket.AF_INET6 if ":" in onde else socket.AF_INET
        return socket.create_server((onde, 443), family=familia, backlog=fila)

    def no_site(self, *comando: str) -> list[str]:
        """O comando, para rodar na máquina do site."""
        return [programa("ip"), "netns", "exec", self.site, *comando]

    def muro(self) -> None:
        """Põe (ou repõe) o arquivo de produção."""
        _roda(*self.no_site(programa("nft"), "-f", str(RAIZ / "nginx" / "poema_top.nft")))

    def barradas(self, contador: str) -> int:
        """Quantos pacotes o muro barrou por esse motivo."""
        feito = _roda(*self.no_site(programa("nft"), "list", "counter", "inet", "poema_top", contador))
        achado = re.search(r"packets (\d+)", feito)
        assert achado
        return int(achado[1])

    def de_pe(self, de: str) -> int:
        """Quantas conexões TCP com esse endereço a máquina do site tem abertas."""
        feito = _roda(*self.no_site(programa("ss"), "-Htn", "state", "established", "dst", de))
        return len(feito.splitlines())


def _roda(*comando: str) -> str:
    feito = subprocess.run(comando, capture_output=True, text=True, check=False, timeout=PRAZO)
    assert feito.returncode == 0, f"{comando}\n{feito.stderr}"
    return feito.stdout


@contextmanager
def rua() -> Iterator[Rua]:
    """A rede, com o muro de pé; ao sair, nada dela fica."""
    ip = programa("ip")
    programa("nft")
    if os.geteuid() != 0:
        pytest.skip("só root faz uma rede de teste")
    # O número da thread também: um nome por rede, ainda que haja duas no mesmo processo.
    nome = f"poema-{os.getpid()}-{threading.get_native_id()}"
    site, fora = f"{nome}-site", f"{nome}-rua"
    feito = subprocess.run([ip, "netns", "add", site], capture_output=True, text=True, check=False)
    if feito.returncode:
        pytest.skip(f"esta máquina não deixa fazer uma rede de teste ({feito.stderr.strip()})")
    try:
        _roda(ip, "netns", "add", fora)
        try:
            _liga(ip, site, fora)
            with (
                ThreadPoolExecutor(1, initializer=_entra, initargs=(fora,)) as na_rua,
                ThreadPoolExecutor(1, initializer=_entra, initargs=(site,)) as no_site,
            ):
                r = Rua(site, fora, na_rua, no_site)
                r.muro()
                yield r
        finally:
            _roda(ip, "netns", "del", fora)
    finally:
        _roda(ip, "netns", "del", site)


def _liga(ip: str, site: str, fora: str) -> None:
    """O cabo, os endereços das duas pontas e o caminho de volta a quem vier de qualquer lugar do MUNDO."""
    # Sem esperar, um segundo ou mais, que o IPv6 pergunte se um endereço já é de alguém (DAD).
    for espaco in (site, fora):
        _roda(ip, "netns", "exec", espaco, "sh", "-c", f"echo 0 > {IPV6}/conf/default/dad_transmits")
    _roda(ip, "netns", "exec", fora, "sh", "-c", f"echo 1 > {IPV6}/ip_nonlocal_bind")
    _roda(ip, "-n", site, "link", "add", "cabo", "type", "veth", "peer", "name", "cabo", "netns", fora)
    for espaco, ipv4, ipv6 in ((site, SITE_IPV4, SITE_IPV6), (fora, RUA_IPV4, RUA_IPV6)):
        _roda(ip, "-n", espaco, "address", "add", f"{ipv4}/24", "dev", "cabo")
        _roda(ip, "-n", espaco, "address", "add", f"{ipv6}/64", "dev", "cabo", "nodad")
        for placa in ("lo", "cabo"):
            _roda(ip, "-n", espaco, "link", "set", placa, "up")
    for rede, volta in zip(MUNDO, (RUA_IPV4, RUA_IPV6), strict=True):
        _roda(ip, "-n", site, "route", "add", rede, "via", volta)
        _roda(ip, "-n", fora, "route", "add", "local", rede, "dev", "lo")
