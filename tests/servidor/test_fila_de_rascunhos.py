"""Quem espera pelos rascunhos do seu poema: os lugares que ocupa, o que devolve, o que acaba no meio."""

import asyncio
import json
import shutil
import time
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from apoio.rascunhos import abre, do_terminal, entra, espera_rascunhos, le_tudo, trancado
from apoio.servidor import PRAZO, Servidor, ate, codigo_do_fim, metricas, quem_escreve
from conftest import Roda
from poema_top.geracao import checkpoint
from poema_top.servidor.portaria import BLOCO, Contagem


@pytest.fixture
def porta(tmp_path: Path) -> Path:
    return tmp_path / "porta"


def saude_de(s: Servidor) -> tuple[str, bool]:
    """O estado, e se alguém espera por rascunhos."""
    with urllib.request.urlopen(s.http + "saude", timeout=PRAZO) as resposta:
        dita = json.load(resposta)
    return dita["estado"], dita["rascunhos_s"] is not None


def test_o_escolhido_sai_no_ritmo_de_leitura(pasta_modelo: Path, porta: Path) -> None:
    """E a espera que se mede vem desde o pedido, com a dos rascunhos."""
    with trancado(porta, pasta_modelo, "--ritmo", 50) as s:

        async def le() -> tuple[list[str], float]:
            async with AsyncExitStack() as pilha:
                conexao = await entra(pilha, s, "203.0.113.1", rascunhos=16)
                await espera_rascunhos(s, 16)
                antes = time.monotonic()
                assert await asyncio.to_thread(saude_de, s) == ("ok", True)
                passou = time.monotonic() - antes
                await asyncio.to_thread(abre, porta)
                return await le_tudo(conexao), passou

        quadros, passou = asyncio.run(le())
        assert len(quadros) > 1
        assert max(map(len, quadros)) == 5  # dez por segundo
        contados = metricas(s)
        assert contados["poema_espera_segundos_count"] == 1
        assert contados["poema_espera_segundos_sum"] > passou
        assert saude_de(s) == ("ok", False)


def test_cada_rascunho_ocupa_um_lugar_enquanto_se_escreve(pasta_modelo: Path, porta: Path) -> None:
    with trancado(porta, pasta_modelo, "--ritmo", 1, "--proprios", 20) as s:

        async def enche() -> None:
            async with AsyncExitStack() as pilha:
                meu = await entra(pilha, s, "203.0.113.1", rascunhos=16)
                await espera_rascunhos(s, 16)
                for i in range(4):
                    await (await entra(pilha, s, f"198.51.100.{i}")).recv()
                for quantos in (1, 2, 16):
                    assert await codigo_do_fim(await entra(pilha, s, "192.0.2.1", rascunhos=quantos)) == 1013
                await asyncio.to_thread(abre, porta)
                await meu.recv()  # o escolhido ocupa um: de vinte, tomaram-se cinco
                assert metricas(s)["poema_proprios"] == 5
                assert await codigo_do_fim(await entra(pilha, s, "192.0.2.1", rascunhos=16)) == 1013
                await entra(pilha, s, "192.0.2.1", rascunhos=15)
                await espera_rascunhos(s, 15)
                await asyncio.to_thread(abre, porta)

        asyncio.run(enche())
        ate(lambda: metricas(s)["poema_rascunhos"] == 0)


def test_um_endereco_ou_um_bloco_nao_enche_a_fila(pasta_modelo: Path, porta: Path) -> None:
    """Vinte lugares por endereço: um pedido de dezesseis por vez, e o de outro passa."""
    with trancado(porta, pasta_modelo, "--ritmo", 1, "--por-endereco", 80) as s:

        async def enche() -> None:
            async with AsyncExitStack() as pilha:
                await entra(pilha, s, "203.0.113.1", rascunhos=16)
                await espera_rascunhos(s, 16)
                assert await codigo_do_fim(await entra(pilha, s, "203.0.113.1", rascunhos=16)) == 1013
                for _ in range(4):
                    await (await entra(pilha, s, "203.0.113.1")).recv()
                assert await codigo_do_fim(await entra(pilha, s, "203.0.113.1")) == 1013
                for rede in range(BLOCO + 1):
                    await entra(pilha, s, f"2001:db8:1:{rede}::1", rascunhos=16)
                await espera_rascunhos(s, 16 * (BLOCO + 2))
                demais = await entra(pilha, s, "2001:db8:1:ff::1", rascunhos=16)
                assert await codigo_do_fim(demais) == 1013
                assert metricas(s)['poema_recusados_total{motivo="endereço"}'] == 3

        asyncio.run(enche())
        ate(lambda: metricas(s)["poema_rascunhos"] == 0)  # foram todos embora, e um lote ainda está à porta
        abre(porta)


