"""O servidor falta, e a página escreve sozinha: o poema acaba nela, e o dele se retoma entre dois poemas."""

import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apoio.servidor import servidor
from apoio.sitio import parado, pasta_parada
from conftest import PRAZO_DA_PAGINA, espera_que, sem_modelo

# As voltas do canal, em décimos de segundo em vez de segundos.
DEPRESSA = "Math.random = () => -0.45"
SINAL = "sem servidor: escrito aqui"


def poemas(pagina: Page) -> list[str]:
    return pagina.locator(".poema .versos").all_text_contents()


# Quem lê pausa assim que a página escreve a primeira letra sua, e o poema não acaba antes disso.
PAUSA_NA_PRIMEIRA = """(() => {
  const enfileirar = pena.enfileirar.bind(pena);
  pena.enfileirar = (texto) => {
    enfileirar(texto);
    if (escreveAqui && texto.trim()) {
      pena.enfileirar = enfileirar;
      um('#pausar').click();
    }
  };
})()"""


def test_o_poema_acaba_aqui_e_o_do_servidor_volta_entre_dois(pagina: Page, pasta_modelo: Path) -> None:
    pagina.add_init_script(DEPRESSA)
    with servidor(pasta_modelo, "--ritmo", 1) as s:
        pagina.goto(s.http)
        espera_que(pagina, "oModelo().then(() => true)")
        pagina.evaluate(PAUSA_NA_PRIMEIRA)
        espera_que(pagina, "versos.length >= 5 && !concluido")
        porta, quantos = s.porta, len(poemas(pagina))
        s.encerra(signal.SIGKILL)
    espera_que(pagina, "situacao === 'aqui' && pena.parada")
    expect(pagina.locator("footer")).to_have_text(
        "A rede sorteia um pedaço de cada vez, aqui mesmo, no seu navegador.", use_inner_text=True
    )
    expect(pagina.locator(".controles")).to_be_hidden()  # o servidor há de voltar
    do_servidor = poemas(pagina)
    assert len(do_servidor) == quantos
    with servidor(pasta_modelo, "--ritmo", 1, porta=porta):
        espera_que(pagina, "doServidor")
        assert poemas(pagina) == do_servidor
        expect(pagina.locator("#estado")).to_have_text("em pausa")
        assert pagina.evaluate("um('#pausar').click(), estado.textContent") == SINAL  # acaba onde começou
        expect(pagina.locator("#estado")).to_have_text("ao vivo")
        expect(pagina.locator("footer")).to_contain_text("todos aqui leem o mesmo poema")
        expect(pagina.locator(".poema")).to_have_count(quantos + 1)
        daqui, _ = poemas(pagina)[-2:]
        assert daqui.startswith(do_servidor[-1])
        assert len(daqui) > len(do_servidor[-1])
        expect(pagina.locator(".poema").nth(quantos - 1)).to_have_class("poema pronto")
        espera_que(pagina, "versos.length > 0")


def test_entre_dois_poemas_o_servidor_se_retoma_logo(pagina: Page, pasta_modelo: Path) -> None:
    pagina.add_init_script(DEPRESSA)
    with servidor(pasta_modelo, "--ritmo", 30) as s:
        pagina.goto(s.http)
        espera_que(pagina, "oModelo().then(() => versos.length > 0)")
        porta = s.porta
        s.encerra(signal.SIGKILL)
    expect(pagina.locator("#estado")).to_have_text(SINAL)
    # A pausa entre dois, parada: o próximo daqui não começa.
    espera_que(pagina, "!daqui && (clearTimeout(relogioDaqui), true)")
    quantos = pagina.evaluate("pena.escoar(), poemas.childElementCount")
    with servidor(pasta_modelo, "--ritmo", 1, porta=porta):
        expect(pagina.locator("#estado")).to_have_text("ao vivo")
        expect(pagina.locator(".poema")).to_have_count(quantos + 1)


