"""Uma conexão aceita, quando acaba, some sem o coletor de ciclos: o servidor pode tirá-las da conta dele."""

import asyncio
import contextlib
import gc
import socket
import struct
from pathlib import Path

import pytest

from poema_top.geracao import checkpoint
from poema_top.servidor.conexao import Conexao
from poema_top.servidor.escuta import abre, novo_laco
from poema_top.servidor.site import Opcoes, Site

APERTO = (
    "GET {} HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
DESLIGA = struct.pack("ii", 1, 0)  # SO_LINGER zero: fecha com RST
FECHA = bytes([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8])


async def conecta_e_acaba(porta: int, pedido: str, como: str) -> None:
    leitura, escrita = await asyncio.open_connection("127.0.0.1", porta)
    escrita.write(pedido.encode())
    if pedido.endswith("\r\n\r\n"):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await leitura.readuntil(b"\r\n\r\n")
    if como == "rst":
        escrita.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, DESLIGA)
    elif como == "despedida":
        escrita.write(FECHA)
        await leitura.read()
    escrita.close()


@pytest.mark.parametrize(
    ("pedido", "como"),
    [
        (APERTO.format("/ws/"), "despedida"),
        (APERTO.format("/ws/"), "rst"),
        (APERTO.format("/ws/"), "fim"),
        (APERTO.format("/ws/meu?semente=1"), "rst"),
        ("GET /saude HTTP/1.1\r\nHost: a\r\n\r\n", "fim"),
        (APERTO.format("/ws/").replace(": 13", ": 12"), "fim"),  # daqui em diante, apertos de mão que falham
        (APERTO.format("/ws/").replace("//a", "//outra"), "rst"),
        ("lixo\r\n\r\n", "fim"),
        ("GET /ws/ HTTP/1.1\r\nX: " + "a" * 8100 + "\r\n\r\n", "fim"),
        ("GET /" + "a" * 9000 + "\r\n\r\n", "fim"),
        ("GET /ws/ HTTP", "fim"),
        ("", "fim"),
    ],
    ids=lambda x: x if len(x) < 20 else repr(x[:30] + x[-12:]),
)
def test_conexao_que_acaba_nao_deixa_ciclos(pasta_modelo: Path, pedido: str, como: str) -> None:
    opcoes = Opcoes(porta=0, endereco="127.0.0.1", modelo=pasta_modelo, origens=("http://a",))

    async def roda() -> list[str]:
        site = Site(opcoes, checkpoint.le(pasta_modelo))
        servidor = await abre(site, opcoes)
        porta = servidor.sockets[0].getsockname()[1]
        tarefas = [asyncio.create_task(tarefa) for tarefa in site.tarefas()]
        gc.collect()  # o servidor do teste anterior
        gc.disable()
        try:
            for _ in range(5):
                await conecta_e_acaba(porta, pedido, como)
            for _ in range(1000):
                await asyncio.sleep(0.01)
                if site.portaria.vazia and len(asyncio.all_tasks()) == len(tarefas) + 1:
                    break
            else:
                raise AssertionError(asyncio.all_tasks())
            gc.unfreeze()
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            return [type(x).__name__ for x in gc.garbage if _e_da_conexao(x)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
            for tarefa in tarefas:
                tarefa.cancel()
            servidor.close()
            await servidor.wait_closed()

    with asyncio.Runner(loop_factory=novo_laco) as laco:
        assert laco.run(roda()) == []


def _e_da_conexao(x: object) -> bool:
    return issubclass(type(x), Conexao) or type(x).__module__.startswith("websockets")
