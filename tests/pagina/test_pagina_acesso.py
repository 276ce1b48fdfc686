"""A página para todos: axe, telefone, noite, menos movimento; e a política de segurança no cabeçalho."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from apoio.servidor import Servidor, servidor
from apoio.sitio import parado, pasta_parada
from conftest import PRAZO_DA_PAGINA, SITIO, espera_que

TELAS = {"telefone": (360, 740), "computador": (1280, 800)}
LINK = "#meu?inicio=o+mar&temperatura=0.7&semente=5"


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 100) as s:
        yield s


@pytest.fixture(params=[(t, e) for t in TELAS for e in ("light", "dark")], ids="-".join)
def vista(request: pytest.FixtureRequest, navegador: Browser) -> Iterator[Page]:
    tela, esquema = request.param
    largura, altura = TELAS[tela]
    contexto = navegador.new_context(viewport={"width": largura, "height": altura}, color_scheme=esquema)
    pagina = contexto.new_page()
    pagina.set_default_timeout(PRAZO_DA_PAGINA)
    yield pagina
    contexto.close()


def confere(pagina: Page) -> None:
    """Sem violações do axe, e nada passa da largura da tela."""
    achado = Axe().run(pagina)
    assert achado.violations_count == 0, achado.generate_report()
    assert len(achado.response["passes"]) > 10
    assert pagina.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_axe_nao_acha_nada(vista: Page, no_ar: Servidor) -> None:
    vista.goto(no_ar.http)
    espera_que(vista, "document.querySelectorAll('.poema.pronto').length > 3")
    espera_que(vista, "document.getAnimations().every((a) => !(a instanceof CSSTransition))")
    vista.get_by_role("button", name="pausar").click()
    confere(vista)
    vista.get_by_role("button", name="faça o seu").click()
    confere(vista)
    vista.get_by_label("Comece o poema").fill("☾")
    vista.get_by_role("button", name="escrever").click()
    expect(vista.get_by_role("alert")).not_to_have_text("")
    confere(vista)
    vista.get_by_role("button", name="fechar").click()
    vista.goto(no_ar.http + LINK + "&rascunhos=99")
    expect(vista.get_by_role("alert")).not_to_have_text("")
    confere(vista)
    vista.get_by_label("Comece o poema").fill("o mar")
    vista.get_by_role("button", name="escrever").click()
    vista.locator("#meu[data-fase=pronto]").wait_for()
    confere(vista)


def test_axe_nao_acha_nada_sem_servidor(vista: Page, pasta_modelo: Path, tmp_path: Path) -> None:
    with parado(pasta_parada(tmp_path / "site", (pasta_modelo / "pagina.bin").read_bytes())) as url:
        vista.goto(url)
        vista.locator(".poema.pronto").first.wait_for()
        vista.get_by_role("button", name="pausar").click()
        espera_que(vista, "document.getAnimations().every((a) => !(a instanceof CSSTransition))")
        confere(vista)
        vista.get_by_role("button", name="continuar").click()
        expect(vista.locator("#estado")).to_have_attribute("data-estado", "aqui")
        confere(vista)
        vista.goto(url + LINK + "&rascunhos=16")
        vista.locator("#meu[data-fase=pronto]").wait_for()
        confere(vista)
    with parado(pasta_parada(tmp_path / "sem", None)) as url:
        vista.goto(url)
        expect(vista.locator("#estado")).to_have_attribute("data-estado", "sem-modelo")
        confere(vista)


def test_claro_de_dia_e_escuro_de_noite(navegador: Browser, no_ar: Servidor) -> None:
    for esquema in ("light", "dark"):
        pagina = navegador.new_page(color_scheme="dark" if esquema == "dark" else "light")
        pagina.goto(no_ar.http)
        fundo = pagina.evaluate("getComputedStyle(document.body).backgroundColor")
        claro = sum(map(int, fundo.removeprefix("rgb(").removesuffix(")").split(","))) > 3 * 128
        assert claro == (esquema == "light")
        pagina.close()


def test_no_telefone_se_toca_com_o_polegar(navegador: Browser, no_ar: Servidor) -> None:
    """Botões de 44 px ao menos; a barra fica à vista com o poema rolado."""
    contexto = navegador.new_context(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    pagina = contexto.new_page()
    pagina.goto(no_ar.http)
    pagina.locator(".poema.pronto").first.wait_for()
    for botao in pagina.get_by_role("button").all():
        caixa = botao.bounding_box()
        assert caixa is not None
        assert caixa["height"] >= 44
    expect(pagina.locator("#fazer")).to_be_in_viewport(ratio=1)
    pagina.evaluate("scrollTo(0, 0)")
    expect(pagina.locator("#fazer")).to_be_in_viewport(ratio=1)
    pagina.locator("#fazer").tap()
    for nome in ("fechar", "escrever"):
        expect(pagina.get_by_role("button", name=nome)).to_be_in_viewport(ratio=1)
    caixa = pagina.locator(".caixa").bounding_box()
    assert caixa is not None
    assert caixa["height"] >= 44
    pagina.get_by_text("o melhor de 16 rascunhos").tap()
    expect(pagina.get_by_role("checkbox")).to_be_checked()
    assert pagina.evaluate("document.documentElement.scrollWidth") <= 320
    contexto.close()


@pytest.mark.parametrize(("preferencia", "verso_a_verso"), [("reduce", True), ("no-preference", False)])
def test_menos_movimento_escreve_verso_a_verso(
    navegador: Browser, pasta_modelo: Path, preferencia: str, verso_a_verso: bool
) -> None:
    contexto = navegador.new_context(reduced_motion="reduce" if preferencia == "reduce" else "no-preference")
    pagina = contexto.new_page()
    pagina.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.passos = [];
          const olho = new MutationObserver(() => passos.push(meusVersos.data));
          olho.observe(meusVersos, { characterData: true });
        })"""
    )
    with servidor(pasta_modelo, "--ritmo", 30) as s:
        pagina.goto(s.http + LINK)
        pagina.locator("#meu[data-fase=pronto]").wait_for()
        passos = [p for p in pagina.evaluate("passos") if p]
        inteiros = all(p.endswith("\n") for p in passos[:-1])
        assert inteiros == verso_a_verso
        assert passos[-1] == pagina.locator("#meus-versos").text_content()
        duracao = pagina.evaluate("getComputedStyle(minhaMao, '::after').animationName")
        assert (duracao == "none") == verso_a_verso
    contexto.close()


