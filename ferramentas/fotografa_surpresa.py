"""Faz docs/surpresa.png: um poema que o modelo não leu, colorido pela surpresa dele."""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from poema_top.comum import RAIZ, ErroPoema, executa, relativo
from poema_top.opcoes import inteiro_nao_negativo, le_opcoes, opcao

NAVEGADORES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Opcoes:
    """As opções da foto."""

    saida: Path = opcao(RAIZ / "docs" / "surpresa.png", "onde gravar a foto", type=Path)
    semente: int = opcao(3, "sorteia o poema", type=inteiro_nao_negativo)
    modelo: Path = opcao(RAIZ / "modelos_treinados" / "padrao", "pasta do modelo", type=Path)


def principal() -> None:
    """Grava a página de `just explica --de-validacao --html` e a fotografa."""
    o = le_opcoes(Opcoes, principal.__doc__)
    navegador = next((c for c in map(shutil.which, NAVEGADORES) if c), None)
    if navegador is None:
        raise ErroPoema("não achei o Chromium; instale-o (apt install chromium).")
    with tempfile.TemporaryDirectory() as pasta, sync_playwright() as p:
        pagina = Path(pasta) / "surpresa.html"
        explica = [sys.executable, "-m", "poema_top.explica", "--de-validacao", "--html", str(pagina)]
        subprocess.run([*explica, "--semente", str(o.semente), "--modelo", str(o.modelo)], check=True)
        chromium = p.chromium.launch(executable_path=navegador, args=["--no-sandbox"])
        aba = chromium.new_page(viewport={"width": 620, "height": 200}, device_scale_factor=1.5)
        aba.goto(pagina.as_uri())
        aba.screenshot(path=o.saida, full_page=True)
        chromium.close()
    print(relativo(o.saida))


if __name__ == "__main__":
    executa(principal)
