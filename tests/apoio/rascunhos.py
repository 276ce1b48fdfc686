"""Um servidor de verdade que, antes de cada lote de rascunhos, espera que o teste abra uma porta: um FIFO."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect

from apoio.servidor import PRAZO, Servidor, ate, metricas, servidor
from conftest import Roda

TRANCA = """
import os
from poema_top.servidor.rascunhador import Mesa
verdadeira = Mesa.melhor
porta = os.open({porta!r}, os.O_RDWR)
def melhor(self, pedido):
    os.read(porta, 1)
    return verdadeira(self, pedido)
Mesa.melhor = melhor
"""
Escolha = tuple[int, str, str, int]  # rascunhos, temperatura, começo e semente


@contextmanager
def trancado(porta: Path, modelo: Path, *opcoes: object) -> Iterator[Servidor]:
    os.mkfifo(porta)
    with servidor(modelo, *opcoes, muda=TRANCA.format(porta=str(porta))) as s:
        yield s


def abre(porta: Path) -> None:
    """Deixa passar um lote: um byte, que só ele consome, e que o espera se ainda não chegou à porta."""
    porta.write_bytes(b"1")


async def entra(
    pilha: contextlib.AsyncExitStack, s: Servidor, rede: str, **campos: object
) -> ClientConnection:
    """Alguém dessa rede pede um poema; sem `rascunhos`, o de sempre."""
    pedido = f"{s.ws}meu?{urlencode({'semente': 1, 'temperatura': 0.8, **campos})}"
    return await pilha.enter_async_context(connect(pedido, additional_headers={"X-Forwarded-For": rede}))


async def espera_rascunhos(s: Servidor, quantos: int) -> None:
    """Até haver tantos à espera ou sendo escritos."""
    await asyncio.to_thread(ate, lambda: metricas(s)["poema_rascunhos"] == quantos)


async def le_tudo(conexao: ClientConnection) -> list[str]:
    """Os quadros, até o servidor fechar."""
    async with asyncio.timeout(PRAZO):
        return [str(quadro) async for quadro in conexao]


def do_terminal(roda: Roda, modelo: Path, pedido: Escolha) -> str:
    """O que `just amostra` mostra."""
    rascunhos, graus, inicio, semente = pedido
    opcoes = ["--modelo", modelo, "--rascunhos", rascunhos, "--semente", semente]
    feito = roda("amostra", *opcoes, "--temperaturas", graus, "--inicio", inicio)
    assert feito.returncode == 0, feito.stderr
    return str(feito.stdout.split("─" * 30 + "\n")[1].split("\n\n(semente")[0])