def test_a_politica_serve_tambem_num_cabecalho(pagina: Page, no_ar: Servidor) -> None:
    """Como o nginx a manda: com ela, nada da página é barrado, e o que ela proíbe é."""
    politica = re.search(
        r'Content-Security-Policy" content="([^"]+)"', (SITIO / "index.html").read_text("utf-8")
    )
    assert politica is not None
    cabecalho = html.unescape(politica[1]) + "; frame-ancestors 'none'"

    def responde(rota: Route) -> None:
        resposta = rota.fetch()
        cabecalhos = {**resposta.headers, "content-security-policy": cabecalho}
        rota.fulfill(response=resposta, headers=cabecalhos)

    # Uma resposta trocada não tem endereço de rede, e o Chromium não a deixa falar com o loopback sem isto.
    pagina.context.grant_permissions(["local-network-access"])
    queixas: list[str] = []
    pagina.on("console", lambda m: queixas.append(m.text) if m.type == "error" else None)
    pagina.route(no_ar.http, responde)
    pagina.goto(no_ar.http + LINK)
    pagina.locator("#meu[data-fase=pronto]").wait_for()
    expect(pagina.locator("#estado")).to_have_attribute("data-estado", "ao-vivo")
    assert queixas == []
    barrado = pagina.evaluate(
        """async () => {
          const feitos = [];
          for (const tentativa of [
            () => { document.body.innerHTML = '<p>oi'; },
            () => trustedTypes.createPolicy('minha', {}),
            () => new Promise((bom, ruim) => {
              addEventListener('securitypolicyviolation', () => ruim(new Error('barrado')), { once: true });
              const canal = new WebSocket('ws://exemplo.invalid/');
              canal.onopen = bom;
            }),
            () => fetch('https://exemplo.invalid/'),
          ]) try { await tentativa(); feitos.push('passou'); } catch { feitos.push('barrado'); }
          return feitos;
        }"""
    )
    assert barrado == ["barrado"] * 4
