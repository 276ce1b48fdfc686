"""Ver por dentro, para todos: com o teclado, com leitor de tela, de noite, no telefone, e sem a rede."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apoio.dentro import abre, pronto, sem_violacoes
from apoio.servidor import Servidor, servidor
from conftest import PRAZO_DA_PAGINA, SITIO

ABAS = ("Chances", "Surpresa", "Neurônio", "Juntos")
FOCO = "document.activeElement.id || document.activeElement.dataset.ponto"


@pytest.fixture(scope="module")
def no_ar(pasta_palavras: Path) -> Iterator[Servidor]:
    with servidor(pasta_palavras, "--ritmo", 5000, "--rascunhos", 1) as s:
        yield s


@pytest.fixture(
    params=[((320, 640), "light"), ((390, 844), "dark"), ((1280, 800), "light"), ((640, 400), "dark")]
)
def vista(request: pytest.FixtureRequest, navegador: Browser) -> Iterator[Page]:
    """O último tamanho é o de uma tela de 1280 por 800 ampliada a 200 %."""
    (largura, altura), esquema = request.param
    contexto = navegador.new_context(viewport={"width": largura, "height": altura}, color_scheme=esquema)
    pagina = contexto.new_page()
    pagina.set_default_timeout(PRAZO_DA_PAGINA)
    yield pagina
    contexto.close()


def test_axe_nao_acha_nada_em_aba_nenhuma(vista: Page, no_ar: Servidor) -> None:
    """Todos os tons, quentes e frios, sob todas as peças: o texto se lê em cada um."""
    abre(vista, no_ar)
    for aba in ABAS:
        vista.get_by_role("tab", name=aba).click()
        if aba == "Neurônio":
            vista.locator("#sinais button").first.wait_for()
        sem_violacoes(vista)
    vista.get_by_role("tab", name="Surpresa").click()
    tons = """(frio) => porDentro.pecas.forEach((peca, i) => {
      peca.dataset.forca = i % 9;
      peca.classList.toggle('frio', frio);
    })"""
    for frio in (False, True):
        vista.evaluate(tons, frio)
        sem_violacoes(vista)
    vista.get_by_role("tab", name="Juntos").click()
    vista.get_by_label("O seu verso").fill("o sol sai")
    vista.get_by_label("O seu verso").press("Enter")
    vista.locator("#junto-acoes").wait_for()
    sem_violacoes(vista)
    vista.get_by_role("tab", name="Chances").click()
    vista.locator("#barras button:not([aria-disabled])").first.click()
    vista.locator("#ramo").wait_for()
    sem_violacoes(vista)
    for botao in vista.locator("#dentro button:visible").all():
        caixa = botao.bounding_box()
        assert caixa is not None
        assert caixa["height"] >= 44


def abre_com_o_teclado(pagina: Page, s: Servidor) -> None:
    pagina.goto(s.http)
    pagina.locator(".poema.pronto").first.wait_for()
    pagina.get_by_role("button", name="pausar").click()
    pagina.locator(".poema.pronto [data-dentro]").first.focus()
    pagina.keyboard.press("Enter")
    pronto(pagina)
    assert pagina.evaluate(FOCO) == "dentro-titulo"


def anda(pagina: Page, *teclas: str) -> str:
    for tecla in teclas:
        pagina.keyboard.press(tecla)
    return str(pagina.evaluate(FOCO))


def test_so_com_o_teclado_ate_um_ramo_e_de_volta(pagina: Page, no_ar: Servidor) -> None:
    abre_com_o_teclado(pagina, no_ar)
    assert anda(pagina, "Tab", "Tab") == "0"
    assert anda(pagina, "ArrowRight", "ArrowRight") == "2"
    expect(pagina.locator("#dentro-versos [aria-selected=true]")).to_be_focused()
    assert pagina.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    anda(pagina, "ArrowDown")
    assert pagina.evaluate("porDentro.leitura.token(porDentro.leitura.ids[porDentro.escolhido - 1])") == "\n"
    assert anda(pagina, "Home", "ArrowRight") == "1"
    expect(pagina.locator("#dentro-dito")).to_contain_text("%")
    for esperado in ("dentro-antes", "dentro-depois", "aba-chances"):  # o poema todo é uma parada só
        assert anda(pagina, "Tab") == esperado
    anda(pagina, "Tab")
    while pagina.evaluate("document.activeElement.matches('[aria-disabled]')"):
        anda(pagina, "Tab")
    anda(pagina, "Enter")
    pagina.locator("#ramo").wait_for()
    expect(pagina.locator("#dentro-versos [data-ponto='1']")).to_be_focused()
    pagina.get_by_role("button", name="voltar").focus()
    anda(pagina, "Enter")
    expect(pagina.locator("#ramo")).to_be_hidden()
    expect(pagina.locator("#dentro-versos [data-ponto='1']")).to_be_focused()


def test_so_com_o_teclado_de_aba_em_aba_e_para_fora(pagina: Page, no_ar: Servidor) -> None:
    queixas: list[str] = []
    pagina.on("console", lambda dito: queixas.append(dito.text) if dito.type == "error" else None)
    pagina.on("pageerror", lambda erro: queixas.append(str(erro)))
    abre_com_o_teclado(pagina, no_ar)
    assert anda(pagina, *["Tab"] * 5) == "aba-chances"
    assert anda(pagina, "ArrowRight") == "aba-surpresa"
    expect(pagina.get_by_role("tabpanel", name="Surpresa")).to_be_visible()
    anda(pagina, "ArrowRight")
    pagina.locator("#sinais button").first.wait_for()
    anda(pagina, "Tab", "Space")
    assert pagina.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    pagina.get_by_role("tab", name="Neurônio").focus()
    assert anda(pagina, "End") == "aba-junto"
    assert anda(pagina, "Tab") == "junto-verso"
    pagina.keyboard.type("o sol sai")
    anda(pagina, "Enter")
    expect(pagina.locator("#junto-versos em").first).to_contain_text("a rede")
    anda(pagina, "Escape")
    expect(pagina.get_by_role("dialog")).to_have_count(0)
    expect(pagina.locator(".poema.pronto [data-dentro]").first).to_be_focused()
    expect(pagina).to_have_url(no_ar.http)
    assert queixas == []


def test_leitor_de_tela_ouve_o_que_se_escolhe_e_o_que_se_escreve(pagina: Page, no_ar: Servidor) -> None:
    pagina.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.ditos = [];
          const anota = ({ target }) => ditos.push(target.textContent);
          const olho = new MutationObserver((avisos) => avisos.forEach(anota));
          for (const onde of document.querySelectorAll('#dentro [aria-live], #dentro [role=status]')) {
            olho.observe(onde, { childList: true });
          }
        })"""
    )
    abre(pagina, no_ar)
    pagina.locator("#dentro-versos [data-ponto='1']").click()
    assert "chance" in pagina.evaluate("ditos.at(-1)") or "certeza" in pagina.evaluate("ditos.at(-1)")
    pagina.locator("#barras button:not([aria-disabled])").first.click()
    pagina.locator("#ramo").wait_for()
    ditos = pagina.evaluate("ditos")
    assert "a rede continua dali…" in ditos
    novo = pagina.evaluate("vozDoRamo.onde.textContent")  # o último verso, ou o que faltava dele
    assert novo
    assert novo in ditos
    assert pagina.evaluate("escritaDoRamo.data").endswith(novo)
    lista = pagina.get_by_role("listbox", name="o poema, palavra por palavra")
    expect(lista.get_by_role("option", name="fim do verso").first).to_be_visible()
    expect(lista.get_by_role("option", name="fim do poema")).to_have_count(1)


