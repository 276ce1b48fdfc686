import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from poema_top.base import sistema


class RecursosDoMacos:
    """O macOS diz que não há limite, e recusa quem lhe pede isso; a memória, em bytes."""

    RLIMIT_NOFILE, RUSAGE_SELF, SEM_LIMITE = 8, 0, 2**63 - 1
    ru_maxrss = 300 << 20

    def __init__(self) -> None:
        self.atual = 256

    def getrlimit(self, _qual: int) -> tuple[int, int]:
        return self.atual, self.SEM_LIMITE

    def setrlimit(self, _qual: int, limites: tuple[int, int]) -> None:
        if limites[0] == self.SEM_LIMITE:
            raise ValueError("current limit exceeds maximum limit")
        self.atual = limites[0]

    def getrusage(self, _qual: int) -> "RecursosDoMacos":
        return self


def test_limite_de_arquivos_e_memoria_no_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", RecursosDoMacos())  # type: ignore[arg-type]
    assert sistema.sobe_o_limite_de_arquivos() == 10_240
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert sistema.memoria_maxima() == 300


class LacoDoWindows(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *_: object) -> None:  # type: ignore[override]
        raise NotImplementedError


@pytest.mark.parametrize("sinal", [signal.SIGINT, signal.SIGTERM])
def test_sinal_acorda_um_laco_sem_add_signal_handler(sinal: signal.Signals) -> None:
    async def espera() -> None:
        fim = asyncio.Event()
        laco = asyncio.get_running_loop()
        with sistema.ao_pedirem_parada(laco, fim.set):
            # De outra thread, com o laço já parado à espera: é o sinal que o tem de acordar.
            await asyncio.gather(
                asyncio.to_thread(os.kill, os.getpid(), sinal), asyncio.wait_for(fim.wait(), 10)
            )

    antes = signal.getsignal(sinal)
    with asyncio.Runner(loop_factory=LacoDoWindows) as laco:
        laco.run(espera())
    assert signal.getsignal(sinal) is antes


@pytest.fixture
def laco() -> Iterator[asyncio.AbstractEventLoop]:
    novo = asyncio.new_event_loop()
    yield novo
    novo.close()


def test_queixas_do_laco_do_windows(
    laco: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    fechou = list[bool]()
    sistema.atura_o_laco_do_windows(laco, lambda: fechou.append(True))
    caiu, na_porta = ConnectionResetError(), OSError()
    caiu.winerror, na_porta.winerror = 10054, 64
    laco.call_exception_handler({"message": "um leitor caiu", "exception": caiu})
    assert not fechou
    laco.call_exception_handler({"message": "Accept failed on a socket", "exception": na_porta})
    assert fechou == [True]
    assert not caplog.records
    laco.call_exception_handler({"message": "um defeito", "exception": ConnectionResetError()})
    laco.call_exception_handler({"message": "outro, sem exceção"})
    assert [registro.message for registro in caplog.records if "defeito" in registro.message]
    assert len(caplog.records) == 2
