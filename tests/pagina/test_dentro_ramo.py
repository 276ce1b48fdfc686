"""E se tivesse saído outra letra? O ramo é o que o Python escreve, e o link dele o refaz."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from apoio.dentro import Rede, abre, ids, pronto
from apoio.servidor import Servidor, servidor

SEMENTE = 9


@pytest.fixture(scope="module", params=["pasta_modelo", "pasta_silabas", "pasta_palavras"])
def casa(request: pytest.FixtureRequest) -> Iterator[tuple[Servidor, Rede]]:
    pasta: Path = request.getfixturevalue(request.param)
    with servidor(pasta, "--ritmo", 5000, "--rascunhos", 1) as s:
        yield s, Rede(pasta)


def ramifica(pagina: Page, ponto: int) -> list[int]:
    """Escolhe a maior barra que não saiu; devolve os tokens impostos."""
    antes = ids(pagina)[:ponto]
    pagina.locator(f"#dentro-versos [data-ponto='{ponto}']").click()
    outra = pagina.locator("#barras button:not([aria-disabled])").first
    escolhida = int(outra.get_attribute("data-id") or "")
    outra.click()
    pronto(pagina)
    expect(pagina.locator("#ramo")).to_be_visible()
    return [*antes, escolhida]


def escrito(rede: Rede, impostos: list[int], temperatura: float = 0.7) -> list[int]:
    tokens = list(rede.escreve(SEMENTE, temperatura, impostos))
    return tokens[:-1] if tokens[-1] == rede.vocabulario.id_separador else tokens


def test_o_ramo_e_o_do_python_e_o_link_o_refaz(
    pagina: Page, navegador: Browser, casa: tuple[Servidor, Rede]
) -> None:
    s, rede = casa
    texto = abre(pagina, s, SEMENTE)
    original = ids(pagina)
    assert rede.texto(original) == texto
    impostos = ramifica(pagina, 4)
    assert ids(pagina) == escrito(rede, impostos) != original
    expect(pagina.locator("#dentro-versos [aria-selected=true]")).to_be_focused()
    expect(pagina.locator(".trocada")).to_have_attribute("data-ponto", "4")
    link = pagina.locator("#ramo-link").get_attribute("href")
    assert link == pagina.url

    do_ramo = ramifica(pagina, 8)  # um ramo do ramo
    assert ids(pagina) == escrito(rede, do_ramo)
    outra = navegador.new_page()
    outra.goto(pagina.url)
    pronto(outra)
    assert ids(outra) == ids(pagina)
    expect(outra.get_by_role("button", name="voltar")).to_be_hidden()
    outra.close()

    pagina.get_by_role("button", name="voltar").click()
    assert ids(pagina) == escrito(rede, impostos)
    expect(pagina).to_have_url(link or "")
    pagina.get_by_role("button", name="voltar").click()
    assert ids(pagina) == original
    expect(pagina.locator("#ramo")).to_be_hidden()
    expect(pagina).to_have_url(pagina.evaluate("linkDe(pedido)"))
    pagina.locator("#dentro-fechar").click()
    expect(pagina.locator("#meu").get_by_role("button", name="ver por dentro")).to_be_focused()


def test_a_temperatura_e_a_da_barra_e_o_fim_tambem_se_troca(
    pagina: Page, casa: tuple[Servidor, Rede]
) -> None:
    s, rede = casa
    abre(pagina, s, SEMENTE)
    pagina.locator("#dentro-temperatura").fill("1.4")
    impostos = ramifica(pagina, len(ids(pagina)))
    assert ids(pagina) == escrito(rede, impostos, 1.4)
    assert parse_qs(urlsplit(pagina.url).fragment.removeprefix("dentro?"))["temperatura"] == ["1.4"]


def test_compartilhar_o_ramo(pagina: Page, casa: tuple[Servidor, Rede]) -> None:
    s, rede = casa
    abre(pagina, s, SEMENTE)
    ramifica(pagina, 3)
    pagina.locator("#ramo").get_by_role("button", name="compartilhar").click()
    expect(pagina.locator("#ramo").get_by_role("button", name="copiado com o link")).to_be_visible()
    copiado = pagina.evaluate("navigator.clipboard.readText()")
    assert copiado == f"{rede.texto(ids(pagina)).strip()}\n\n{pagina.url}"


def test_tokens_que_o_texto_nao_daria_vao_no_link(pagina: Page, casa: tuple[Servidor, Rede]) -> None:
    """Duas peças que juntas fazem outra: o texto se cortaria de outro modo."""
    s, rede = casa
    pagina.goto(s.http)
    tokens = rede.vocabulario.tokens
    letras = [tokens.index(letra) for letra in "o sol"]
    link = pagina.evaluate(
        "async (ids) => linkDoRamo(await oModelo(), { semente: 9, temperatura: 0.7, ids })", letras
    )
    assert ("&ids=" in link) == (rede.vocabulario.tipo != "caractere")
    pagina.goto("about:blank")
    pagina.goto(link)
    pronto(pagina)
    assert ids(pagina) == escrito(rede, letras)


@pytest.mark.parametrize("qual", ["outro modelo", "mexido"])
def test_link_que_nao_serve_nao_estraga_nada(pagina: Page, casa: tuple[Servidor, Rede], qual: str) -> None:
    s, rede = casa
    selo = rede.treinado.ficha["sha256"]["pagina.bin"][:8]  # a do arquivo, que não é a dos pesos
    campos = {"semente": "x", "temperatura": "9", "modelo": selo, "texto": "o sol\n"}
    if qual == "mexido":
        pagina.goto(s.http)
        campos["modelo"] = pagina.evaluate("oModelo().then(seloDe)")
        campos |= {"ids": "1.2.999999", "texto": "<b>☾ o sol"}
    pagina.goto("about:blank")
    pagina.goto(f"{s.http}#dentro?{urlencode(campos)}")
    pronto(pagina)
    if qual == "mexido":
        conhecido, _ = rede.vocabulario.aproveita(campos["texto"])
        assert pagina.evaluate("porDentro.leitura.texto").startswith(conhecido)
        expect(pagina.locator("#ramo")).to_be_visible()
    else:
        expect(pagina.locator("#dentro-recado")).to_contain_text("é de outra rede")
        assert pagina.evaluate("porDentro.leitura.texto").strip() == "o sol"
        expect(pagina.locator("#ramo")).to_be_hidden()
