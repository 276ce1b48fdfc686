"""A página de um treino, com notícias de verdade: axe, telefone, noite, teclado, voz; e a conexão que cai."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from conftest import espera_que
from poema_top.geracao import checkpoint
from poema_top.servidor import palco
from poema_top.servidor.lugar import Lugar
from poema_top.treino.historico import Epoca
from poema_top.treino.noticias import Noticia, andamento, da_epoca

TELAS = {"telefone": (360, 740), "computador": (1280, 800)}
PREPARO: Noticia = {"fase": "preparo", "nome": "mini", "lidos": 1140, "guardados": 60}
FIM: Noticia = {
    "poemas": [{"temperatura": t, "texto": "o sol sai\na lua cai"} for t in (0.3, 0.6, 0.9)],
    "comando": "just websocket",
    "fase": "fim",
}
VERSOS = ["o sol sai", "a lua cai", "a luz tem"]
Conta = Callable[[Noticia], None]


@pytest.fixture(scope="module")
def meio(pasta_modelo: Path) -> Noticia:
    """As cinco épocas de um treino que se fez, como se estivesse a meio."""
    with (pasta_modelo / checkpoint.HISTORICO).open() as arquivo:
        linhas = [
            {campo: float(valor) for campo, valor in linha.items()} for linha in csv.DictReader(arquivo)
        ]
    epocas = [da_epoca(Epoca(**{**linha, "epoca": int(linha["epoca"])})) for linha in linhas]  # type: ignore[arg-type]
    versos = [{"epoca": e["epoca"], "temperatura": 0.5, "versos": VERSOS} for e in epocas]
    return {
        "fase": "treino",
        "andamento": andamento(6, 0.75, 0.5, 3700.0),
        "epocas": epocas,
        "versos": versos,
    }


@pytest.fixture
def treino(capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, Conta]]:
    with palco.no_ar(Lugar(porta=0, endereco="127.0.0.1")) as conta:
        yield capsys.readouterr().out.split()[-1], conta


@pytest.mark.parametrize("esquema", ["light", "dark"])
@pytest.mark.parametrize("tela", TELAS)
def test_axe_nao_acha_nada(
    navegador: Browser, treino: tuple[str, Conta], meio: Noticia, tela: str, esquema: str
) -> None:
    largura, altura = TELAS[tela]
    contexto = navegador.new_context(
        viewport={"width": largura, "height": altura}, color_scheme="dark" if esquema == "dark" else "light"
    )
    pagina, queixas = contexto.new_page(), list[str]()
    pagina.on("console", lambda m: queixas.append(m.text))
    url, conta = treino
    pagina.goto(url)
    for noticia, estado in (PREPARO, "lendo os poemas"), (meio, "aprendendo"), (FIM, "o treino acabou"):
        conta(noticia)
        expect(pagina.locator("#estado")).to_contain_text(estado)
        pagina.locator("#em-numeros").evaluate("(e) => { e.open = true; }")
        espera_que(pagina, "document.getAnimations().every((a) => a.playState === 'finished')")
        achado = Axe().run(pagina)
        assert achado.violations_count == 0, achado.generate_report()
        assert len(achado.response["passes"]) > 10
        assert pagina.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert queixas == []
    fundo = pagina.evaluate("getComputedStyle(document.body).backgroundColor")
    claro = sum(map(int, fundo.removeprefix("rgb(").removesuffix(")").split(","))) > 3 * 128
    assert claro == (esquema == "light")
    contexto.close()


def test_o_que_se_ve_tambem_se_ouve(pagina: Page, treino: tuple[str, Conta], meio: Noticia) -> None:
    url, conta = treino
    pagina.goto(url)
    conta(PREPARO)
    expect(pagina.locator("#lidos")).to_have_text("mini: lê 1.140 poemas, e é posta à prova em outros 60")
    expect(pagina.locator("#curva text")).to_have_text("começa no fim da primeira época")
    conta(meio)
    expect(pagina.locator("#anuncio")).to_have_text("Época 5: o sol sai; a lua cai; a luz tem")
    primeira, ultima = meio["epocas"][0], meio["epocas"][-1]
    frase = pagina.locator("#curva-em-frase")
    for e in (primeira, ultima):
        for nats in (e["treino_nats"], e["validacao_nats"]):
            expect(frase).to_contain_text(f"{nats:.3f}".replace(".", ","))
    expect(pagina.locator("#passou")).to_have_text("1:01:40")
    expect(pagina.locator("#falta")).to_have_text("1:01:40")
    assert pagina.get_by_role("progressbar").evaluate("(e) => e.value") == 0.5
    melhor = min(e["validacao_nats"] for e in meio["epocas"])
    expect(pagina.locator("#curva .melhor")).to_have_text(f"{melhor:.3f}".replace(".", ","))
    assert pagina.locator("#curva .da-validacao").count() == 1
    # Só com o teclado: a tabela abre-se, e rola-se.
    pagina.locator("summary").focus()
    pagina.keyboard.press("Enter")
    expect(pagina.locator("#tabela tr")).to_have_count(5)
    pagina.keyboard.press("Tab")
    assert pagina.evaluate("document.activeElement.className") == "rola"
    conta({"epocas": [{**ultima, "epoca": 6}]})
    expect(pagina.locator("#tabela tr")).to_have_count(6)
    expect(pagina.locator("#fim")).to_be_hidden()
    onde = pagina.locator("#curva circle")
    antes = float(onde.get_attribute("cx") or 0)
    conta(FIM)
    expect(pagina.get_by_role("heading", name="Os poemas dela")).to_be_visible()
    expect(pagina.locator("#anuncio")).to_contain_text("O treino acabou")
    assert float(onde.get_attribute("cx") or 0) > 1.5 * antes  # o eixo já não espera as épocas que não vieram
    assert pagina.evaluate("canal.fonte") is None  # acabou: não chama mais por ninguém
    assert pagina.evaluate("canal.relogio") == 0


def test_a_conexao_que_cai_volta_sem_repetir_nada(
    pagina: Page, treino: tuple[str, Conta], meio: Noticia
) -> None:
    url, conta = treino
    conta(meio)
    pagina.goto(url)
    expect(pagina.locator("#versos li")).to_have_count(5)
    pagina.evaluate("canal.cair()")
    expect(pagina.locator("#estado")).to_have_text("sem ligação com o treino, tentando de novo…")
    expect(pagina.locator("#estado")).to_have_text("aprendendo")
    expect(pagina.locator("#versos li")).to_have_count(5)
    assert pagina.evaluate("treino.epocas.length") == 5


@pytest.mark.parametrize("preferencia", ["reduce", "no-preference"])
def test_menos_movimento(
    navegador: Browser, treino: tuple[str, Conta], meio: Noticia, preferencia: str
) -> None:
    contexto = navegador.new_context(reduced_motion="reduce" if preferencia == "reduce" else "no-preference")
    pagina = contexto.new_page()
    url, conta = treino
    pagina.goto(url)
    conta(PREPARO)
    expect(pagina.locator("#estado")).to_contain_text("lendo os poemas")
    conta(meio)
    expect(pagina.locator("#versos li")).to_have_count(5)
    nome = pagina.locator("#versos li").first.evaluate("(e) => getComputedStyle(e).animationName")
    assert (nome == "none") == (preferencia == "reduce")
    contexto.close()
