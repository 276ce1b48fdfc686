"""«Faça o seu», num Chromium de verdade com o servidor de verdade."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import connect

from apoio.servidor import Servidor, metricas, poema_proprio, servidor
from conftest import SITIO, espera_que, sem_modelo

LINK = {"inicio": "a lua", "temperatura": "0.7", "semente": "41"}


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 100) as s:
        yield s


def abre(pagina: Page, s: Servidor, pedido: dict[str, str] | None = None) -> None:
    pagina.goto(s.http + (f"#meu?{urlencode(pedido)}" if pedido else ""))
    if not pedido:
        pagina.get_by_role("button", name="faça o seu").click()
        expect(pagina.get_by_label("Comece o poema")).to_be_focused()


def espera_pronto(pagina: Page) -> str:
    pagina.locator("#meu[data-fase=pronto]").wait_for()
    return pagina.locator("#meus-versos").text_content() or ""


def fragmento(url: str) -> dict[str, str]:
    campos = parse_qs(urlsplit(url).fragment.removeprefix("meu?"), keep_blank_values=True)
    return {nome: valor for nome, (valor,) in campos.items()}


def test_faz_um_poema_e_o_link_o_refaz(pagina: Page, navegador: Browser, no_ar: Servidor) -> None:
    abre(pagina, no_ar)
    pagina.get_by_label("Comece o poema").fill("o sol")
    pagina.get_by_role("slider", name="Temperatura").fill("1.2")
    expect(pagina.locator("#graus")).to_have_text("1,2, com ousadia")
    pagina.get_by_role("button", name="escrever").click()
    expect(pagina.locator("#meus-versos")).to_contain_text("o sol")
    texto = espera_pronto(pagina)
    pedido = fragmento(pagina.url)
    assert {**pedido, "semente": ""} == {"inicio": "o sol", "temperatura": "1.2", "semente": ""}
    assert texto == poema_proprio(no_ar, pedido)
    pagina.locator("#meu").get_by_role("button", name="compartilhar").click()
    expect(pagina.locator("#meu").get_by_role("button", name="copiado com o link")).to_be_visible()
    copiado = pagina.evaluate("navigator.clipboard.readText()")
    assert copiado == f"{texto}\n\n{pagina.url}"

    outra = navegador.new_page()
    outra.goto(copiado.splitlines()[-1])
    assert espera_pronto(outra) == texto
    outra.close()


def test_dois_pedidos_iguais_tem_sementes_diferentes(pagina: Page, no_ar: Servidor) -> None:
    abre(pagina, no_ar)
    sementes = set()
    for _ in range(2):
        pagina.get_by_role("button", name="escrever").click()
        espera_pronto(pagina)
        sementes.add(fragmento(pagina.url)["semente"])
        pagina.get_by_role("button", name="fazer outro").click()
    assert len(sementes) == 2


def test_link_com_a_pagina_ja_aberta_e_copia(pagina: Page, no_ar: Servidor) -> None:
    pagina.goto(no_ar.http)
    pagina.evaluate("(link) => { location.hash = link; }", f"meu?{urlencode(LINK)}")
    texto = espera_pronto(pagina)
    assert texto == poema_proprio(no_ar, LINK)
    pagina.locator("#meu").get_by_role("button", name="copiar").click()
    expect(pagina.locator("#meu").get_by_role("button", name="copiado", exact=True)).to_be_visible()
    assert pagina.evaluate("navigator.clipboard.readText()") == texto
    pagina.get_by_role("link", name="este link").click()
    expect(pagina.locator("#meu")).to_have_attribute("data-fase", "escrevendo")
    assert espera_pronto(pagina) == texto


def test_caractere_desconhecido_volta_ao_formulario_com_o_motivo(pagina: Page, no_ar: Servidor) -> None:
    abre(pagina, no_ar)
    comeco = pagina.get_by_label("Comece o poema")
    comeco.fill("lua ☾")
    comeco.press("Enter")
    expect(pagina.get_by_role("alert")).to_have_text("não conheço estes caracteres: ☾")
    expect(comeco).to_be_focused()
    expect(comeco).to_have_value("lua ☾")
    expect(comeco).to_have_attribute("aria-invalid", "true")
    comeco.fill("a lua")
    comeco.press("Enter")
    assert espera_pronto(pagina).startswith("a lua")
    expect(comeco).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize(
    ("pedido", "motivo"),
    [
        ({**LINK, "temperatura": "quente"}, "a temperatura precisa ser um número de 0 a 2"),
        ({**LINK, "semente": "-1"}, "a semente precisa ser"),
        ({**LINK, "rascunhos": "muitos"}, "os rascunhos precisam ser um inteiro de 1 a 16"),
        ({**LINK, "inicio": "<img src=x onerror=alert(1)>"}, "não conheço estes caracteres"),
    ],
)
def test_link_estragado_diz_o_que_ha(
    pagina: Page, no_ar: Servidor, pedido: dict[str, str], motivo: str
) -> None:
    abre(pagina, no_ar, pedido)
    expect(pagina.get_by_role("alert")).to_contain_text(motivo)
    expect(pagina.get_by_role("button", name="escrever")).to_be_visible()


def test_sem_o_modelo_o_limite_do_comeco_e_o_do_servidor(pagina: Page, no_ar: Servidor) -> None:
    sem_modelo(pagina)
    abre(pagina, no_ar, {**LINK, "inicio": "o mar " * 5000})
    expect(pagina.get_by_role("alert")).to_contain_text("o começo pode ter até 60 caracteres")
    expect(pagina.get_by_label("Comece o poema")).to_have_attribute("maxlength", "60")


def test_lotado_pede_para_tentar_de_novo_e_guarda_o_poema(pagina: Page, pasta_modelo: Path) -> None:
    sem_modelo(pagina)
    with servidor(pasta_modelo, "--ritmo", 5, "--proprios", 1) as s:
        with connect(s.ws + "meu") as ocupa:
            ocupa.recv()
            abre(pagina, s, LINK)
            expect(pagina.get_by_role("alert")).to_contain_text("tente de novo daqui a pouco")
            expect(pagina.get_by_role("button", name="escrever")).to_be_focused()
        while metricas(s)["poema_proprios"]:
            pagina.wait_for_timeout(50)
        pagina.get_by_role("button", name="escrever").click()
        expect(pagina.locator("#meus-versos")).not_to_have_text("")
        assert fragmento(pagina.url) == LINK  # a mesma semente: ainda é o poema do link


def test_queda_no_meio_recomeca_o_mesmo_poema(pagina: Page, pasta_modelo: Path) -> None:
    sem_modelo(pagina)
    with servidor(pasta_modelo, "--ritmo", 40) as s:
        esperado = poema_proprio(s, LINK)
        abre(pagina, s, LINK)
        espera_que(pagina, "meusVersos.length >= 6")
        porta = s.porta
        s.encerra(signal.SIGKILL)
        expect(pagina.locator("#meu-estado")).to_contain_text("a conexão caiu")
        assert esperado.startswith(pagina.locator("#meus-versos").text_content() or "?")
    with servidor(pasta_modelo, "--ritmo", 200, porta=porta):
        assert espera_pronto(pagina) == esperado


def test_sem_servidor_desiste_e_diz(pagina: Page) -> None:
    pagina.add_init_script("Math.random = () => 0; setTimeout = ((f) => (g, t) => f(g, t / 50))(setTimeout)")
    pagina.goto((SITIO / "index.html").as_uri() + f"#meu?{urlencode(LINK)}")
    expect(pagina.get_by_role("alert")).to_contain_text("o servidor não respondeu")


def test_teclado_do_comeco_ao_fim(pagina: Page, no_ar: Servidor) -> None:
    pagina.goto(no_ar.http)
    ordem = []
    for _ in range(2):
        pagina.keyboard.press("Tab")
        ordem.append(pagina.evaluate("document.activeElement.id"))
    assert ordem == ["pausar", "fazer"]
    assert pagina.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    pagina.keyboard.press("Enter")
    pagina.keyboard.type("o mar")
    pagina.keyboard.press("Tab")
    pagina.keyboard.press("ArrowRight")
    expect(pagina.get_by_role("slider", name="Temperatura")).to_have_attribute(
        "aria-valuetext", "0,6, na medida"
    )
    pagina.keyboard.press("Tab")
    pagina.keyboard.press("Space")
    expect(pagina.get_by_role("checkbox", name="o melhor de 16 rascunhos")).to_be_checked()
    pagina.keyboard.press("Tab")
    pagina.keyboard.press("Enter")
    expect(pagina.get_by_role("heading", name="O seu poema")).to_be_focused()
    espera_pronto(pagina)
    pagina.keyboard.press("Escape")
    expect(pagina.get_by_role("dialog")).to_have_count(0)
    expect(pagina.locator("#fazer")).to_be_focused()
    expect(pagina).to_have_url(no_ar.http)  # o "close" do diálogo vem depois de ele sumir


def test_fechar_no_meio_larga_o_poema(pagina: Page, pasta_modelo: Path) -> None:
    sem_modelo(pagina)
    with servidor(pasta_modelo, "--ritmo", 5) as s:
        abre(pagina, s, LINK)
        expect(pagina.locator("#meus-versos")).not_to_have_text("")
        pagina.get_by_role("button", name="fechar").click()
        while metricas(s)["poema_proprios"]:
            pagina.wait_for_timeout(50)
        pagina.get_by_role("button", name="faça o seu").click()
        expect(pagina.get_by_label("Comece o poema")).to_have_value("a lua")
        expect(pagina.locator("#meus-versos")).to_be_hidden()


def test_leitor_de_tela_ouve_verso_a_verso(pagina: Page, no_ar: Servidor) -> None:
    pagina.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.ditos = [];
          const onde = document.querySelector('#meu-anuncio');
          new MutationObserver(() => ditos.push(onde.textContent)).observe(onde, { childList: true });
        })"""
    )
    abre(pagina, no_ar, LINK)
    texto = espera_pronto(pagina)
    espera_que(pagina, "(fim) => ditos.at(-1) === fim", texto.split("\n")[-1])
    ditos = [dito for dito in pagina.evaluate("ditos") if dito]
    assert re.sub(r"\n+", "\n", "\n".join(ditos)) == re.sub(r"\n+", "\n", texto)
    assert len(ditos) > 1
