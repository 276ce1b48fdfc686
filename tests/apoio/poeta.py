"""A rede do navegador (rede.js) numa página em branco de um Chromium de verdade."""

import base64
from typing import Any

from playwright.sync_api import Page

from poema_top.base.arquivos import SITIO

ABRE = """async ([nome, bytes]) => {
  globalThis.modelos ??= {};
  modelos[nome] = await Poeta.abre(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)));
}"""


class Poeta:
    """O que rede.js oferece, chamado daqui; o que os testes passam e recebem é JSON."""

    def __init__(self, pagina: Page, *, em_branco: bool = True) -> None:
        """A página do site já traz rede.js; uma em branco o ganha aqui."""
        self.pagina = pagina
        if em_branco:
            pagina.add_script_tag(path=SITIO / "rede.js")

    def faz(self, funcao: str, *argumentos: Any) -> Any:
        """O que uma função devolve, na página; ela recebe os argumentos um a um."""
        return self.pagina.evaluate(f"(argumentos) => ({funcao})(...argumentos)", list(argumentos))

    def abre(self, nome: str, arquivo: bytes) -> None:
        """Põe um modelo em `modelos[nome]`."""
        self.pagina.evaluate(ABRE, [nome, base64.b64encode(arquivo).decode()])

    def recusa(self, arquivo: bytes) -> str:
        """O motivo por que um arquivo não se abre; vazio, se se abre."""
        tenta = f"(dados) => ({ABRE})(dados).then(() => '', (erro) => `${{erro.name}}: ${{erro.message}}`)"
        return str(self.pagina.evaluate(tenta, ["recusado", base64.b64encode(arquivo).decode()]))
