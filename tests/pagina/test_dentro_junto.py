"""Escrever junto: o verso da rede é o que ela escreveria a quem leu o que se escreveu."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from apoio.dentro import Rede, abre, ids, pronto
from apoio.servidor import Servidor, servidor


@pytest.fixture(scope="module", params=["pasta_modelo", "pasta_silabas", "pasta_palavras"])
def casa(request: pytest.FixtureRequest) -> Iterator[tuple[Servidor, Rede]]:
    pasta: Path = request.getfixturevalue(request.param)
    with servidor(pasta, "--ritmo", 5000, "--rascunhos", 1) as s:
        yield s, Rede(pasta)


def manda(pagina: Page, verso: str) -> None:
    pagina.get_by_label("O seu verso").fill(verso)
    pagina.get_by_label("O seu verso").press("Enter")
    if verso:
        expect(pagina.locator("#junto-recado")).to_have_text(re.compile(r"sua vez\.$|mais um verso\.$"))


def verso_do_python(rede: Rede, texto: str, semente: int, temperatura: float) -> str:
    """O que se escreve depois do texto, até virar o verso."""
    impostos, novo = rede.vocabulario.codifica(texto), ""
    for n, i in enumerate(rede.escreve(semente, temperatura, impostos)):
        if n >= len(impostos) and i != rede.vocabulario.id_separador:
            novo += rede.vocabulario.tokens[i]
        if novo.strip() and novo.endswith("\n"):
            break
    return ("\n" if novo.startswith("\n") else "") + novo.strip()


def test_um_verso_de_cada_vez(pagina: Page, navegador: Browser, casa: tuple[Servidor, Rede]) -> None:
    s, rede = casa
    abre(pagina, s)
    pagina.get_by_role("tab", name="Juntos").click()
    expect(pagina.locator("#dentro-poema")).to_be_hidden()
    pagina.locator("#junto-temperatura").fill("0.9")
    esperado = ""
    for verso in ("o sol sai", "a lua cai"):
        esperado += ("\n" if esperado else "") + verso
        manda(pagina, verso)
        campos = parse_qs(urlsplit(pagina.url).fragment.removeprefix("junto?"))
        resposta = verso_do_python(rede, esperado + "\n", int(campos["semente"][0]), 0.9)
        esperado += f"\n{resposta}" if resposta else ""
        assert campos["texto"] == [esperado]
        assert pagina.evaluate("textoJunto()") == esperado
    expect(pagina.locator("#junto-versos em").last).to_contain_text("a rede: ")
    expect(pagina.locator("#junto-versos span:not(.so-leitor)").first).to_contain_text("você: o sol sai")

    pagina.locator("#junto-acoes").get_by_role("button", name="copiar").click()
    expect(pagina.locator("#junto-acoes").get_by_role("button", name="copiado")).to_be_visible()
    assert pagina.evaluate("navigator.clipboard.readText()") == esperado

    outra = navegador.new_page()
    outra.goto(pagina.url)
    pronto(outra)
    expect(outra.get_by_role("tab", name="Juntos")).to_have_attribute("aria-selected", "true")
    assert outra.locator("#junto-versos").inner_html() == pagina.locator("#junto-versos").inner_html()
    outra.close()

    pagina.get_by_role("button", name="ver por dentro").last.click()
    expect(pagina.get_by_role("tab", name="Chances")).to_have_attribute("aria-selected", "true")
    assert rede.texto(ids(pagina)) == esperado


def test_o_que_a_rede_nao_conhece_se_diz_e_nada_nao_se_manda(
    pagina: Page, casa: tuple[Servidor, Rede]
) -> None:
    s, _ = casa
    abre(pagina, s)
    pagina.get_by_role("tab", name="Juntos").click()
    manda(pagina, "")
    expect(pagina.locator("#junto-recado")).to_contain_text("Escreva um verso")
    expect(pagina.locator("#junto-versos")).to_have_text("")
    manda(pagina, "O SÓL ☾")
    expect(pagina.locator("#junto-recado")).to_contain_text("“☾” ficou de fora")
    expect(pagina.locator("#junto-versos")).to_contain_text("o sol")
    pagina.get_by_role("button", name="começar outro").click()
    expect(pagina.locator("#junto-versos")).to_have_text("")
    expect(pagina.get_by_label("O seu verso")).to_be_focused()
    expect(pagina).to_have_url(pagina.evaluate("linkDe(pedido)"))
