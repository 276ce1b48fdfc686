"""O que gente mal-intencionada ou quebrada faz com um servidor; nada disso atrapalha os outros."""

import asyncio
import contextlib
import os
import re
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from apoio.servidor import PRAZO, Servidor, ate, codigo_do_fim, continua_no_ar, le_ate, metricas, servidor
from conftest import RAIZ
from poema_top.servidor.conexao import COTA

APERTO = b"GET /ws/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
PADRAO = RAIZ / "modelos_treinados" / "padrao"
CHAVE = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 400, "--por-endereco", 5000) as s:
        yield s


def crua(s: Servidor, dados: bytes = b"") -> socket.socket:
    """Uma conexão TCP que manda `dados` e fica aberta."""
    conexao = socket.create_connection(("127.0.0.1", s.porta), timeout=PRAZO)
    try:
        conexao.sendall(dados)
    except ConnectionError:  # derrubou antes de ouvir tudo
        conexao.close()
        raise
    return conexao


def tudo_o_que_responde(conexao: socket.socket) -> bytes:
    """Lê até o servidor fechar (ou derrubar)."""
    recebido = b""
    with conexao, contextlib.suppress(ConnectionResetError):
        while pedaco := conexao.recv(65536):
            recebido += pedaco
    return recebido


def memoria_mb(s: Servidor) -> float:
    paginas = int(Path(f"/proc/{s.processo.pid}/statm").read_text().split()[1])
    return paginas * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.parametrize(
    "pedido",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200),  # quem fala TLS
        b"GET /\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        b"GET //[ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /ws/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"\r\n" * 100,
        os.urandom(5000) + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-Bomba: sim\r\n" * 5000 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
    ],
    ids=["tls", "http09", "post", "endereco", "aperto", "vazio", "lixo", "caminho", "cabecalhos", "linha"],
)
def test_http_ruim_e_respondido_ou_fechado(no_ar: Servidor, pedido: bytes) -> None:
    recebido = b""
    with contextlib.suppress(ConnectionError):
        recebido = tudo_o_que_responde(crua(no_ar, pedido))
    assert recebido == b"" or re.match(rb"HTTP/1.1 4\d\d ", recebido), recebido[:80]
    continua_no_ar(no_ar)


@pytest.mark.parametrize("caminho", ["/../../../etc/passwd", "/%2e%2e/README.md", "/index.html/../justfile"])
def test_so_a_pagina_sai_do_disco(no_ar: Servidor, caminho: str) -> None:
    recebido = tudo_o_que_responde(crua(no_ar, f"GET {caminho} HTTP/1.1\r\nHost: a\r\n\r\n".encode()))
    assert recebido.startswith(b"HTTP/1.1 404 ")


def test_quem_nao_termina_o_aperto_de_mao_e_dispensado(no_ar: Servidor) -> None:
    """Meio aberto, e o slowloris, que manda um byte de cada vez para parecer vivo."""
    parados = [crua(no_ar, APERTO[: 5 * i]) for i in range(1, 10)]
    lento = crua(no_ar)
    continua_no_ar(no_ar)

    async def goteja() -> None:
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(PRAZO):
                while True:
                    lento.sendall(b"X")
                    await asyncio.sleep(0.1)

    asyncio.run(goteja())
    for conexao in [*parados, lento]:
        tudo_o_que_responde(conexao)
    ate(lambda: metricas(no_ar)["poema_conexoes"] <= 1)


def test_quadros_enormes_partidos_e_invalidos_so_derrubam_quem_os_manda(no_ar: Servidor) -> None:
    async def manda() -> None:
        async with connect(no_ar.ws) as bom:
            async with connect(no_ar.ws) as enorme:
                with contextlib.suppress(ConnectionClosed):
                    await enorme.send("x" * 100_000)
                assert await codigo_do_fim(enorme) == 1006  # sem conversa
            async with connect(no_ar.ws) as partido:
                with contextlib.suppress(ConnectionClosed):
                    await partido.send("x" * 100 for _ in range(1000))
                assert await codigo_do_fim(partido) == 1006
            await le_ate(bom, "\n")

    asyncio.run(manda())
    mascara = b"\x00\x00\x00\x00"
    for quadro, codigo in (
        (b"\x81\x82" + mascara + b"\xff\xfe", 1007),  # UTF-8 inválido
        (b"\xf1\x80" + mascara, 1002),  # bits reservados
        (b"\x81\x02oi", 1002),  # sem máscara
        (b"\x80\x80" + mascara, 1002),  # continuação de nada
        (b"\x89\xfe\x00\x7e" + mascara + b"x" * 126, 1002),  # ping maior que o permitido
    ):
        conexao = crua(no_ar, APERTO + CHAVE)
        assert conexao.recv(1000).startswith(b"HTTP/1.1 101 ")
        conexao.sendall(quadro)
        recebido = tudo_o_que_responde(conexao)
        assert struct.pack(">H", codigo) in recebido[-125:], (quadro, recebido)
    continua_no_ar(no_ar)


