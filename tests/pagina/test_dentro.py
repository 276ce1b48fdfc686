"""Ver por dentro: as barras, a surpresa e os neurônios da página são os do Python, seja o token o que for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from apoio.dentro import Rede, abre, ids, pronto
from apoio.servidor import Servidor, servidor
from conftest import Roda, espera_que
from poema_top.avaliacao.perda import surpresas
from poema_top.base.nats import surpresa
from poema_top.base.numeros import decimal

MODELOS = ("pasta_modelo", "pasta_silabas", "pasta_palavras")


@dataclass
class Casa:
    """Um servidor no ar e a rede dele em Python."""

    servidor: Servidor
    pasta: Path
    rede: Rede


@pytest.fixture(scope="module", params=MODELOS)
def casa(request: pytest.FixtureRequest) -> Iterator[Casa]:
    pasta: Path = request.getfixturevalue(request.param)
    with servidor(pasta, "--ritmo", 5000, "--rascunhos", 1) as s:
        yield Casa(s, pasta, Rede(pasta))


def toca(pagina: Page, i: int) -> None:
    pagina.locator(f"#dentro-versos [data-ponto='{i}']").click()


def barras(pagina: Page) -> tuple[list[int], list[float]]:
    lidas = pagina.locator("#barras button").evaluate_all(
        "(bs) => bs.map((b) => [Number(b.dataset.id), parseFloat(b.firstElementChild.style.inlineSize)])"
    )
    return [i for i, _ in lidas], [p / 100 for _, p in lidas]


def test_as_barras_sao_as_chances_do_python_a_qualquer_temperatura(pagina: Page, casa: Casa) -> None:
    abre(pagina, casa.servidor)
    tokens = ids(pagina)
    pontos = casa.rede.pontos(tokens)
    for temperatura in ("0.7", "1.3", "0"):
        pagina.locator("#dentro-temperatura").fill(temperatura)
        for i in (0, len(tokens) // 2, len(tokens)):
            toca(pagina, i)
            p = casa.rede.chances(pontos[i].logits, float(temperatura))
            vistos, larguras = barras(pagina)
            np.testing.assert_allclose(larguras, p[vistos], atol=1e-3)
            np.testing.assert_allclose(larguras[:8], np.sort(p)[::-1][:8], atol=1e-3)
            saiu = tokens[i] if i < len(tokens) else casa.rede.vocabulario.id_separador
            marcada = pagina.locator("#barras [aria-disabled]")
            expect(marcada).to_have_attribute("data-id", str(saiu))
            expect(marcada).to_have_attribute("aria-label", re.compile("; saiu$"))
            resto = 100 * (1 - sum(larguras))
            dito = pagina.locator("#outras").text_content() or ""
            achado = re.search(r"([\d,]+)\s%", dito)
            assert achado is not None
            assert float(achado[1].replace(",", ".")) == pytest.approx(resto, abs=0.6)


def test_a_media_e_a_de_just_explica(pagina: Page, casa: Casa, roda: Roda, tmp_path: Path) -> None:
    texto = abre(pagina, casa.servidor)
    pagina.get_by_role("tab", name="Surpresa").click()
    arquivo = tmp_path / "poema.txt"
    arquivo.write_text(texto, encoding="utf-8")
    explicado = roda("explica", "--poema", arquivo, "--modelo", casa.pasta).stdout
    achado = re.search(r"média de ([\d,]+) nat por caractere", explicado)
    assert achado is not None
    de_letras = casa.rede.vocabulario.tipo == "caractere"
    onde = pagina.locator("#media" if de_letras else "#media-em-frase")
    expect(onde).to_contain_text(achado[1])

    (por_letra,) = surpresas(casa.rede.motor, casa.rede.vocabulario, [texto])
    por_peca = por_letra.sum() / (len(ids(pagina)) + 1)
    expect(pagina.locator("#media")).to_have_text(decimal(por_peca, 2))
    expect(pagina.locator("#perplexidade")).to_have_text(decimal(float(np.exp(por_peca)), 1))


def test_a_cor_de_cada_peca_e_a_surpresa_dela(pagina: Page, casa: Casa) -> None:
    abre(pagina, casa.servidor)
    pagina.get_by_role("tab", name="Surpresa").click()
    tokens = [*ids(pagina), casa.rede.vocabulario.id_separador]
    logits = np.array([ponto.logits for ponto in casa.rede.pontos(tokens[:-1])])
    nats = surpresa(logits, np.array(tokens))
    vistas = np.array(pagina.evaluate("porDentro.pecas.map((peca) => Number(peca.dataset.forca))"))
    assert np.abs(vistas - np.minimum(nats / 4, 1) * 8).max() <= 0.501
    assert len(set(vistas)) > 3
    mais = int(nats.argmax())
    toca(pagina, mais)
    expect(pagina.locator("#dentro-dito")).to_contain_text(f"{decimal(float(nats[mais]), 2)} nat")
    expect(pagina.locator("#dentro-dito")).to_contain_text("chance")


def test_o_neuronio_e_o_estado(pagina: Page, casa: Casa) -> None:
    abre(pagina, casa.servidor)
    pagina.get_by_role("tab", name="Neurônio").click()
    tokens = ids(pagina)
    estados = np.array([ponto.estado for ponto in casa.rede.pontos(tokens)[:-1]])
    for camada, numero in ((1, 3), (2, 20)):
        pagina.locator("#neuronio-camada").select_option(f"camada {camada}")
        pagina.locator("#neuronio-numero").fill(str(numero))
        pagina.locator("#neuronio-numero").press("Enter")
        esperados = estados[:, 24 * (camada - 1) + numero - 1]
        cores = np.array(
            pagina.evaluate(
                "porDentro.pecas.map((p) => p.dataset.forca * (p.classList.contains('frio') ? -1 : 1))"
            )
        )
        assert cores[-1] == 0
        assert np.abs(cores[:-1] - 8 * esperados / np.abs(esperados).max()).max() <= 0.501
        toca(pagina, 2)
        expect(pagina.locator("#dentro-dito")).to_contain_text(
            decimal(float(esperados[2]), 2).replace("-", "−")
        )
    pagina.get_by_role("button", name="próximo").click()
    expect(pagina.locator("#neuronio-numero")).to_have_value("21")
    pagina.locator("#neuronio-numero").fill("99")
    pagina.locator("#neuronio-numero").press("Enter")
    expect(pagina.locator("#neuronio-numero")).to_have_value("21")


def test_a_proposta_que_chega_no_meio_nao_apaga_o_que_se_escreve(pagina: Page, casa: Casa) -> None:
    abre(pagina, casa.servidor)
    pagina.evaluate(
        "() => { const { modelo } = porDentro.leitura, contas = contar(modelo);"
        " contagens.set(modelo, new Promise((ok) => { window.chega = () => ok(contas); })); }"
    )
    pagina.get_by_role("tab", name="Neurônio").click()
    pagina.locator("#neuronio-numero").fill("20")
    pagina.evaluate("chega()")
    expect(pagina.locator("#sinais-recado")).not_to_contain_text("procurando")
    expect(pagina.locator("#neuronio-numero")).to_have_value("20")
    pagina.locator("#neuronio-numero").press("Enter")
    assert pagina.evaluate("unidade") == 19


SINAIS = {"no fim do verso": 0, "ao longo do verso": 1, "ao longo do poema": 2}


def sinais(tokens: list[str]) -> NDArray[np.float64]:
    """[tokens, 3], na ordem de `SINAIS`: as mesmas contas da página, escritas de outro jeito."""
    linhas = []
    for i, token in enumerate(tokens):
        antes = next((j + 1 for j in range(i - 1, -1, -1) if tokens[j] == "\n"), 0)
        depois = next((j for j in range(i, len(tokens)) if tokens[j] == "\n"), len(tokens))
        no_verso, largura = token != "\n", depois - antes - 1
        fim = float(i == depois - 1) if no_verso else 0.0 if antes < i else np.nan
        caminho = (i - antes) / largura if no_verso and largura else np.nan
        linhas.append((fim, caminho, i / len(tokens) if no_verso else np.nan))
    return np.array(linhas)


def test_os_que_mais_dizem_saem_das_contas(pagina: Page, casa: Casa) -> None:
    """Os r que a página mostra, refeitos com o LiteRT e o NumPy nos mesmos trinta poemas e neste."""
    abre(pagina, casa.servidor)
    pagina.get_by_role("tab", name="Neurônio").click()
    pagina.locator("#sinais button").first.wait_for()
    propostos = pagina.locator("#sinais button").evaluate_all(
        "(bs) => bs.map((b) => [b.textContent, Number(b.dataset.unidade)])"
    )
    rede, tokens = casa.rede, casa.rede.vocabulario.tokens
    escritos = [list(rede.escreve(semente, 0.5, maximo=400))[:-1] for semente in range(1, 31)]
    valores, estados = [], []
    for poema in [*escritos, ids(pagina)]:
        valores.append(sinais([tokens[i] for i in poema]))
        estados.append(np.array([ponto.estado for ponto in rede.pontos(poema)[:-1]]))
    de_todos, estado = np.concatenate(valores), np.concatenate(estados)
    conferidos = 0
    for texto, unidade in propostos:
        nome, r = re.fullmatch(r"(.+) r = (−?[\d,]+)", texto).groups()  # type: ignore[union-attr]
        r = float(r.replace(",", ".").replace("−", "-"))
        assert abs(r) >= 0.39
        assert nome.startswith(("acende", "cresce") if r > 0 else ("apaga", "diminui"))
        coluna = next((k for sinal, k in SINAIS.items() if nome.endswith(sinal)), None)
        if coluna is not None:
            onde = ~np.isnan(de_todos[:, coluna])
            r_de = np.corrcoef(de_todos[onde, coluna], estado[onde].T)[0, 1:]
            assert r_de[unidade] == pytest.approx(r, abs=0.02)
            conferidos += 1
    assert conferidos
    expect(pagina.locator("#sinais [aria-pressed=true]")).to_have_count(1)


def test_o_poema_de_todos_tambem_no_meio(pagina: Page, pasta_palavras: Path) -> None:
    """O que está sendo escrito: até onde vai, sem a palavra que ainda não acabou; depois dele, nada saiu."""
    with servidor(pasta_palavras, "--ritmo", 12, "--rascunhos", 1) as s:
        pagina.goto(s.http)
        espera_que(pagina, "versos.length > 9")
        escrito = pagina.evaluate("um('#atual [data-dentro]').click(), versos.data")
        pronto(pagina)
        lido = pagina.evaluate("porDentro.leitura.texto")
        assert lido
        assert escrito.startswith(lido)
        assert len(lido) >= escrito.rstrip().rfind(" ")
        pagina.locator("#dentro-versos [role=option]").last.click()
        expect(pagina.locator("#dentro-dito")).to_contain_text("ainda não sorteou")
        expect(pagina.locator("#barras [aria-disabled]")).to_have_count(0)
        assert pagina.locator("#barras button").count() == 8


def test_o_que_a_rede_nao_conhece_se_diz(pagina: Page, casa: Casa) -> None:
    pagina.goto(casa.servidor.http)
    pagina.evaluate("verPorDentro('O sol ☾ sái')")
    pronto(pagina)
    expect(pagina.locator("#dentro-recado")).to_have_text(re.compile("“☾” ficou de fora"))
    assert "sol" in pagina.locator("#dentro-versos").text_content()  # type: ignore[operator]