def test_sem_a_rede_se_diz_e_a_pagina_segue(pagina: Page, no_ar: Servidor) -> None:
    pagina.route("**/modelo.json", lambda rota: rota.fulfill(status=404))
    pagina.goto(no_ar.http)
    pagina.locator(".poema.pronto").first.wait_for()
    botao = pagina.locator(".poema.pronto [data-dentro]").first
    botao.click()
    expect(pagina.locator("#dentro-recado")).to_have_text(
        "Não deu para abrir a rede: o modelo não veio (404)."
    )
    expect(pagina.get_by_role("tab")).to_have_count(0)
    sem_violacoes(pagina)
    pagina.keyboard.press("Escape")
    expect(botao).to_be_focused()
    antes = pagina.locator(".poema").count()
    expect(pagina.locator(".poema")).not_to_have_count(antes)  # o poema de todos segue
    pagina.unroute("**/modelo.json")
    botao.click()
    pronto(pagina)  # e, se a rede vem depois, vê-se


def test_aberta_do_disco_sem_modelo(pagina: Page) -> None:
    pagina.goto((SITIO / "index.html").as_uri() + "#dentro?texto=o+mar&semente=7")
    recado = pagina.locator("#dentro-recado")
    expect(recado).to_have_text(re.compile(r"^Não deu para abrir a rede: .+\.$"))
    expect(recado).not_to_contain_text("fetch")  # a queixa do navegador, em inglês


def test_menos_movimento_escreve_o_ramo_verso_a_verso(navegador: Browser, no_ar: Servidor) -> None:
    contexto = navegador.new_context(reduced_motion="reduce")
    pagina = contexto.new_page()
    abre(pagina, no_ar)
    assert pagina.evaluate("getComputedStyle(porDentro.pecas[0]).transitionDuration") == "0s"
    pagina.evaluate(
        """() => {
          window.passos = [];
          const olho = new MutationObserver(() => passos.push(escritaDoRamo.data));
          olho.observe(escritaDoRamo, { characterData: true });
        }"""
    )
    pagina.locator("#barras button:not([aria-disabled])").first.click()
    pagina.locator("#ramo").wait_for()
    passos = pagina.evaluate("passos")
    sabido = pagina.evaluate("ramo.ids.map((id) => porDentro.leitura.token(id)).join('')")
    assert all(passo.endswith("\n") or passo in ("", sabido) for passo in passos[:-1])
    assert passos[-1] == pagina.evaluate("escritaDoRamo.data")
    contexto.close()
