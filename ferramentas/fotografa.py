"""Fotografa a página ao vivo, com o servidor e um Chromium de verdade, para o README."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from poema_top.comum import RAIZ, ErroPoema, executa, relativo
from poema_top.opcoes import le_opcoes, opcao

NAVEGADORES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Opcoes:
    """As opções de `just fotografa`."""

    pasta: Path = opcao(RAIZ / "docs", "onde gravar as fotos", type=Path)


def principal() -> None:
    """Grava docs/pagina.png (computador) e docs/pagina-telefone.png (telefone, à noite)."""
    o = le_opcoes(Opcoes, principal.__doc__)
    navegador = next((c for c in map(shutil.which, NAVEGADORES) if c), None)
    if navegador is None:
        raise ErroPoema("não achei o Chromium; instale-o (apt install chromium).")
    comando = [sys.executable, "-m", "poema_top.websocket", "--porta", "0", "--ritmo", "80"]
    with subprocess.Popen(comando, stdout=subprocess.PIPE, text=True) as servidor:
        try:
            saida = servidor.stdout
            endereco = next((m[0] for m in map(_endereco, saida or []) if m), None)
            if endereco is None:
                raise ErroPoema("o servidor não subiu; rode just websocket para ver por quê.")
            _fotografa(navegador, endereco, o)
        finally:
            servidor.terminate()


def _endereco(linha: str) -> "re.Match[str] | None":
    return re.search(r"http://\S+/", linha)


def _fotografa(navegador: str, endereco: str, o: Opcoes) -> None:
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=navegador, args=["--no-sandbox"])
        for nome, largura, altura, esquema in (
            ("pagina.png", 1100, 760, "light"),
            ("pagina-telefone.png", 390, 780, "dark"),
        ):
            contexto = chromium.new_context(
                viewport={"width": largura, "height": altura},
                color_scheme="dark" if esquema == "dark" else "light",
                device_scale_factor=1.5,
            )
            pagina = contexto.new_page()
            pagina.goto(endereco)
            pagina.locator(".poema.pronto").first.wait_for(timeout=120_000)
            pagina.wait_for_timeout(1_000)  # a rolagem suave termina
            pagina.evaluate("scrollTo({top: 0, behavior: 'instant'})")
            pagina.screenshot(path=o.pasta / nome)
            print(relativo(o.pasta / nome))
            contexto.close()
        chromium.close()


if __name__ == "__main__":
    executa(principal)
