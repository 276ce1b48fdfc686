"""O que só o laço de eventos do Windows faz com um servidor, provocado aqui."""

import asyncio
from pathlib import Path

import pytest

from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.servidor import escuta
from poema_top.servidor.site import Opcoes


def test_porta_que_o_windows_fechou_encerra_o_servidor(
    pasta_modelo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Um leitor que cai antes de ser aceito fecha a porta a todos (cpython#93821): melhor dizê-lo."""

    def pronto(estado: str) -> None:
        if estado == "READY=1":
            erro = OSError("The specified network name is no longer available")
            erro.winerror = 64
            asyncio.get_running_loop().call_exception_handler({"message": "Accept failed", "exception": erro})

    monkeypatch.setattr(escuta, "avisa_o_systemd", pronto)
    o = Opcoes(endereco="127.0.0.1", porta=0)
    with pytest.raises(ErroPoema, match="o Windows fechou a porta"):
        escuta.serve(o, checkpoint.le(pasta_modelo))


def test_sem_sockets_do_unix_ninguem_avisa_o_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("socket.AF_UNIX")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nao/existe")
    escuta.avisa_o_systemd("READY=1")
