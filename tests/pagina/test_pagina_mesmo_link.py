"""O mesmo link, o mesmo poema: escrito na página, pelo servidor e no terminal."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from apoio.modelos import semente_de_poema_longo
from apoio.rascunhos import do_terminal
from apoio.servidor import poema_proprio, servidor
from conftest import Roda, espera_que


def pronto(pagina: Page) -> str:
    pagina.locator("#meu[data-fase=pronto]").wait_for()
    return pagina.locator("#meus-versos").text_content() or ""


@pytest.mark.parametrize("qual", ["pasta_modelo", "pasta_palavras"])
def test_na_pagina_no_servidor_e_no_terminal(
    pagina: Page, qual: str, roda: Roda, request: pytest.FixtureRequest
) -> None:
    modelo: Path = request.getfixturevalue(qual)
    sockets: list[str] = []
    pagina.on("websocket", lambda ws: sockets.append(ws.url))
    longa = semente_de_poema_longo(modelo, "o s", 0.7)
    with servidor(modelo, "--ritmo", 5000) as s:
        pagina.goto(s.http)
        pagina.evaluate("ritmo.value = 60")
        for inicio, graus, semente in (("o s", "0,7", longa), ("  A Lua—", "1", 9), ("", "0,4", 2**53 - 1)):
            pedido = {"inicio": inicio, "temperatura": graus, "semente": str(semente)}
            pagina.goto(f"{s.http}#meu?{urlencode(pedido)}")
            texto = pronto(pagina)
            assert texto == poema_proprio(s, pedido)
            assert texto == do_terminal(roda, modelo, (1, graus, inicio, semente))
            pagina.get_by_role("button", name="fechar").click()
    assert not [url for url in sockets if "/ws/meu" in url]  # nenhum peso no servidor


def test_um_comeco_sem_tamanho_e_lido_aos_poucos(pagina: Page, pasta_palavras: Path) -> None:
    comeco = "o sol sai\na lua cai\n" * 500
    with servidor(pasta_palavras, "--ritmo", 100) as s:
        pagina.goto(s.http)
        pagina.evaluate(
            """() => {
              const avanca = Poeta.Escrita.prototype.avanca;
              window.fatias = [];
              Poeta.Escrita.prototype.avanca = function (quanto) {
                if (this.poema.maximo > 1000) fatias.push(quanto.prazo);
                return avanca.call(this, quanto);
              };
            }"""
        )
        pedido = {"inicio": comeco, "temperatura": "0.5", "semente": "3"}
        pagina.goto(f"{s.http}#meu?{urlencode(pedido)}")
        texto = pronto(pagina)
        assert texto.startswith(comeco)
        assert len(texto) > len(comeco)
        fatias = pagina.evaluate("fatias")
        assert len(fatias) > 2
        assert set(fatias) == {8}
        pagina.get_by_role("button", name="fazer outro").click()
        assert pagina.get_by_label("Comece o poema").get_attribute("maxlength") is None


def test_um_modelo_que_nao_serve_deixa_o_poema_ao_servidor(pagina: Page, pasta_modelo: Path) -> None:
    pagina.route("**/modelo/*.bin", lambda rota: rota.fulfill(body=b"nada"))
    pedido = {"inicio": "a lua", "temperatura": "0.7", "semente": "41"}
    with servidor(pasta_modelo, "--ritmo", 100) as s:
        pagina.goto(f"{s.http}#meu?{urlencode(pedido)}")
        assert pronto(pagina) == poema_proprio(s, pedido)
        assert pagina.evaluate("modeloPronto") is None
        expect(pagina.locator("#estado")).to_have_text("ao vivo")


def test_um_modelo_que_muda_entre_duas_visitas(
    pagina: Page, pasta_modelo: Path, pasta_palavras: Path
) -> None:
    """O navegador guarda o arquivo para sempre, e o nome dele se pergunta a cada visita."""
    pedido = {"inicio": "o s", "temperatura": "0.7", "semente": "5"}
    lidos: list[str] = []
    porta = 0
    for modelo in (pasta_modelo, pasta_palavras):
        with servidor(modelo, "--ritmo", 5000, porta=porta) as s:
            porta = s.porta
            pagina.goto(f"{s.http}?visita={len(lidos)}#meu?{urlencode(pedido)}")
            lidos.append(pronto(pagina))
            assert pagina.evaluate("modeloPronto !== null")
            assert lidos[-1] == poema_proprio(s, pedido)
    assert lidos[0] != lidos[1]


def test_um_modelo_que_tarda_tambem(pagina: Page, pasta_modelo: Path) -> None:
    pagina.route("**/modelo.json", lambda _: None)  # nunca responde
    with servidor(pasta_modelo, "--ritmo", 100) as s:
        with pagina.expect_websocket(lambda ws: "/ws/meu?" in ws.url):
            pagina.goto(f"{s.http}#meu?inicio=a+lua&semente=41")
        pronto(pagina)


def test_a_queda_no_meio_de_um_poema_proprio_se_acaba_aqui(pagina: Page, pasta_modelo: Path) -> None:
    pagina.add_init_script("Math.random = () => -0.45")
    semente = semente_de_poema_longo(pasta_modelo, "a lua", 0.7)
    pedido = {"inicio": "a lua", "temperatura": "0.7", "semente": str(semente)}
    with servidor(pasta_modelo, "--ritmo", 5000) as s:
        esperado = poema_proprio(s, pedido)
    with servidor(pasta_modelo, "--ritmo", 10) as s:
        espera: list[object] = []
        pagina.route("**/modelo.json", lambda rota: espera.append(rota.fetch()) or espera.append(rota))
        with pagina.expect_websocket(lambda ws: "/ws/meu?" in ws.url):
            pagina.goto(f"{s.http}#meu?{urlencode(pedido)}")
        espera_que(pagina, "meusVersos.length > 8")
        resposta, rota = espera[:2]
        rota.fulfill(response=resposta)  # type: ignore[attr-defined]
        espera_que(pagina, "modeloPronto !== null")
        s.processo.kill()
        assert pronto(pagina) == esperado