def test_sem_o_modelo_espera_como_sempre_esperou(pagina: Page, pasta_modelo: Path) -> None:
    pagina.add_init_script(DEPRESSA)
    sem_modelo(pagina)
    with servidor(pasta_modelo, "--ritmo", 30) as s:
        pagina.goto(s.http)
        espera_que(pagina, "versos.length > 0")
        porta = s.porta
        with pagina.expect_request("**/modelo.json"):
            s.encerra(signal.SIGKILL)
        expect(pagina.locator("#estado")).to_have_attribute("data-estado", "sem-conexao")
    with servidor(pasta_modelo, porta=porta):
        expect(pagina.locator("#estado")).to_have_text("ao vivo")
    assert pagina.evaluate("escreveAqui") is False


def test_o_modelo_vem_no_ocio_depois_de_um_poema(pagina: Page, pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--ritmo", 20) as s:
        pagina.goto(s.http)
        espera_que(pagina, "versos.length >= 5")
        assert pagina.evaluate("modeloPedido !== null && !poemas.querySelector('.pronto')") is False
        espera_que(pagina, "modeloPronto?.tokens.length > 0")
        assert pagina.locator(".poema.pronto").count() > 0


def test_a_quem_paga_caro_nao_se_pede_o_modelo(pagina: Page, pasta_modelo: Path) -> None:
    pedidos: list[str] = []
    sockets: list[str] = []
    pagina.on("request", lambda pedido: pedidos.append(pedido.url))
    pagina.on("websocket", lambda ws: sockets.append(ws.url))
    pagina.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { saveData: true, effectiveType: '4g' } })"
    )
    with servidor(pasta_modelo, "--ritmo", 100) as s:
        pagina.goto(s.http)
        pagina.locator(".poema.pronto").nth(1).wait_for()
        pagina.goto(f"{s.http}#meu?inicio=o+sol&semente=3")
        pagina.locator("#meu[data-fase=pronto]").wait_for()
    assert not [url for url in pedidos if "modelo.json" in url or "/modelo/" in url]
    assert any("/ws/meu?" in url for url in sockets)


def test_um_servidor_que_nunca_responde_e_como_nenhum(
    pagina: Page, pasta_modelo: Path, tmp_path: Path
) -> None:
    pagina.add_init_script(DEPRESSA)
    pasta = pasta_parada(tmp_path / "site", (pasta_modelo / "pagina.bin").read_bytes(), marca="")
    tentados: list[str] = []
    pagina.on("websocket", lambda ws: tentados.append(ws.url))
    with parado(pasta) as url:
        pagina.goto(url)
        expect(pagina.locator(".controles")).to_be_hidden()
        expect(pagina.locator("#estado")).to_have_text(SINAL)
        expect(pagina.locator(".controles")).to_be_visible()
        pagina.locator(".poema.pronto").first.wait_for()
    assert tentados


@pytest.mark.parametrize("preferencia", ["reduce", "no-preference"])
def test_menos_movimento_tambem_aqui_e_verso_a_verso(
    navegador: Browser, pasta_modelo: Path, tmp_path: Path, preferencia: str
) -> None:
    pagina = navegador.new_page(reduced_motion="reduce" if preferencia == "reduce" else "no-preference")
    pagina.set_default_timeout(PRAZO_DA_PAGINA)
    pagina.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.passos = [];
          const olho = new MutationObserver(() => passos.push(um('.poema .versos').textContent));
          olho.observe(poemas, { characterData: true, subtree: true });
        })"""
    )
    with parado(pasta_parada(tmp_path / "site", (pasta_modelo / "pagina.bin").read_bytes())) as url:
        pagina.goto(url)
        pagina.locator(".poema.pronto").first.wait_for()
        texto = poemas(pagina)[0]
        inteiros = all(texto[len(passo) :][:1] in ("", "\n") for passo in pagina.evaluate("passos"))
        assert inteiros == (preferencia == "reduce")
    pagina.close()
