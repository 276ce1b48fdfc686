"""Um Chromium de verdade, dirigido pelo Playwright, para medir e fotografar a página."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from poema_top.base.erros import ErroPoema

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAVEGADORES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium(*opcoes: str) -> Iterator["Browser"]:
    """O navegador aberto, com estas opções a mais.

    Raises:
        ErroPoema: falta o Playwright, que só vem com o que os testes pedem, ou o Chromium.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise ErroPoema(
            "isto dirige um navegador pelo Playwright, que não está instalado; ele vem com o que a "
            "verificação pede: rode just verifica uma vez."
        ) from None
    caminho = next(filter(None, (os.environ.get("CHROMIUM"), *map(shutil.which, NAVEGADORES))), None)
    if caminho is None:
        raise ErroPoema("não achei o Chromium; instale-o (apt install chromium).")
    with sync_playwright() as p:
        aberto = p.chromium.launch(executable_path=caminho, args=["--no-sandbox", *opcoes])
        yield aberto
        aberto.close()
