"""Quem não termina o que começou, ou fala demais, visto através do nginx de produção."""

import asyncio
import contextlib
import select
import socket
import ssl
import time
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect

from apoio.frente import PADRAO, Frente, frente
from apoio.servidor import Servidor, continua_no_ar, metricas, servidor
from poema_top.medicao.nginx import DOMINIO, PRAZO

PONG = b"\x8a\x80\x00\x00\x00\x00"  # vazio e com máscara
PONGS = 200_000  # 1,2 MB: mais do que cabe no caminho


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Frente, Servidor]]:
    with servidor(PADRAO, "--ritmo", 60) as s, frente(tmp_path_factory.mktemp("nginx"), s.porta) as f:
        yield f, s


def meio_aperto(f: Frente) -> socket.socket:
    """Uma conexão que mandou meio ClientHello."""
    saida = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        f.confia.wrap_bio(ssl.MemoryBIO(), saida, server_hostname=DOMINIO).do_handshake()
    ola = saida.read()
    cru = f.abre(f.https)
    cru.sendall(ola[: len(ola) // 2])
    return cru


def _largada(aberto: socket.socket) -> bool:
    """Se o outro lado já desligou."""
    pronto, _, _ = select.select([aberto], [], [], 0)
    try:
        return bool(pronto) and aberto.recv(1000) == b""
    except ConnectionError:
        return True


def test_quem_nao_termina_o_que_comecou_e_largado(site: tuple[Frente, Servidor]) -> None:
    """Nem pingando uma letra de cada vez: o prazo conta do começo do cabeçalho."""
    f, _ = site
    calada, meia = f.abre(f.https), meio_aperto(f)
    pingada, clara = f.abre(), f.abre(f.http)
    for aberto in (pingada, clara):
        aberto.sendall(b"GET / HTTP/1.1\r\nHost: poema.top\r\nX: ")
    abertas = {"calada": calada, "meio aperto": meia, "por TLS": pingada, "em claro": clara}
    prazo = time.monotonic() + PRAZO
    while abertas and time.monotonic() < prazo:
        for nome, aberto in list(abertas.items()):
            if aberto in (pingada, clara):
                with contextlib.suppress(OSError):
                    aberto.sendall(b"a")
            if _largada(aberto):
                aberto.close()
                del abertas[nome]
        select.select([], [], [], 0.2)  # o passo de quem pinga
    assert list(abertas) == []
    assert f.pede("/").codigo == 200


def _fala_sem_parar(f: Frente) -> int:
    """Um leitor que manda pongs até ser derrubado; quantos mandou."""
    with f.abre() as aberto:
        aberto.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        pedido = (
            "GET /ws/ HTTP/1.1", f"Host: {DOMINIO}", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
        )  # fmt: skip
        aberto.sendall("\r\n".join(pedido).encode())
        assert aberto.recv(1000).startswith(b"HTTP/1.1 101 ")
        for mandados in range(0, PONGS, 100):
            try:
                aberto.sendall(100 * PONG)
            except OSError:
                return mandados
    return PONGS


def test_quem_manda_pongs_sem_parar_e_derrubado_e_os_outros_leem(site: tuple[Frente, Servidor]) -> None:
    f, s = site

    async def le_durante() -> int:
        endereco = f"wss://{DOMINIO}:{f.https}/ws/"
        ataque = asyncio.gather(*(asyncio.to_thread(_fala_sem_parar, f) for _ in range(4)))
        async with asyncio.timeout(PRAZO):
            async with connect(endereco, ssl=f.confia, host="127.0.0.1", port=f.https) as leitor:
                await leitor.recv()
                mandados = await ataque
                await leitor.recv()
        return max(mandados)

    assert asyncio.run(le_durante()) < PONGS
    assert metricas(s)['poema_recusados_total{motivo="bytes"}'] == 4
    continua_no_ar(s)
