"""Um Firefox de verdade, dirigido por WebDriver BiDi: mensagens em JSON num websocket que ele mesmo abre.

O protocolo: https://www.w3.org/TR/webdriver-bidi/
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from websockets.sync.client import ClientConnection, connect

from apoio import programas
from apoio.navegador import PRAZO, Navegador


class Firefox(Navegador):
    def __init__(self, conexao: ClientConnection) -> None:
        self._conexao = conexao
        self._numeros = count(1)
        self.pede("session.new", capabilities={})
        (contexto,) = self.pede("browsingContext.getTree")["contexts"]
        self._contexto = contexto["context"]

    def pede(self, metodo: str, **parametros: Any) -> Any:
        """O resultado de um comando do protocolo."""
        numero = next(self._numeros)
        self._conexao.send(json.dumps({"id": numero, "method": metodo, "params": parametros}))
        resposta = json.loads(self._conexao.recv(timeout=PRAZO))
        while resposta.get("id") != numero:  # um aviso
            resposta = json.loads(self._conexao.recv(timeout=PRAZO))
        assert resposta["type"] == "success", resposta
        return resposta["result"]

    def abre(self, endereco: str) -> None:
        self.pede("browsingContext.navigate", context=self._contexto, url=endereco, wait="complete")

    def avalia(self, expressao: str) -> Any:
        em_json = f"Promise.resolve().then(() => ({expressao})).then((valor) => JSON.stringify(valor))"
        feito = self.pede(
            "script.evaluate", expression=em_json, target={"context": self._contexto}, awaitPromise=True
        )
        assert feito["type"] == "success", feito["exceptionDetails"]["text"]
        return json.loads(feito["result"].get("value", "null"))


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Sem janela, com um perfil novo, que depois se apaga."""
    caminho = programas.firefox()
    with tempfile.TemporaryDirectory() as perfil:
        processo = subprocess.Popen(
            [caminho, "--headless", "--no-remote", "--profile", perfil, "--remote-debugging-port", "0"],
            env={**os.environ, "HOME": perfil}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert processo.stderr is not None
            onde = next(linha.split()[-1] for linha in processo.stderr if "BiDi listening on" in linha)
            with connect(f"{onde}/session", max_size=None, proxy=None) as conexao:
                aberto = Firefox(conexao)
                yield aberto
                aberto.pede("browser.close")
            processo.communicate(timeout=PRAZO)
        finally:
            if processo.poll() is None:
                processo.kill()
            processo.communicate()
