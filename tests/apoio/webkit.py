"""Um WebKit de verdade (o do GTK), dirigido por WebDriver, que é HTTP com JSON.

O protocolo: https://www.w3.org/TR/webdriver2/
"""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apoio.navegador import PRAZO, Navegador
from apoio.portas import escuta
from apoio.programas import exige

# O WebDriver chama o último argumento quando há resposta.
AVALIA = """const [pronto] = arguments;
Promise.resolve().then(() => (%s))
  .then((valor) => pronto({ valor }), (erro) => pronto({ erro: String(erro) }));"""


class WebKit(Navegador):
    def __init__(self, endereco: str) -> None:
        self._endereco = f"{endereco}/session"
        sessao = self.pede("POST", "", capabilities={})["sessionId"]
        self._endereco += f"/{sessao}"
        self.pede("POST", "/timeouts", script=1000 * PRAZO, pageLoad=1000 * PRAZO)

    def pede(self, metodo: str, caminho: str, **parametros: Any) -> Any:
        """O resultado de um comando do protocolo."""
        corpo = json.dumps(parametros).encode() if metodo == "POST" else None
        pedido = urllib.request.Request(self._endereco + caminho, corpo, method=metodo)
        try:
            with urllib.request.urlopen(pedido, timeout=2 * PRAZO) as resposta:
                return json.load(resposta)["value"]
        except urllib.error.HTTPError as erro:
            with erro:
                raise AssertionError(erro.read().decode()) from None

    def abre(self, endereco: str) -> None:
        self.pede("POST", "/url", url=endereco)

    def avalia(self, expressao: str) -> Any:
        feito = self.pede("POST", "/execute/async", script=AVALIA % expressao, args=[])
        assert "erro" not in feito, feito["erro"]
        return feito["valor"]


@contextmanager
def webkit() -> Iterator[WebKit]:
    """Numa tela que ninguém vê: sem nenhuma ele não abre."""
    motorista, xvfb = exige("WebKitWebDriver", "Xvfb")
    with _processo(xvfb, "-displayfd", "1", "-nolisten", "tcp", stdout=subprocess.PIPE) as tela:
        assert tela.stdout is not None
        numero = tela.stdout.readline().decode().strip()
        assert numero, "o Xvfb não abriu"
        ambiente = {**os.environ, "DISPLAY": f":{numero}"}
        with _processo(motorista, "--port=0", env=ambiente) as processo:
            aberto = WebKit(f"http://127.0.0.1:{_porta(processo)}")
            yield aberto
            aberto.pede("DELETE", "")


@contextmanager
def _processo(*comando: str, **opcoes: Any) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(comando, stderr=subprocess.DEVNULL, **opcoes) as processo:
        try:
            yield processo
        finally:
            processo.terminate()


def _porta(processo: "subprocess.Popen[bytes]") -> int:
    """A porta em que ele espera pedidos, assim que espera."""
    while processo.poll() is None:
        for achado in escuta(processo.pid):
            if achado.startswith("tcp "):
                return int(achado.rpartition(":")[2], 16)
    raise AssertionError("o WebKitWebDriver não abriu")
