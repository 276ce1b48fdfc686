"""Quem assiste a um treino: o que recebe, quem não pode, e o lento que não atrasa ninguém."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from apoio.ao_vivo import PRAZO, assiste, juntas
from conftest import SITIO
from poema_top.base.erros import ErroPoema
from poema_top.servidor import palco, plateia
from poema_top.servidor.lugar import Lugar
from poema_top.servidor.plateia import Noticia

MEGA, MENSAGENS = 1 << 20, 16
APERTO_DE_MAO = (
    "GET /ws/treino HTTP/1.1\r\nHost: AQUI\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
AQUI = Lugar(porta=0, endereco="127.0.0.1")


@contextmanager
def no_ar(capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, Callable[[Noticia], None]]]:
    with palco.no_ar(AQUI) as conta:
        yield capsys.readouterr().out.split()[-1], conta


def test_quem_chega_tarde_sabe_tudo(capsys: pytest.CaptureFixture[str]) -> None:
    with no_ar(capsys) as (url, conta):
        cedo = assiste(url)
        assert next(cedo) == {}
        conta({"fase": "treino", "epocas": [{"epoca": 1}]})
        assert next(cedo) == {"fase": "treino", "epocas": [{"epoca": 1}]}
        conta({"epocas": [{"epoca": 2}]})
        conta({"epocas": [{"epoca": 3}], "andamento": {"epoca": 3}})
        assert next(cedo) == {"epocas": [{"epoca": 2}, {"epoca": 3}], "andamento": {"epoca": 3}}
        tarde = assiste(url)
        assert next(tarde) == {
            "fase": "treino",
            "epocas": [{"epoca": 1}, {"epoca": 2}, {"epoca": 3}],
            "andamento": {"epoca": 3},
        }
    assert next(cedo) == next(tarde) == {"fase": "fim"}


@pytest.mark.parametrize(
    ("erro", "motivo"),
    [
        (ErroPoema("o disco está cheio"), "o disco está cheio"),
        (KeyboardInterrupt(), "interrompido"),
        (ZeroDivisionError(), "um erro, que está no terminal"),
    ],
)
def test_o_fim_que_nao_foi_por_bem(
    capsys: pytest.CaptureFixture[str], erro: BaseException, motivo: str
) -> None:
    visto = []

    def falha() -> None:
        with no_ar(capsys) as (url, _):
            visto.append(assiste(url))
            next(visto[0])
            raise erro

    with pytest.raises(type(erro)):
        falha()
    assert juntas(visto[0]) == {"fase": "fim", "motivo": motivo}


def pede(url: str, caminho: str, **cabecalhos: str) -> tuple[int, bytes, dict[str, str]]:
    partes = urlsplit(url)
    pedido = http.client.HTTPConnection(str(partes.hostname), partes.port, timeout=PRAZO)
    pedido.request("GET", caminho, headers=cabecalhos)
    resposta = pedido.getresponse()
    with resposta:
        return resposta.status, resposta.read(), dict(resposta.getheaders())


def test_so_a_pagina_e_o_que_ela_pede(capsys: pytest.CaptureFixture[str]) -> None:
    with no_ar(capsys) as (url, _):
        codigo, pagina, cabecalhos = pede(url, "/")
        assert (codigo, cabecalhos["X-Frame-Options"]) == (200, "DENY")
        assert b"--brasa: #9a4330" in pagina  # o estilo da outra
        assert b"#curva .da-validacao" in pagina  # e o seu, depois
        for script in ("/pena.js", "/canal.js", "/curva.js", "/treino.js"):
            codigo, corpo, _ = pede(url, script)
            arquivo = SITIO / script[1:]
            assert (codigo, corpo) == (
                200,
                (arquivo if arquivo.exists() else SITIO / "treino" / script[1:]).read_bytes(),
            )
        for outro in (
            "/index.html",
            "/rede.js",
            "/modelo.json",
            "/saude",
            "/metricas",
            "/ws/",
            "/../README.md",
        ):
            assert pede(url, outro)[0] == 404
        assert pede(url, "/ws/treino")[0] == 426
        assert pede(url, "//[")[0] == 400


def test_outra_pagina_nao_assiste(capsys: pytest.CaptureFixture[str]) -> None:
    """Nem a de outro site, que o navegador tenha aberta, nem a de um domínio que aponte para esta máquina."""
    with no_ar(capsys) as (url, _):
        porta = urlsplit(url).port
        for alheia in ("http://127.0.0.1:1", "https://exemplo.org", "null"):
            with pytest.raises(InvalidStatus, match="403"):
                connect(url.replace("http", "ws") + "ws/treino", origin=alheia)
        assert pede(url, "/", Host=f"exemplo.org:{porta}")[0] == 403
        assert pede(url, "/", Host=f"localhost:{porta}")[0] == 200
        with connect(url.replace("http", "ws") + "ws/treino", origin=url.rstrip("/")) as conexao:
            assert json.loads(conexao.recv(PRAZO)) == {}


def test_quem_nao_le_e_largado_e_nao_atrasa_ninguem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """O que o sistema não guarda por ele espera no processo; e quando já é muito, perde o lugar."""
    monkeypatch.setattr(plateia, "COMPASSO", 0.05)
    monkeypatch.setattr(plateia, "ATRASO_MAXIMO", 2 * MEGA)
    with no_ar(capsys) as (url, conta):
        partes = urlsplit(url)
        with socket.create_connection((str(partes.hostname), partes.port), PRAZO) as parado:
            parado.sendall(APERTO_DE_MAO.replace("AQUI", partes.netloc).encode())
            assert parado.recv(12) == b"HTTP/1.1 101"
            lido = assiste(url)
            next(lido)
            for epoca in range(MENSAGENS):
                conta({"versos": ["a" * MEGA], "epocas": [{"epoca": epoca}]})
                assert next(lido)["epocas"] == [{"epoca": epoca}]
            recebidos = sum(map(len, iter(lambda: parado.recv(MEGA), b"")))
        assert 0 < recebidos < MENSAGENS * MEGA
    assert list(lido) == [{"fase": "fim"}]