@pytest.mark.parametrize(
    "quadro",
    [b"\x8a\x80" + bytes(4), b"\x01\x80" + bytes(4) + b"\x00\x80" + bytes(4), b"\x89\x84" + bytes(8)],
    ids=["pongs vazios", "fragmentos vazios", "pings"],
)
def test_quem_fala_sem_parar_e_derrubado_e_os_outros_nem_notam(no_ar: Servidor, quadro: bytes) -> None:
    """Um leitor quase nada tem a dizer: passou de umas centenas de bytes, está fora."""
    antes = metricas(no_ar).get('poema_recusados_total{motivo="bytes"}', 0)
    conexao = crua(no_ar, APERTO + CHAVE)
    assert conexao.recv(1000).startswith(b"HTTP/1.1 101 ")
    conexao.sendall(quadro * (COTA // len(quadro)))
    continua_no_ar(no_ar)
    assert metricas(no_ar)["poema_leitores"] == 1  # até ali, ainda é um leitor
    with contextlib.suppress(ConnectionError):
        for _ in range(100_000):
            conexao.sendall(quadro * 100)
    conexao.close()
    assert metricas(no_ar)['poema_recusados_total{motivo="bytes"}'] == antes + 1
    ate(lambda: metricas(no_ar)["poema_leitores"] == 0)
    continua_no_ar(no_ar)


def test_memoria_de_uma_conexao_no_pior_caso(no_ar: Servidor) -> None:
    """O maior cabeçalho, esquecido depois de lido, e a cota gasta em fragmentos vazios: uns 27 KB."""
    enchimento = b"".join(b"X-%04d: aaaaaaaaaaaaaa\r\n" % i for i in range(115))
    fragmentos = b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 80

    def chegam(quantas: int) -> list[socket.socket]:
        conexoes = [crua(no_ar, APERTO + enchimento + CHAVE) for _ in range(quantas)]
        for conexao in conexoes:
            assert conexao.recv(1000).startswith(b"HTTP/1.1 101 ")
            conexao.sendall(fragmentos)
        return conexoes

    primeiras = chegam(100)  # o que o Python e o sistema reservam na primeira vez
    ate(lambda: metricas(no_ar)["poema_leitores"] >= 100)
    antes = memoria_mb(no_ar)
    conexoes = chegam(400)
    ate(lambda: metricas(no_ar)["poema_leitores"] >= 500)
    por_conexao = 1024 * (memoria_mb(no_ar) - antes) / len(conexoes)
    for conexao in [*primeiras, *conexoes]:
        conexao.close()
    assert por_conexao < 50, por_conexao
    ate(lambda: metricas(no_ar)["poema_conexoes"] <= 1)


def test_quem_nunca_le_e_derrubado_e_os_outros_nem_notam() -> None:
    # Um poema inteiro em cada quadro: os do padrão são longos, e enchem depressa o que o sistema guarda.
    with servidor(PADRAO, "--ritmo", 50_000, "--pausa", 0, "--rascunhos", 1) as s:
        parados = []
        for _ in range(20):
            parado = socket.socket()
            parado.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            parado.settimeout(PRAZO)
            parado.connect(("127.0.0.1", s.porta))
            parado.sendall(APERTO + CHAVE)
            parados.append(parado)

        async def le_enquanto_caem() -> int:
            lidos = 0
            async with connect(s.ws) as bom, asyncio.timeout(2 * PRAZO):
                while metricas(s)["poema_derrubados_total"] < len(parados):
                    lidos += len(await bom.recv())
            return lidos

        assert asyncio.run(le_enquanto_caem()) > 0
        for parado in parados:
            parado.close()
        ate(lambda: metricas(s)["poema_leitores"] == 0)


def test_milhares_de_quedas_bruscas_nao_deixam_rastro(no_ar: Servidor) -> None:
    desliga = struct.pack("ii", 1, 0)  # SO_LINGER zero: fecha com RST

    def derruba(quantas: int) -> None:
        for i in range(quantas):
            conexao = crua(no_ar, APERTO + CHAVE if i % 3 else APERTO)
            if i % 3 == 1:
                conexao.recv(100)
            conexao.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, desliga)
            conexao.close()
        ate(lambda: metricas(no_ar)["poema_conexoes"] <= 1)

    derruba(1000)  # o que o Python e o sistema reservam na primeira vez
    antes = memoria_mb(no_ar)
    derruba(2000)
    assert memoria_mb(no_ar) - antes < 8
    continua_no_ar(no_ar)