def test_contagem_de_varios_de_uma_vez() -> None:
    contagem = Contagem(20)
    with contagem.conta("203.0.113.1", 16) as cabem, contagem.conta("203.0.113.1", 5) as estes:
        assert cabem
        assert not estes
    with contagem.conta("2001:db8::/64", 20) as cabem:
        assert cabem
    assert len(contagem) == 0


def test_quem_desiste_devolve_o_lugar_e_a_vez(pasta_modelo: Path, porta: Path, roda: Roda) -> None:
    with trancado(porta, pasta_modelo, "--ritmo", 2000) as s:

        async def desistem() -> str:
            async with AsyncExitStack() as pilha:
                escrevendo = await entra(pilha, s, "203.0.113.1", rascunhos=16)
                await espera_rascunhos(s, 16)
                na_fila = await entra(pilha, s, "203.0.113.2", rascunhos=16)
                ultimo = await entra(pilha, s, "203.0.113.3", rascunhos=8)
                await espera_rascunhos(s, 40)
                await na_fila.close()
                await espera_rascunhos(s, 24)
                await escrevendo.close()
                await espera_rascunhos(s, 8)
                for _ in range(2):  # o lote de quem saiu no meio acaba para ninguém; o da fila nem começa
                    await asyncio.to_thread(abre, porta)
                return "".join(await le_tudo(ultimo))

        assert asyncio.run(desistem()) == do_terminal(roda, pasta_modelo, (8, "0,8", "", 1))


def test_sinal_com_rascunhos_por_escrever_acaba_bem(pasta_modelo: Path, porta: Path) -> None:
    with trancado(porta, pasta_modelo) as s:

        async def espera_o_fim() -> list[int | None]:
            async with AsyncExitStack() as pilha:
                conexoes = [await entra(pilha, s, f"203.0.113.{i}", rascunhos=16) for i in range(3)]
                await espera_rascunhos(s, 48)
                s.processo.terminate()
                return [await codigo_do_fim(conexao) for conexao in conexoes]

        assert asyncio.run(espera_o_fim()) == [1001] * 3
        abre(porta)
        saida, erro = s.processo.communicate(timeout=PRAZO)
        assert s.processo.returncode == 0
        assert "encerrado." in saida
        assert "Traceback" not in erro


def test_modelo_que_muda_no_meio_nao_se_mistura(
    pasta_modelo: Path, pasta_silabas: Path, tmp_path: Path, porta: Path, roda: Roda
) -> None:
    """O lote que começou acaba com o modelo de antes; o que esperava na fila já é do novo."""
    modelo = Path(shutil.copytree(pasta_modelo, tmp_path / "m"))
    esperados = [do_terminal(roda, pasta, (5, "0,8", "o sol", 1)) for pasta in (pasta_modelo, pasta_silabas)]
    assert esperados[0] != esperados[1]
    with trancado(porta, modelo, "--ritmo", 2000, "--recarrega") as s:

        async def troca() -> list[str]:
            async with AsyncExitStack() as pilha:
                campos = {"rascunhos": 5, "inicio": "o sol"}
                conexoes = [await entra(pilha, s, f"203.0.113.{i}", **campos) for i in range(2)]
                await espera_rascunhos(s, 10)
                antes = await asyncio.to_thread(quem_escreve, s)
                ficha = dict(checkpoint.le(pasta_silabas).ficha)
                checkpoint.grava(
                    modelo, lambda p: shutil.copytree(pasta_silabas, p, dirs_exist_ok=True), ficha
                )
                await asyncio.to_thread(ate, lambda: quem_escreve(s) != antes)
                lidos = []
                for conexao in conexoes:
                    await asyncio.to_thread(abre, porta)
                    lidos.append("".join(await le_tudo(conexao)))
                return lidos

        assert asyncio.run(troca()) == esperados
