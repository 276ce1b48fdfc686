"""A página sem servidor nenhum: uma pasta de arquivos, num servidor de arquivos qualquer."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apoio.sitio import parado, pasta_parada
from conftest import espera_que
from poema_top.geracao.poema import RITMO, TEMPERATURA

LINK = "#meu?inicio=a+lua&temperatura=0.7&semente=41"


@pytest.fixture
def pasta(pasta_modelo: Path, tmp_path: Path) -> Path:
    return pasta_parada(tmp_path / "site", (pasta_modelo / "pagina.bin").read_bytes())


def test_escreve_sozinha_e_nao_procura_servidor(pagina: Page, pasta: Path) -> None:
    queixas: list[str] = []
    sockets: list[str] = []
    pagina.on("console", lambda m: queixas.append(m.text) if m.type in ("error", "warning") else None)
    pagina.on("pageerror", lambda e: queixas.append(str(e)))
    pagina.on("websocket", lambda ws: sockets.append(ws.url))
    with parado(pasta) as url:
        pagina.goto(url)
        expect(pagina.locator("#estado")).to_have_text("sem servidor: escrito aqui")
        expect(pagina.locator("footer")).to_have_text(
            "A rede sorteia um pedaço de cada vez, aqui mesmo, no seu navegador.", use_inner_text=True
        )
        pagina.locator(".poema.pronto").nth(1).wait_for()
        pagina.get_by_role("button", name="pausar").click()
        parada = pagina.evaluate("poemas.textContent")
        espera_que(pagina, "(window.batidas = (window.batidas ?? 0) + 1) > 10")
        assert pagina.evaluate("poemas.textContent + pena.fila").startswith(parada)
        assert len(pagina.evaluate("pena.fila")) < 50  # em pausa não se escreve o que ninguém lê
        pagina.get_by_role("button", name="continuar").click()
        espera_que(pagina, "(antes) => poemas.textContent.length > antes", len(parada))
    assert sockets == []
    assert queixas == []


def test_os_controles_com_o_teclado(pagina: Page, pasta: Path) -> None:
    with parado(pasta) as url:
        pagina.goto(url)
        espera_que(pagina, "daqui?.escrita")
        temperatura = pagina.get_by_role("slider", name="temperatura")
        ritmo = pagina.get_by_role("slider", name="ritmo")
        assert pagina.evaluate("[temperaturaDaqui, ritmo].map((c) => c.valueAsNumber)") == [
            TEMPERATURA,
            RITMO,
        ]
        ordem = []
        for _ in range(4):
            pagina.keyboard.press("Tab")
            ordem.append(pagina.evaluate("document.activeElement.id"))
        assert ordem == ["pausar", "fazer", "temperatura-daqui", "ritmo"]
        for _ in range(8):
            pagina.keyboard.press("ArrowRight")
        expect(ritmo).to_have_attribute("aria-valuetext", "60 letras por segundo")
        expect(pagina.locator("output[for=ritmo]")).to_have_text("60")
        pagina.keyboard.press("Shift+Tab")
        for _ in range(3):
            pagina.keyboard.press("ArrowRight")
        expect(temperatura).to_have_attribute("aria-valuetext", "0,8")
        assert pagina.evaluate("daqui.escrita.amostragem.temperatura") == TEMPERATURA  # a do que já começou
        pagina.locator(".poema.pronto").first.wait_for()
        espera_que(pagina, "daqui?.escrita?.amostragem.temperatura === 0.8")


def test_o_proprio_tambem_e_escrito_aqui_e_sem_rascunhos(pagina: Page, pasta: Path) -> None:
    with parado(pasta) as url:
        pagina.goto(f"{url}{LINK}&rascunhos=16")
        pagina.locator("#meu[data-fase=pronto]").wait_for()
        expect(pagina.locator("#meu-estado")).to_contain_text(
            "escolha entre rascunhos precisa de um servidor"
        )
        expect(pagina.locator("#meus-versos")).to_contain_text("a lua")
        assert pagina.url == f"{url}{LINK}"  # o poema que se escreveu, e não o que se pediu
        pagina.get_by_role("button", name="fazer outro").click()
        expect(pagina.get_by_role("checkbox")).to_have_count(0)
        pagina.get_by_role("button", name="escrever").click()
        pagina.locator("#meu[data-fase=pronto]").wait_for()
        expect(pagina.locator("#meu-estado [role=status]")).to_have_text("")


ALHEIO = b"um arquivo qualquer, de outro assunto"


@pytest.mark.parametrize(
    ("estrago", "motivo"),
    [
        (None, "o modelo não veio (404)"),
        ((0, ALHEIO), "não é de um modelo deste projeto"),
        ((-2, b""), "faltam ou sobram pesos"),
        ((-2, b"\x01\x02"), "a soma dos pesos não é a do cabeçalho"),
    ],
    ids=["falta", "alheio", "cortado", "trocado"],
)
def test_sem_modelo_que_sirva_diz_por_que(
    pagina: Page, pasta_modelo: Path, tmp_path: Path, estrago: tuple[int, bytes] | None, motivo: str
) -> None:
    """O estrago: até onde fica o arquivo, e o que se põe depois; None: não há arquivo."""
    inteiro = (pasta_modelo / "pagina.bin").read_bytes()
    modelo = inteiro[: estrago[0]] + estrago[1] if estrago else None
    with parado(pasta_parada(tmp_path / "site", modelo)) as url:
        pagina.goto(url)
        expect(pagina.locator("#estado")).to_contain_text(motivo)
        pagina.goto(url + LINK)
        expect(pagina.get_by_role("alert")).to_contain_text(motivo)
        expect(pagina.get_by_role("button", name="escrever")).to_be_focused()


def test_modelo_json_estragado_tambem_se_diz_em_portugues(pagina: Page, pasta: Path) -> None:
    (pasta / "modelo.json").write_text("<html>não achei</html>", "utf-8")
    with parado(pasta) as url:
        pagina.goto(url)
        expect(pagina.locator("#estado")).to_have_text("o modelo não veio; recarregue a página")
