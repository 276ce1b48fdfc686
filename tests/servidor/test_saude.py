"""Ver que vive: a saúde pela idade do último quadro, o vigia do systemd e o fim em qualquer estado."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from apoio.servidor import PRAZO, Servidor, ate, le_ate, servidor
from conftest import ambiente
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.servidor import saude, transmissao
from poema_top.servidor.saude import DEMORA, Saude

# Um servidor de verdade cujo motor emperra no segundo poema: a conta que não acaba é uma espera sem fim, na
# mesma thread em que o motor correria.
EMPERRADO = """
import sys, time
from poema_top.base.erros import executa
from poema_top.servidor import saude, transmissao
saude.DEMORA = float(sys.argv.pop(1))
verdadeiro, feitos = transmissao.Escritor.poema, []
def poema(self):
    if feitos:
        time.sleep(10**6)
    feitos.append(1)
    return verdadeiro(self)
transmissao.Escritor.poema = poema
from poema_top import websocket
executa(websocket.principal)
"""


def le_saude(s: Servidor) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(s.http + "saude", timeout=PRAZO) as resposta:
            return resposta.status, json.load(resposta)
    except urllib.error.HTTPError as erro:
        with erro:
            return erro.code, json.load(erro)


def test_saude_conta_quem_espera(pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--ritmo", 50, "--pausa", 0) as s:
        codigo, dita = le_saude(s)
        assert (codigo, dita["estado"], dita["modelo"]) == (200, "ok", "mini")
        assert dita["fluxo_s"] is dita["proprio_s"] is None  # ninguém espera nada

        async def le() -> dict[str, object]:
            async with connect(s.ws) as todos, connect(s.ws + "meu?semente=1&temperatura=1.5") as meu:
                await le_ate(todos, "\n")
                await meu.recv()
                return (await asyncio.to_thread(le_saude, s))[1]

        dita = asyncio.run(le())
        assert isinstance(dita["fluxo_s"], float)
        assert isinstance(dita["proprio_s"], float)


def test_idades_e_limites(pasta_modelo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agora = [100.0]
    monkeypatch.setattr(saude.time, "monotonic", lambda: agora[0])
    s = Saude(checkpoint.le(pasta_modelo), pausa=4.0)
    agora[0] += 10 * DEMORA
    assert s.vive  # sem ninguém, o silêncio não é doença
    s.espera("fluxo")
    s.espera("proprio")
    agora[0] += DEMORA - 1
    s.espera("fluxo")  # mais um que chega não rejuvenesce a espera
    assert s.vive
    agora[0] += 2
    assert not s.vive
    assert s.resposta()["estado"] == "parado"
    s.escreveu("proprio")
    assert s.vive  # o fluxo comum ainda tem a pausa
    agora[0] += 3
    assert not s.vive
    s.ninguem("fluxo")
    assert s.vive
    assert s.resposta()["fluxo_s"] is None


def test_modelo_que_so_escreve_brancos_e_notado(pasta_modelo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transmissao, "escreve", lambda *_: iter(" \n@" * 100_000))
    escritor = transmissao.Escritor(checkpoint.le(pasta_modelo), Amostragem(1.0))
    with pytest.raises(Exception, match="só escreve espaços"):
        escritor.poema()


def sobe_emperrado(pasta_modelo: Path, demora: float, **mais: str) -> Servidor:
    comando = [sys.executable, "-c", EMPERRADO, str(demora), "--porta", "0", "--endereco", "127.0.0.1"]
    processo = subprocess.Popen(
        [*comando, "--modelo", str(pasta_modelo), "--ritmo", "2000", "--pausa", "0"],
        env={**ambiente(), **mais}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert processo.stdout is not None
    for linha in processo.stdout:
        if "127.0.0.1:" in linha:
            return Servidor(processo, int(linha.split("127.0.0.1:")[1].split("/")[0]))
    raise AssertionError(processo.communicate()[1])


async def espera_a_doenca(s: Servidor) -> dict[str, object]:
    async with connect(s.ws) as leitor, asyncio.timeout(PRAZO):
        await le_ate(leitor, "\n\n\n")
        await asyncio.to_thread(ate, lambda: le_saude(s)[0] == HTTPStatus.SERVICE_UNAVAILABLE)
        return (await asyncio.to_thread(le_saude, s))[1]


def test_motor_emperrado_aparece_na_saude_e_o_fim_vem_assim_mesmo(pasta_modelo: Path) -> None:
    s = sobe_emperrado(pasta_modelo, 0.5)
    try:
        dita = asyncio.run(espera_a_doenca(s))
        assert dita["estado"] == "parado"
        codigo, _, erro = s.encerra(signal.SIGTERM)  # espera até 20 s; sem a última hora, seria para sempre
        assert codigo == 1
        assert "Traceback" not in erro
    finally:
        s.processo.kill()
        s.processo.communicate()


def test_o_vigia_do_systemd_ouve_enquanto_se_escreve(pasta_modelo: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ouvido:
        ouvido.bind(str(tmp_path / "notify"))
        ouvido.settimeout(PRAZO)
        vigia = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        s = sobe_emperrado(pasta_modelo, 1.0, **vigia)
        try:
            ditos = {ouvido.recv(100) for _ in range(6)}
            assert {b"READY=1", b"WATCHDOG=1"} <= ditos
            time.sleep(1.5)  # a fila do systemd enche, e nem por isso o servidor para
            asyncio.run(espera_com_o_ouvido(s, ouvido))
        finally:
            s.processo.kill()
            s.processo.communicate()


async def espera_com_o_ouvido(s: Servidor, ouvido: socket.socket) -> None:
    """Doente, ele se cala: o que já estava na fila acaba, e nada mais vem enquanto alguém espera."""
    async with connect(s.ws) as leitor, asyncio.timeout(PRAZO):
        await le_ate(leitor, "\n\n\n")
        await asyncio.to_thread(ate, lambda: le_saude(s)[0] == HTTPStatus.SERVICE_UNAVAILABLE)
        ouvido.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while ouvido.recv(100):
                pass
        await asyncio.sleep(1.0)  # dez vezes o passo do vigia
        with pytest.raises(BlockingIOError):
            ouvido.recv(100)
