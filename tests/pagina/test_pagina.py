"""A página num Chromium de verdade, servida pelo servidor de verdade: o poema que todos leem."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apoio.servidor import Servidor, servidor
from conftest import PRAZO_DA_PAGINA, SITIO, AbreNavegador, espera_que

CORRE = ("--ritmo", 100)


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, *CORRE) as s:
        yield s


def vivo(pagina: Page) -> None:
    expect(pagina.locator("#estado")).to_have_attribute("data-estado", "ao-vivo")


def texto(pagina: Page, seletor: str) -> str:
    return pagina.locator(seletor).first.text_content() or ""


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
        assert texto(pagina, ".poema .versos").startswith(antes)
        expect(pagina.locator(".poema")).not_to_have_count(1)
        assert pagina.title() == "Poema 🔝"
    assert queixas == []


def test_quem_chega_tarde_ve_o_comeco_do_poema(pagina: Page, navegador: Browser, pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--ritmo", 15) as s:
        pagina.goto(s.http)
        espera_que(pagina, "versos.length >= 8")
        visto = texto(pagina, "#atual .versos")
        outra = navegador.new_page()
        outra.goto(s.http)
        expect(outra.locator(".poema").first.locator(".versos")).not_to_have_text("")
        assert texto(outra, ".poema .versos").startswith(visto[:8])
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


def test_as_esperas_crescem_ate_um_teto_e_sao_sorteadas(pagina: Page) -> None:
    pagina.goto((SITIO / "index.html").as_uri())
    esperas = pagina.evaluate("[0, 1, 2, 3, 20].map((n) => Array.from({ length: 200 }, () => espera(n, 2)))")
    for sorteadas, segundos in zip(esperas, (2, 4, 8, 16, 30), strict=True):
        assert min(sorteadas) >= 500 * segundos
        assert max(sorteadas) <= 1500 * segundos
        assert len(set(sorteadas)) > 100


def test_em_pausa_nada_se_move_e_o_texto_espera(pagina: Page, no_ar: Servidor) -> None:
    pagina.goto(no_ar.http)
    vivo(pagina)
    expect(pagina.locator("#atual .versos")).not_to_have_text("")
    pagina.get_by_role("button", name="pausar").click()
    expect(pagina.locator("#estado")).to_have_text("em pausa")
    parado = pagina.locator("main").inner_text()
    # Ao menos um poema inteiro chega enquanto a página espera.
    espera_que(pagina, "pena.fila.includes(SEPARACAO) && !pena.fila.endsWith(SEPARACAO)")
    assert pagina.locator("main").inner_text() == parado
    pagina.get_by_role("button", name="continuar").click()
    vivo(pagina)
    expect(pagina.locator(".poema.pronto")).not_to_have_count(0)
    espera_que(pagina, "pena.fila.length < 50")
    versos_parados = re.split(r"\n+(?:copiar|ver por dentro)", parado)[0]
    assert pagina.locator("main").inner_text().startswith(versos_parados)


def test_queda_durante_a_pausa_nao_mexe_na_pagina(pagina: Page, pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--ritmo", 20) as s:
        pagina.goto(s.http)
        espera_que(pagina, "versos.length >= 5")
        pagina.get_by_role("button", name="pausar").click()
        parado = texto(pagina, "main")
        porta = s.porta
        s.encerra()
        espera_que(pagina, "situacao === 'sem-conexao'")
    with servidor(pasta_modelo, "--ritmo", 20, porta=porta):
        espera_que(pagina, "pena.fila.includes(RECOMECO) && pena.fila.length > 10")
        assert texto(pagina, "main") == parado
        expect(pagina.locator("#estado")).to_have_text("em pausa")
        guardado = pagina.evaluate("pena.fila.split(RECOMECO).pop()")
        pagina.get_by_role("button", name="continuar").click()
        vivo(pagina)
        espera_que(pagina, "(t) => poemas.textContent.includes(t)", guardado.split("\n")[0])
        comeca = "(t) => [...document.querySelectorAll('.versos')].some((v) => v.textContent.startsWith(t))"
        assert pagina.evaluate(comeca, guardado.split("\n")[0])


def test_copia_e_compartilha_um_poema(pagina: Page, no_ar: Servidor) -> None:
    pagina.goto(no_ar.http)
    poema = pagina.locator(".poema.pronto").first
    versos = poema.locator(".versos").text_content() or ""
    titulo = versos.split("\n")[0]
    poema.get_by_role("button", name=f"copiar o poema “{titulo}”").click()
    expect(poema.get_by_text("copiado", exact=True)).to_be_visible()
    assert pagina.evaluate("navigator.clipboard.readText()") == versos
    # Este Chromium não tem com quem compartilhar: copia, com o endereço.
    poema.get_by_role("button", name=re.compile("^compartilhar")).click()
    expect(poema.get_by_text("copiado com o link")).to_be_visible()
    assert pagina.evaluate("navigator.clipboard.readText()") == f"{versos}\n\n{no_ar.http}"
    expect(poema.get_by_text("copiar", exact=True)).to_be_visible()


def test_compartilha_com_o_sistema_onde_ele_existe(pagina: Page, no_ar: Servidor) -> None:
    """O menu do sistema não existe num navegador sem tela: só ele é de mentira."""
    pagina.add_init_script("navigator.share = async (dados) => { window.dados = dados; }")
    pagina.goto(no_ar.http)
    poema = pagina.locator(".poema.pronto").first
    poema.get_by_role("button", name=re.compile("^compartilhar")).click()
    espera_que(pagina, "window.dados")
    esperado = {"title": "Poema 🔝", "text": poema.locator(".versos").text_content(), "url": no_ar.http}
    assert pagina.evaluate("dados") == esperado


def test_copia_mesmo_sem_clipboard(pagina: Page, no_ar: Servidor) -> None:
    """Como em http://192.168.0.2:8000, onde o navegador não o oferece."""
    pagina.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    pagina.goto(no_ar.http)
    poema = pagina.locator(".poema.pronto").first
    botao = poema.get_by_role("button", name=re.compile("^copiar"))
    versos = poema.locator(".versos").text_content()
    botao.click()
    expect(poema.get_by_text("copiado", exact=True)).to_be_visible()
    expect(poema.locator("[data-acao=copiar]")).to_be_focused()
    outra = pagina.context.new_page()
    outra.goto((SITIO / "index.html").as_uri())
    assert outra.evaluate("navigator.clipboard.readText()") == versos


