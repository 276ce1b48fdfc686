"""rede.js na página do site, com a política dela: busca o modelo e escreve o que o servidor escreve."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from apoio.modelos import semente_de_poema_longo
from apoio.servidor import poema_proprio, servidor
from conftest import SITIO

ESCREVE = """async (pedido) => {
  const escrita = new Poeta.Escrita(await Poeta.busca(), pedido);
  escrita.avanca();
  return escrita.texto;
}"""


@pytest.mark.parametrize("qual", ["pasta_modelo", "pasta_silabas"])
def test_o_navegador_escreve_o_que_o_servidor_escreve(
    pagina: Page, qual: str, request: pytest.FixtureRequest
) -> None:
    pasta: Path = request.getfixturevalue(qual)
    semente = semente_de_poema_longo(pasta, "o s", 0.7)
    pedido = {"inicio": "o s", "temperatura": 0.7, "semente": semente}
    queixas: list[str] = []
    pagina.on("console", lambda dito: queixas.append(dito.text) if dito.type == "error" else None)
    with servidor(pasta, "--ritmo", 5000) as s:
        pagina.goto(s.http)
        escrito = pagina.evaluate(ESCREVE, pedido)
        assert escrito == poema_proprio(s, pedido)
    assert len(escrito) >= 150
    assert queixas == []


def test_sem_o_modelo_a_busca_diz_o_que_houve(pagina: Page, pasta_modelo: Path) -> None:
    with servidor(pasta_modelo) as s:
        pagina.goto(s.http)
        for endereco, motivo in (("nada.json", "o modelo não veio (404)"), ("saude", "o modelo não veio")):
            dito = pagina.evaluate("(e) => Poeta.busca(e).catch((erro) => erro.message)", endereco)
            assert dito.startswith(motivo)


def test_rede_js_se_carrega_tambem_do_disco(pagina: Page) -> None:
    pagina.goto((SITIO / "index.html").as_uri())
    assert pagina.evaluate("typeof Poeta.Escrita") == "function"
