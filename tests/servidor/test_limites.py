"""Quem pode entrar: quantos ao todo, quantos de cada endereço, por que proxy e de que página."""

import asyncio
import contextlib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.typing import Origin

from apoio.conferencias import uma_linha
from apoio.servidor import PRAZO, ate, codigo_do_fim, continua_no_ar, le_ate, metricas, servidor
from conftest import Roda
from poema_top.servidor.conexao import COTA, COTA_POR_SEGUNDO
from poema_top.servidor.enderecos import origem, rede
from poema_top.servidor.portaria import BLOCO, Contagem


def test_limites_de_conexoes_e_de_endereco(pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--conexoes", 12, "--por-endereco", 5) as s:

        async def enche() -> None:
            async with contextlib.AsyncExitStack() as pilha:

                async def entra(endereco: str) -> None:
                    de = {"X-Forwarded-For": f"198.51.100.1, {endereco}"}
                    await pilha.enter_async_context(connect(s.ws, additional_headers=de))

                for _ in range(5):
                    await entra("203.0.113.7")
                with pytest.raises(InvalidStatus) as recusa:
                    await entra("203.0.113.7")
                assert recusa.value.response.status_code == 429
                for i in range(5):  # um IPv6 conta pela rede da casa
                    await entra(f"2001:db8:0:1::{i}")
                with pytest.raises(InvalidStatus):
                    await entra("2001:db8:0:1:ffff::1")
                await entra("203.0.113.8")
                await entra("203.0.113.9")
                with pytest.raises((InvalidMessage, OSError)):
                    await entra("203.0.113.10")  # o servidor está cheio

        asyncio.run(enche())
        ate(lambda: metricas(s)["poema_conexoes"] <= 1)
        continua_no_ar(s)
        recusas = metricas(s)
        assert recusas['poema_recusados_total{motivo="endereço"}'] == 2
        assert recusas['poema_recusados_total{motivo="lotado"}'] >= 1
        _, _, registro = s.encerra()
        assert "203.0.113.x" in registro
        assert "203.0.113.7" not in registro


def test_um_bloco_de_ipv6_nao_enche_o_servidor(pasta_modelo: Path) -> None:
    """Cada casa tem 2^64 endereços, e cada empresa 65.536 casas dessas: conta-se também o bloco /48."""
    with servidor(pasta_modelo, "--por-endereco", 5, "--ritmo", 1) as s:

        async def enche() -> None:
            async with contextlib.AsyncExitStack() as pilha:

                async def entra(endereco: str, caminho: str = "") -> ClientConnection:
                    de = {"X-Forwarded-For": endereco}
                    return await pilha.enter_async_context(connect(s.ws + caminho, additional_headers=de))

                for rede in range(BLOCO):  # um poema próprio por rede /64, e BLOCO por bloco
                    await (await entra(f"2001:db8:1:{rede}::1", "meu?semente=1")).recv()
                demais = await entra("2001:db8:1:ff::1", "meu?semente=1")
                assert await codigo_do_fim(demais) == 1013
                for rede in range(BLOCO * 5):
                    await entra(f"2001:db8:0:{rede:x}::1")
                with pytest.raises(InvalidStatus) as recusa:
                    await entra("2001:db8:0:ffff::1")
                assert recusa.value.response.status_code == 429
                await entra("2001:db8:2::1")

        asyncio.run(enche())


def test_contagem_nao_guarda_quem_foi_embora() -> None:
    contagem = Contagem(2)
    enderecos = ["203.0.113.1", "2001:db8::/64", "2001:db8:0:1::/64"]
    assert all(contagem.entra(endereco) for endereco in enderecos * 2)
    assert not contagem.entra("203.0.113.1")
    for endereco in [*enderecos * 2, "203.0.113.1"]:
        contagem.sai(endereco)
    assert len(contagem) == 0


def test_so_se_acredita_no_proxy_conhecido(pasta_modelo: Path) -> None:
    """Sem o proxy na lista, o X-Forwarded-For é invenção de quem conecta, e não livra ninguém da cota."""
    with servidor(pasta_modelo, "--por-endereco", 2, "--proxies", "192.0.2.0/24") as s:

        async def enche() -> None:
            async with contextlib.AsyncExitStack() as pilha:
                for i in range(2):
                    de = {"X-Forwarded-For": f"203.0.113.{i}"}
                    await pilha.enter_async_context(connect(s.ws, additional_headers=de))
                with pytest.raises((InvalidMessage, OSError)):
                    await connect(s.ws, additional_headers={"X-Forwarded-For": "203.0.113.9"})

        asyncio.run(enche())
        with pytest.raises(urllib.error.HTTPError) as negado:  # nem as métricas são de quem não é da casa
            urllib.request.urlopen(s.http + "metricas", timeout=PRAZO)
        negado.value.close()
        assert negado.value.code == 404


def test_origem_fora_da_lista_e_recusada(pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--origens", "https://poema.top") as s:

        async def tenta() -> None:
            async with connect(s.ws, origin=Origin("https://poema.top")) as conexao:
                await conexao.recv()
            for origem in ("https://outro.example", "http://poema.top", "null", None):
                with pytest.raises(InvalidStatus) as recusa:
                    await connect(s.ws, origin=Origin(origem) if origem else None)
                assert recusa.value.response.status_code == 403

        asyncio.run(tenta())
        assert metricas(s)['poema_recusados_total{motivo="origem"}'] == 4
        _, _, registro = s.encerra()
        assert "recusa motivo=origem endereco=127.0.0.x" in registro
        assert "a origem era 'https://outro.example', e as aceitas são https://poema.top" in registro
        assert registro.count("origem") == 2  # duas linhas, e não duas por tentativa


@pytest.mark.parametrize(
    ("escrita", "do_navegador"),
    [
        ("https://poema.top/", "https://poema.top"),
        ("HTTPS://Poema.Top", "https://poema.top"),
        ("https://poema.top:443", "https://poema.top"),
        ("http://localhost:80/", "http://localhost"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://poção.top", "https://xn--poo-nlat.top"),
        ("null", "null"),
    ],
)
def test_a_origem_se_escreve_como_o_navegador(escrita: str, do_navegador: str) -> None:
    assert origem(escrita) == do_navegador


@pytest.mark.parametrize(
    ("escrita", "pedaco"),
    [
        ("poema.top", "com https:// ou http:// na frente"),
        ("localhost:8000", "com https:// ou http:// na frente"),
        ("", "com https:// ou http:// na frente"),
        ("wss://poema.top", "a página vem por https://"),
        ("https://poema.top/poemas", "sem caminho"),
        ("https://*.poema.top", "sem caminho"),
        ("https://a@poema.top", "sem caminho"),
        ("https://", "sem caminho"),
        ("https://poema.top:70000", "o nome ou a porta"),
        ("https://a,https://b", "sem caminho"),
    ],
)
def test_origem_de_que_ninguem_viria(roda: Roda, escrita: str, pedaco: str) -> None:
    uma_linha(roda("websocket", "--origens", escrita), "--origens", pedaco)


@pytest.mark.parametrize(
    ("escrita", "lida"), [("10.0.0.5/24", "10.0.0.0/24"), ("10.0.0.5", "10.0.0.5/32"), ("::1", "::1/128")]
)
def test_proxy_e_endereco_ou_rede(escrita: str, lida: str) -> None:
    assert rede(escrita) == lida


@pytest.mark.parametrize("escrita", ["nginx", "localhost", "", "10.0.0.0/33"])
def test_proxy_que_e_nome(roda: Roda, escrita: str) -> None:
    uma_linha(roda("websocket", "--proxies", escrita), "endereços ou redes")


@pytest.mark.parametrize("proxies", ["::1", "192.0.2.1"])
def test_quem_chega_por_ipv6_le(pasta_modelo: Path, proxies: str) -> None:
    """Vindo de um proxy ou por si; um servidor em "localhost" escuta nos dois."""
    with servidor(pasta_modelo, "--endereco", "::1", "--proxies", proxies, "--ritmo", 400) as s:

        async def le() -> None:
            async with connect(f"ws://[::1]:{s.porta}/ws/") as conexao:
                await le_ate(conexao, "\n")

        asyncio.run(le())
        _, _, registro = s.encerra()
        assert "Traceback" not in registro


def test_quem_so_responde_aos_pings_nunca_e_derrubado() -> None:
    """Um dia de pongs, um por minuto, contados num relógio de mentira: a cota cresce mais depressa."""
    pong, minuto = 2 + 4 + 4, 60 * 0.75
    for minutos in range(1, 24 * 60):
        assert pong * minutos <= COTA + COTA_POR_SEGUNDO * minuto * minutos
