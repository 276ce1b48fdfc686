"""O Chromium, como os outros navegadores: os testes que são dos três pedem só o que os três sabem."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, sync_playwright

from apoio.navegador import Navegador
from apoio.programas import chromium


class Cromo(Navegador):
    def __init__(self, pagina: Page) -> None:
        self._pagina = pagina

    def abre(self, endereco: str) -> None:
        self._pagina.goto(endereco)

    def avalia(self, expressao: str) -> Any:
        return self._pagina.evaluate(f"() => ({expressao})")


@contextmanager
def cromo() -> Iterator[Cromo]:
    """Sem janela."""
    with sync_playwright() as p:
        aberto = p.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield Cromo(aberto.new_page())
        aberto.close()
