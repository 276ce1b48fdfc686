"""A página aberta um dia inteiro: a memória dela não cresce."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from apoio.sitio import parado, pasta_parada
from conftest import SITIO, espera_que

# Um dia do fluxo comum: perto de 4000 poemas, numerados, em pacotes de uns poucos caracteres.
UM_DIA = """(quantos) => {
  for (let i = 0; i < quantos; i++) {
    const poema = `poema ${i}\\n${'o mar vem, a lua cai\\n'.repeat(12)}fim${SEPARACAO}`;
    for (let j = 0; j < poema.length; j += 90) receber(poema.slice(j, j + 90));
  }
}"""


# O mesmo dia sem servidor: cada poema é escrito de verdade, e só o relógio anda depressa.
UM_DIA_AQUI = """(quantos) => {
  for (let i = 0; i < quantos; i++) {
    const fonte = daqui;
    clearTimeout(fonte.relogio);
    if (!fonte.escrita) fonte.abrir();
    for (let hora = fonte.instante; daqui === fonte; fonte.bater(hora += 1000)) clearTimeout(fonte.relogio);
    clearTimeout(relogioDaqui);
    escreverDaqui();
  }
}"""


def cabe_na_mesma_memoria(pagina: Page, um_dia: str) -> None:
    """O dia inteiro, contra as primeiras dezenas de minutos dele."""
    cdp = pagina.context.new_cdp_session(pagina)
    cdp.send("Performance.enable")

    def memoria() -> dict[str, float]:
        cdp.send("HeapProfiler.collectGarbage")
        return {m["name"]: m["value"] for m in cdp.send("Performance.getMetrics")["metrics"]}

    pagina.evaluate(um_dia, 100)
    antes = memoria()
    pagina.evaluate(um_dia, 3900)
    pagina.evaluate("pena.escoar()")
    depois = memoria()
    expect(pagina.locator(".poema")).to_have_count(pagina.evaluate("MAX_POEMAS"))
    assert depois["Nodes"] <= antes["Nodes"] + 50
    assert depois["JSHeapUsedSize"] < antes["JSHeapUsedSize"] + 1_000_000


def test_um_dia_de_poemas_cabe_na_mesma_memoria(pagina: Page) -> None:
    pagina.goto((SITIO / "index.html").as_uri())
    cabe_na_mesma_memoria(pagina, UM_DIA)
    expect(pagina.locator("#atual .versos")).to_contain_text("poema 3899")


def test_um_dia_escrito_aqui_tambem(pagina: Page, pasta_modelo: Path, tmp_path: Path) -> None:
    with parado(pasta_parada(tmp_path / "site", (pasta_modelo / "pagina.bin").read_bytes())) as url:
        pagina.goto(url)
        espera_que(pagina, "daqui")
        cabe_na_mesma_memoria(pagina, UM_DIA_AQUI)


def test_um_dia_em_pausa_tambem(pagina: Page) -> None:
    pagina.goto((SITIO / "index.html").as_uri())
    pagina.evaluate("escrever('o poema que se l')")
    pagina.get_by_role("button", name="pausar").click()
    pagina.evaluate("receber(`ia${SEPARACAO}`)")
    pagina.evaluate(UM_DIA, 4000)
    assert pagina.evaluate("pena.fila.length") <= pagina.evaluate("MAX_GUARDADO")
    pagina.get_by_role("button", name="continuar").click()
    expect(pagina.locator(".versos").first).not_to_have_text("o poema que se lia")  # já foi, de tão velho
    prontos = pagina.locator(".poema.pronto .versos").all_text_contents()
    assert len(prontos) == pagina.evaluate("MAX_POEMAS")
    numeros = [int(re.match(r"poema (\d+)\n", p)[1]) for p in prontos]  # type: ignore[index]  # sempre casa
    assert numeros == list(range(3980, 4000))
