"""O que sai daqui para um servidor de LLM, e quanto se espera por ele: contra sockets de verdade."""

import contextlib
import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from poema_top.base.erros import ErroPoema
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Pergunta

PERGUNTA = Pergunta((("user", "oi"),))
PRAZO = 60  # segundos: só para um teste quebrado não ficar pendurado
Atende = Callable[[socket.socket], None]


@contextmanager
def servidor(atende: Atende) -> Iterator[tuple[str, list[bytes]]]:
    """Um servidor que guarda os pedidos como vieram; dá o endereço dele e os pedidos."""
    pedidos: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as escuta:

        def aceita() -> None:
            while True:
                aberto, _ = escuta.accept()
                with aberto:
                    aberto.settimeout(PRAZO)
                    if not (pedido := _le(aberto)):
                        return
                    pedidos.append(pedido)
                    with contextlib.suppress(OSError):  # quem pediu foi embora
                        atende(aberto)

        porta = escuta.getsockname()[1]
        fio = threading.Thread(target=aceita)
        fio.start()
        try:
            yield f"http://127.0.0.1:{porta}/v1", pedidos
        finally:
            socket.create_connection(("127.0.0.1", porta), PRAZO).close()  # um que não pede nada: o fim
            fio.join()


def _le(aberto: socket.socket) -> bytes:
    recebido = b""
    while b"\r\n\r\n" not in recebido:
        if not (mais := aberto.recv(65536)):
            return b""
        recebido += mais
    return recebido


def _resposta(status: str, corpo: bytes, *cabecalhos: str) -> bytes:
    fixos = ("Content-Type: application/json", f"Content-Length: {len(corpo)}", "Connection: close")
    return "\r\n".join((f"HTTP/1.1 {status}", *cabecalhos, *fixos, "", "")).encode() + corpo


def _responde(aberto: socket.socket) -> None:
    escolha = {"index": 0, "message": {"role": "assistant", "content": "pronto"}, "finish_reason": "stop"}
    feito = {"id": "x", "object": "chat.completion", "choices": [escolha]}
    aberto.sendall(_resposta("200 OK", json.dumps(feito).encode()))


DELE = {"OPENAI_API_KEY": "sk-segredo", "OPENAI_ADMIN_KEY": "sk-segredo", "OPENAI_ORG_ID": "org-segredo",
        "OPENAI_PROJECT_ID": "proj-segredo", "OPENAI_CUSTOM_HEADERS": "X-Meu: segredo",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}  # fmt: skip


@pytest.fixture(autouse=True)
def ambiente_de_quem_usa(monkeypatch: pytest.MonkeyPatch) -> None:
    """O que quem usa a OpenAI costuma ter, e um proxy que não é daqui."""
    for nome, valor in DELE.items():
        monkeypatch.setenv(nome, valor)
    for nome in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(nome, "http://127.0.0.1:9")
    for nome in ("NO_PROXY", "no_proxy", "POEMA_LLM_CHAVE", "POEMA_LLM_SERVIDOR"):
        monkeypatch.delenv(nome, raising=False)


def test_o_que_e_da_openai_nao_vai_a_outro() -> None:
    with servidor(_responde) as (endereco, pedidos):
        assert LLM(endereco).responde(PERGUNTA).texto == "pronto"
    (pedido,) = pedidos
    assert b"segredo" not in pedido
    nomes = {linha.split(b":")[0].lower() for linha in pedido.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
    assert nomes <= {
        b"host", b"accept", b"accept-encoding", b"connection", b"user-agent", b"content-type",
        b"content-length", b"authorization",
    }  # fmt: skip
    assert b"authorization: Bearer nenhuma" in pedido.replace(b"Authorization", b"authorization")


def test_a_chave_vai_ao_servidor_dela_e_a_mais_nenhum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POEMA_LLM_CHAVE", "chave-dele")
    with servidor(_responde) as (dele, os_dele), servidor(_responde) as (outro, os_do_outro):
        monkeypatch.setenv("POEMA_LLM_SERVIDOR", dele)
        LLM(dele).responde(PERGUNTA)
        LLM(outro).responde(PERGUNTA)
    assert b"Bearer chave-dele" in os_dele[0]
    assert b"chave-dele" not in os_do_outro[0]


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_ninguem_manda_o_pedido_a_outro_lugar(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POEMA_LLM_CHAVE", "chave-dele")
    with servidor(_responde) as (outro, os_do_outro):
        desvia = _resposta(status, b"", f"Location: {outro}/chat/completions")
        with servidor(lambda aberto: aberto.sendall(desvia)) as (dele, os_dele):
            monkeypatch.setenv("POEMA_LLM_SERVIDOR", dele)
            with pytest.raises(ErroPoema, match=f"manda pedir noutro endereço \\({status[:3]}\\)"):
                LLM(dele).responde(PERGUNTA)
            with pytest.raises(ErroPoema, match="manda pedir noutro endereço"):
                LLM(dele).confere()
    assert len(os_dele) == 2
    assert os_do_outro == []


@pytest.mark.parametrize(
    "comeco", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n"]
)
def test_o_prazo_e_da_resposta_inteira(comeco: bytes) -> None:
    """Um servidor que pinga uma letra de cada vez, cada uma bem dentro do prazo."""
    fim = threading.Event()

    def pinga(aberto: socket.socket) -> None:
        aberto.sendall(comeco)
        for _ in range(400):
            if fim.wait(0.05):
                return
            aberto.sendall(b"H" if not comeco else b" ")

    with servidor(pinga) as (endereco, _):
        llm = LLM(endereco, prazo=1)
        for pede in (lambda: llm.responde(PERGUNTA), llm.confere):
            with pytest.raises(ErroPoema, match="não acabou de responder em 1 s") as erro:
                pede()
            assert "\n" not in str(erro.value)
        fim.set()


def test_comprimido_nao_se_le() -> None:
    bomba = _resposta("200 OK", gzip.compress(b" " * (1 << 20)), "Content-Encoding: gzip")
    with (
        servidor(lambda aberto: aberto.sendall(bomba)) as (endereco, pedidos),
        pytest.raises(ErroPoema, match="a resposta veio comprimida"),
    ):
        LLM(endereco, tentativas=1).responde(PERGUNTA)
    assert b"accept-encoding: identity" in pedidos[0].lower()


def test_o_que_o_servidor_diz_ao_recusar_se_mostra_sem_que_o_terminal_lhe_obedeca() -> None:
    recusa = _resposta("400 Bad Request", b'{"error": {"message": "contexto\\u001b[2J curto"}}')
    with (
        servidor(lambda aberto: aberto.sendall(recusa)) as (endereco, _),
        pytest.raises(ErroPoema, match=r"recusou o pedido \(400\).*contexto\\x1b\[2J curto"),
    ):
        LLM(endereco).responde(PERGUNTA)


@pytest.mark.parametrize(("chave", "diz"), [("", "pede uma chave"), ("errada", "recusou a chave")])
def test_quem_pede_chave_diz_onde_por(chave: str, diz: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recusa = _resposta("401 Unauthorized", b"{}")
    with servidor(lambda aberto: aberto.sendall(recusa)) as (endereco, _):
        monkeypatch.setenv("POEMA_LLM_CHAVE", chave)
        monkeypatch.setenv("POEMA_LLM_SERVIDOR", endereco)
        with pytest.raises(ErroPoema, match=diz) as erro:
            LLM(endereco).confere()
    assert "POEMA_LLM_CHAVE" in str(erro.value)
    assert "errada" not in str(erro.value)
    assert "\n" not in str(erro.value)
