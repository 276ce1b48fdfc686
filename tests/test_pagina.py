"""A página num Chromium de verdade, servida pelo servidor de verdade."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from conftest import RAIZ
from servidor import servidor

ARGUMENTOS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PRAZO = 30_000  # ms


@pytest.fixture(scope="module")
def navegador() -> Iterator[Browser]:
    nomes = ("chromium", "chromium-browser", "google-chrome")
    caminho = os.environ.get("CHROMIUM") or next((c for c in map(shutil.which, nomes) if c), None)
    if caminho is None:
        pytest.skip("sem Chromium nesta máquina; instale-o ou diga onde está com CHROMIUM=/caminho")
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=caminho, args=ARGUMENTOS)
        yield chromium
        chromium.close()


@pytest.fixture
def pagina(navegador: Browser) -> Iterator[Page]:
    pagina = navegador.new_page(viewport={"width": 1280, "height": 800})
    pagina.set_default_timeout(PRAZO)
    expect.set_options(timeout=PRAZO)
    yield pagina
    pagina.close()


def vivo(pagina: Page) -> None:
    expect(pagina.locator("#estado")).to_have_attribute("data-estado", "ao-vivo")


def test_mostra_poemas_enquanto_sao_escritos(pagina: Page, pasta_modelo: Path) -> None:
    queixas: list[str] = []
    pagina.on("console", lambda m: queixas.append(m.text) if m.type == "error" else None)
    pagina.on("pageerror", lambda e: queixas.append(str(e)))
    with servidor(pasta_modelo, "--ritmo", 60) as s:
        pagina.goto(s.http)
        vivo(pagina)
        versos = pagina.locator("#atual .versos")
        expect(versos).not_to_have_text("")
        antes = versos.text_content() or ""
        expect(pagina.locator(".poema.pronto").first).to_be_visible()
        assert (pagina.locator(".poema").first.locator(".versos").text_content() or "").startswith(antes)
        expect(pagina.locator(".poema")).not_to_have_count(1)
        assert pagina.title() == "Poema 🔝"
    assert queixas == []


def test_quem_chega_tarde_ve_o_comeco_do_poema(pagina: Page, navegador: Browser, pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--ritmo", 15) as s:
        pagina.goto(s.http)
        versos = pagina.locator("#atual .versos")
        expect(versos).not_to_have_text("")
        while len(visto := versos.text_content() or "") < 8:
            pagina.wait_for_timeout(50)
        outra = navegador.new_page()
        outra.goto(s.http)
        expect(outra.locator(".poema").first.locator(".versos")).not_to_have_text("")
        assert (outra.locator(".poema").first.locator(".versos").text_content() or "").startswith(visto[:8])
        outra.close()


def test_reconecta_sozinha_quando_o_servidor_volta(pagina: Page, pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--ritmo", 30) as s:
        pagina.goto(s.http)
        vivo(pagina)
        porta = s.porta
        s.encerra()
        expect(pagina.locator("#estado")).to_have_attribute("data-estado", "sem-conexao")
    with servidor(pasta_modelo, "--ritmo", 30, porta=porta):
        vivo(pagina)
        expect(pagina.locator("#atual .versos")).not_to_have_text("")


@pytest.mark.parametrize("esquema", ["light", "dark"])
def test_cabe_no_telefone_de_dia_e_de_noite(navegador: Browser, pasta_modelo: Path, esquema: str) -> None:
    with servidor(pasta_modelo, "--ritmo", 100) as s:
        contexto = navegador.new_context(viewport={"width": 360, "height": 740}, color_scheme=esquema)
        pagina = contexto.new_page()
        pagina.goto(s.http)
        vivo(pagina)
        expect(pagina.locator("#atual .versos")).not_to_have_text("")
        assert pagina.evaluate("document.documentElement.scrollWidth") <= 360
        fundo = pagina.evaluate("getComputedStyle(document.body).backgroundColor")
        claro = sum(map(int, fundo.removeprefix("rgb(").removesuffix(")").split(","))) > 3 * 128
        assert claro == (esquema == "light")
        contexto.close()


def test_nada_e_buscado_fora(pagina: Page, pasta_modelo: Path) -> None:
    with servidor(pasta_modelo) as s:
        pedidos: list[str] = []
        pagina.on("request", lambda pedido: pedidos.append(pedido.url))
        pagina.goto(s.http)
        vivo(pagina)
        assert [p for p in pedidos if not p.startswith(("data:", s.http))] == []


def test_do_disco_procura_o_servidor_local(pagina: Page) -> None:
    enderecos: list[str] = []
    pagina.on("websocket", lambda ws: enderecos.append(ws.url))
    pagina.goto((RAIZ / "index.html").as_uri())
    expect(pagina.locator("#estado")).to_have_attribute("data-estado", "sem-conexao")
    assert enderecos[0] == "ws://localhost:8000/ws/"
