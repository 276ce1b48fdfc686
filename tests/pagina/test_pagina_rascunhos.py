"""A caixa «o melhor de 16 rascunhos», num Chromium de verdade com o servidor de verdade."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from apoio.rascunhos import abre, do_terminal, trancado
from apoio.servidor import Servidor, servidor
from conftest import Roda

LINK = {"inicio": "a lua", "temperatura": "0.7", "semente": "41"}


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 200) as s:
        yield s


def caixa(pagina: Page) -> Locator:
    return pagina.get_by_role("checkbox")


def espera_pronto(pagina: Page) -> str:
    pagina.locator("#meu[data-fase=pronto]").wait_for()
    return pagina.locator("#meus-versos").text_content() or ""


def fragmento(pagina: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(pagina.url).fragment.removeprefix("meu?"), keep_blank_values=True))


def test_marcada_pede_rascunhos_e_o_link_os_leva(
    pagina: Page, no_ar: Servidor, pasta_modelo: Path, roda: Roda
) -> None:
    pagina.goto(no_ar.http)
    pagina.get_by_role("button", name="faça o seu").click()
    expect(caixa(pagina)).not_to_be_checked()
    pagina.get_by_label("o melhor de 16 rascunhos").check()
    pagina.get_by_label("Comece o poema").fill("o sol")
    pagina.get_by_role("button", name="escrever").click()
    texto, pedido = espera_pronto(pagina), fragmento(pagina)
    assert pedido["rascunhos"] == "16"
    graus = pedido["temperatura"].replace(".", ",")
    assert texto == do_terminal(roda, pasta_modelo, (16, graus, "o sol", int(pedido["semente"])))
    pagina.reload()
    assert espera_pronto(pagina) == texto
    pagina.get_by_role("button", name="fazer outro").click()
    expect(caixa(pagina)).to_be_checked()
    caixa(pagina).uncheck()
    pagina.get_by_role("button", name="escrever").click()
    espera_pronto(pagina)
    assert "rascunhos" not in fragmento(pagina)


def test_o_link_traz_outro_numero(pagina: Page, no_ar: Servidor, pasta_modelo: Path, roda: Roda) -> None:
    pagina.goto(f"{no_ar.http}#meu?{urlencode({**LINK, 'rascunhos': '3'})}")
    assert espera_pronto(pagina) == do_terminal(roda, pasta_modelo, (3, "0,7", "a lua", 41))
    pagina.get_by_role("button", name="fazer outro").click()
    expect(pagina.get_by_label("o melhor de 3 rascunhos")).to_be_checked()
    pagina.goto(f"{no_ar.http}#meu?{urlencode({**LINK, 'rascunhos': '1'})}")
    espera_pronto(pagina)
    pagina.get_by_role("button", name="fazer outro").click()
    expect(caixa(pagina)).not_to_be_checked()


def test_diz_que_se_escrevem_rascunhos(pagina: Page, pasta_modelo: Path, tmp_path: Path) -> None:
    with trancado(tmp_path / "porta", pasta_modelo, "--ritmo", 20) as s:
        pagina.goto(f"{s.http}#meu?{urlencode({**LINK, 'rascunhos': '16'})}")
        dito = pagina.locator("#meu").get_by_role("status")
        expect(dito).to_have_text("escrevendo rascunhos…")
        expect(pagina.locator("#meus-versos")).to_have_text("")
        abre(tmp_path / "porta")
        expect(dito).to_have_text("a rede está escrevendo…")
        espera_pronto(pagina)


@pytest.mark.parametrize(("maximo", "motivo"), [(1, "aqui não se escrevem rascunhos"), (8, "de 1 a 8")])
def test_servidor_que_nao_os_escreve_diz_e_o_poema_sai_sem_eles(
    pagina: Page, pasta_modelo: Path, maximo: int, motivo: str
) -> None:
    with servidor(pasta_modelo, "--ritmo", 200, "--rascunhos-proprios", maximo) as s:
        pagina.goto(f"{s.http}#meu?{urlencode({**LINK, 'rascunhos': '20'})}")
        expect(pagina.get_by_role("alert")).to_contain_text(motivo)
        expect(caixa(pagina)).to_be_focused()
        expect(caixa(pagina)).to_have_attribute("aria-invalid", "true")
        expect(caixa(pagina)).to_have_accessible_description(re.compile(motivo))
        expect(pagina.get_by_label("o melhor de 16 rascunhos")).to_be_checked()
        pagina.keyboard.press("Space")
        pagina.keyboard.press("Enter")
        espera_pronto(pagina)
        assert fragmento(pagina) == LINK  # a mesma semente, sem rascunhos
        expect(pagina.locator("#rascunhos")).to_have_attribute("aria-invalid", "false")
