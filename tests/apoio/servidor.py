"""Um servidor de verdade, em outro processo, numa porta livre."""

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_sync

from conftest import ambiente, comando

PRAZO = 120  # segundos: só para um teste quebrado não ficar pendurado
CHAMA = """
from poema_top import websocket
from poema_top.base.erros import executa
executa(websocket.principal)
"""


@dataclass
class Servidor:
    processo: "subprocess.Popen[str]"
    porta: int

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.porta}/ws/"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.porta}/"

    def encerra(self, sinal: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        self.processo.send_signal(sinal)
        saida, erro = self.processo.communicate(timeout=PRAZO)
        return self.processo.returncode, saida, erro


@contextmanager
def servidor(
    modelo: Path, *opcoes: object, porta: int = 0, python: str = sys.executable, muda: str = ""
) -> Iterator[Servidor]:
    """No ar; `muda` é um código que troca antes uma parte dele."""
    todas = ["--modelo", modelo, "--endereco", "127.0.0.1", "--porta", porta, *opcoes]
    chamada = comando("websocket", *todas, python=python)
    if muda:
        chamada[1:3] = ["-c", f"{muda}\n{CHAMA}"]
    processo = subprocess.Popen(
        chamada, env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert processo.stdout is not None
        for linha in processo.stdout:
            if achado := re.search(r"http://\S+:(\d+)/ ", linha):
                yield Servidor(processo, int(achado[1]))
                break
        else:
            raise AssertionError(processo.communicate()[1])
    finally:
        if processo.poll() is None:
            processo.kill()
        processo.communicate()


async def le_ate(conexao: ClientConnection, pedaco: str, texto: str = "") -> str:
    """Lê quadros até o texto conter `pedaco`."""
    async with asyncio.timeout(PRAZO):
        while pedaco not in texto:
            texto += str(await conexao.recv())
    return texto


async def pede(s: Servidor, **campos: object) -> tuple[str, int | None, str]:
    """Um poema próprio inteiro, e o código e o motivo do fechamento."""
    texto = ""
    async with connect(f"{s.ws}meu?{urlencode(campos)}") as conexao, asyncio.timeout(PRAZO):
        with contextlib.suppress(ConnectionClosed):
            async for quadro in conexao:
                texto += str(quadro)
    return texto, conexao.close_code, conexao.close_reason or ""


def poema_proprio(s: Servidor, pedido: Mapping[str, object]) -> str:
    """O mesmo, para quem tem o laço de eventos ocupado: com o Playwright aberto, não se abre outro."""
    with connect_sync(f"{s.ws}meu?{urlencode(pedido)}") as conexao:
        return "".join(map(str, conexao))


def quem_escreve(s: Servidor) -> str:
    """O modelo em uso, pelo que diz a hora em que foi feito."""
    with urllib.request.urlopen(s.http + "saude", timeout=PRAZO) as resposta:
        return str(json.load(resposta)["criado_em"])


async def codigo_do_fim(conexao: ClientConnection) -> int | None:
    """Lê até o servidor fechar; o código de fechamento que ele deu."""
    async with asyncio.timeout(PRAZO):
        with contextlib.suppress(ConnectionClosed):
            async for _ in conexao:
                pass
    return conexao.close_code


def metricas(s: Servidor) -> dict[str, float]:
    """O que o servidor conta de si agora: nome{rótulos} -> valor."""
    with urllib.request.urlopen(s.http + "metricas", timeout=PRAZO) as resposta:
        texto = resposta.read().decode()
    contadas = {}
    for familia in text_string_to_metric_families(texto):
        for amostra in familia.samples:
            rotulos = ",".join(f'{nome}="{valor}"' for nome, valor in amostra.labels.items())
            contadas[amostra.name + (f"{{{rotulos}}}" if rotulos else "")] = amostra.value
    return contadas


def continua_no_ar(s: Servidor) -> None:
    """Quem chega agora lê, e o servidor se diz bem."""

    async def le() -> None:
        async with connect(s.ws) as conexao:
            await le_ate(conexao, "\n")

    asyncio.run(le())
    with urllib.request.urlopen(s.http + "saude", timeout=PRAZO) as resposta:
        assert b'"estado": "ok"' in resposta.read()


def ate(condicao: Callable[[], bool]) -> None:
    """Pergunta, sem tomar o núcleo a quem responde, até que a condição valha."""
    prazo = time.monotonic() + PRAZO
    while not condicao():
        assert time.monotonic() < prazo
        time.sleep(0.01)
