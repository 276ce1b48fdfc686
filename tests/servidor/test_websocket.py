import asyncio
import contextlib
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from apoio.servidor import PRAZO, Servidor, codigo_do_fim, le_ate, pede, servidor
from conftest import SITIO
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import SEPARACAO, escreve, poema
from poema_top.geracao.sorteio import Sorteio
from poema_top.servidor.transmissao import DESNIVEL


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 400) as s:
        yield s


def test_transmite_poemas_do_modelo(no_ar: Servidor, pasta_modelo: Path) -> None:
    async def le() -> str:
        async with connect(no_ar.ws) as conexao:
            return await le_ate(conexao, SEPARACAO)

    texto = asyncio.run(le())
    escrito = texto.split(SEPARACAO)[0]
    assert len(escrito) > 3
    assert set(escrito) <= set(checkpoint.le(pasta_modelo).vocabulario.tokens) - {"@"}


def test_quem_chega_tarde_recebe_o_poema_ate_ali_e_depois_o_mesmo(no_ar: Servidor) -> None:
    async def le() -> tuple[str, str, str]:
        async with connect(no_ar.ws) as cedo:
            texto = await cedo.recv()
            while len(texto.split(SEPARACAO)[-1]) < 5:
                texto += await cedo.recv()
            async with connect(no_ar.ws) as tarde:
                primeiro = await tarde.recv()
                do_tarde = await le_ate(tarde, SEPARACAO, primeiro)
                do_cedo = texto
                while not do_cedo.endswith(do_tarde):
                    do_cedo += await asyncio.wait_for(cedo.recv(), PRAZO)
                return primeiro, do_tarde, do_cedo

    primeiro, do_tarde, do_cedo = asyncio.run(le())
    assert len(primeiro) >= 5
    assert do_cedo.endswith(do_tarde)


def test_em_qualquer_leva_se_le_o_mesmo(no_ar: Servidor) -> None:
    """Quem não cabe na leva mais adiantada vai para outra, que recebe as mesmas letras noutra hora."""

    async def um() -> str:
        async with connect(no_ar.ws) as conexao:
            do_primeiro_fim = (await le_ate(conexao, SEPARACAO)).split(SEPARACAO, 1)[1]
            return (await le_ate(conexao, SEPARACAO, do_primeiro_fim)).split(SEPARACAO)[0]

    async def todos() -> list[str]:
        return await asyncio.gather(*(um() for _ in range(DESNIVEL + 20)))

    assert len(set(asyncio.run(todos()))) == 1


def test_o_que_o_leitor_manda_nao_muda_nada_e_o_enorme_o_derruba(no_ar: Servidor) -> None:
    async def le() -> None:
        async with connect(no_ar.ws) as bom, connect(no_ar.ws) as ruim:
            await ruim.send("oi")
            await ruim.send(b"\x00\xff")
            with contextlib.suppress(ConnectionClosed):
                await ruim.send("x" * 100_000)
            assert await codigo_do_fim(ruim) == 1006  # sem conversa
            await le_ate(bom, SEPARACAO)

    asyncio.run(le())


def test_pagina_e_outros_caminhos(no_ar: Servidor) -> None:
    for caminho in ("", "index.html", "?a=1"):
        with urllib.request.urlopen(no_ar.http + caminho, timeout=PRAZO) as resposta:
            assert resposta.headers["Content-Type"] == "text/html; charset=utf-8"
            assert resposta.read() == (SITIO / "index.html").read_bytes()
    with urllib.request.urlopen(no_ar.http + "rede.js", timeout=PRAZO) as resposta:
        assert resposta.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert resposta.read() == (SITIO / "rede.js").read_bytes()
    esperados = dict.fromkeys(
        ("../README.md", "justfile", "..%2f..%2fetc/passwd", "ws", "ws/x"), HTTPStatus.NOT_FOUND
    )
    for caminho, codigo in (esperados | {"ws/": HTTPStatus.UPGRADE_REQUIRED}).items():
        with pytest.raises(urllib.error.HTTPError) as erro:
            urllib.request.urlopen(no_ar.http + caminho, timeout=PRAZO)
        erro.value.close()
        assert erro.value.code == codigo

    async def conecta_em_outro_lugar() -> None:
        with pytest.raises(InvalidStatus):
            await connect(no_ar.ws + "outro")

    asyncio.run(conecta_em_outro_lugar())


@pytest.mark.parametrize("sinal", [signal.SIGINT, signal.SIGTERM])
def test_sinal_fecha_com_1001_e_status_zero(pasta_modelo: Path, sinal: signal.Signals) -> None:
    with servidor(pasta_modelo, "--ritmo", 50) as s:

        async def le() -> int:
            async with connect(s.ws) as conexao:
                await conexao.recv()
                s.processo.send_signal(sinal)
                return await codigo_do_fim(conexao)

        assert asyncio.run(le()) == 1001
        saida, erro = s.processo.communicate(timeout=PRAZO)
        assert s.processo.returncode == 0
        assert "encerrado." in saida
        assert "Traceback" not in erro


def test_sem_leitor_o_servidor_dorme(pasta_modelo: Path) -> None:
    """Sem ninguém lendo, o poema não anda: quem chega lê desde o começo."""
    with servidor(pasta_modelo, "--ritmo", 200) as s:

        async def le() -> tuple[str, str]:
            async with connect(s.ws) as conexao:
                antes = await le_ate(conexao, "")
                while len(antes) < 4:
                    antes += await conexao.recv()
            async with connect(s.ws) as conexao:
                return antes, await conexao.recv()

        antes, depois = asyncio.run(le())
        assert depois.startswith(antes)


def test_o_fluxo_com_rascunhos(pasta_modelo: Path) -> None:
    async def le(onde: str) -> str:
        async with connect(onde) as conexao:
            return await le_ate(conexao, SEPARACAO)

    with servidor(pasta_modelo, "--ritmo", 2000, "--pausa", 0, "--rascunhos", 8) as s:
        texto = asyncio.run(le(s.ws))
        assert len(texto.split(SEPARACAO)[0]) > 3
        estado, _, erro = s.encerra()
    assert estado == 0
    assert "não se vê" not in erro


def test_os_cortes_valem_no_fluxo_de_todos_e_so_nele(pasta_modelo: Path) -> None:
    treinado = checkpoint.le(pasta_modelo)

    def sozinho(temperatura: float) -> str:
        tokens = escreve(Motor(treinado), treinado.vocabulario, Amostragem(temperatura), Sorteio(7))
        return poema(tokens, treinado.vocabulario.terminador)

    async def le(s: Servidor) -> tuple[str, str]:
        async with connect(s.ws) as conexao:
            comum = await le_ate(conexao, SEPARACAO)
        proprio, _, _ = await pede(s, temperatura=1.5, semente=7)
        return comum.split(SEPARACAO)[0], proprio

    with servidor(pasta_modelo, "--ritmo", 2000, "--temperatura", "1,5", "--min-p", 1) as s:
        assert asyncio.run(le(s)) == (sozinho(0), sozinho(1.5))
    assert sozinho(0) != sozinho(1.5)
