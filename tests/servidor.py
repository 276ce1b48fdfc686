"""Um servidor de verdade, em outro processo, numa porta livre."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conftest import ambiente, comando


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
        saida, erro = self.processo.communicate(timeout=20)
        return self.processo.returncode, saida, erro


@contextmanager
def servidor(
    modelo: Path, *opcoes: object, porta: int = 0, python: str = sys.executable
) -> Iterator[Servidor]:
    escuta = ["--endereco", "127.0.0.1", "--porta", porta]
    processo = subprocess.Popen(
        comando("websocket", "--modelo", modelo, *escuta, *opcoes, python=python),
        env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert processo.stdout is not None
        for linha in processo.stdout:
            if achado := re.search(r"http://127\.0\.0\.1:(\d+)/", linha):
                yield Servidor(processo, int(achado[1]))
                break
        else:
            raise AssertionError(processo.communicate()[1])
    finally:
        if processo.poll() is None:
            processo.kill()
        processo.communicate()