def test_nada_e_buscado_fora(pagina: Page, no_ar: Servidor) -> None:
    pedidos: list[str] = []
    pagina.on("request", lambda pedido: pedidos.append(pedido.url))
    pagina.goto(no_ar.http)
    vivo(pagina)
    assert [p for p in pedidos if not p.startswith(("data:", no_ar.http))] == []


def test_do_disco_le_o_servidor_local(pasta_modelo: Path, abre_navegador: AbreNavegador) -> None:
    """localhost:8000 é desviado para uma porta livre: a 8000 pode estar em uso."""
    with servidor(pasta_modelo, *CORRE) as s:
        navegador = abre_navegador(f"--host-resolver-rules=MAP localhost:8000 127.0.0.1:{s.porta}")
        pagina = navegador.new_page()
        pagina.set_default_timeout(PRAZO_DA_PAGINA)
        pagina.goto((SITIO / "index.html").as_uri())
        vivo(pagina)
        expect(pagina.locator("#atual .versos")).not_to_have_text("")
        pagina.goto((SITIO / "index.html").as_uri() + "#meu?inicio=o+sol&temperatura=0.5&semente=3")
        pagina.locator("#meu[data-fase=pronto]").wait_for()
        expect(pagina.locator("#meus-versos")).to_contain_text("o sol")
        navegador.close()
