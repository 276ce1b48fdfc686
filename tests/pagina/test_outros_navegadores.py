"""O essencial da página em três navegadores de verdade, de motores diferentes: Chromium, Firefox e WebKit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from apoio.navegador import Navegador
from apoio.navegadores import NAVEGADORES, avalia_sem_rede
from apoio.servidor import Servidor, poema_proprio, servidor
from apoio.sitio import parado
from conftest import RAIZ, SITIO, Roda
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.motor import Motor
from poema_top.geracao.rascunhos import escreve_rascunhos

MODELOS = RAIZ / "modelos_treinados"
LINK = {"inicio": "a lua", "temperatura": "0.7", "semente": "41"}
PEDIDOS: list[dict[str, Any]] = [
    {"semente": semente, "temperatura": temperatura, "inicio": inicio}
    for semente, temperatura, inicio in ((1, 0.5, ""), (2, 0.8, "o mar "), (3, 1.2, ""), (4, 0.0, "a noite"))
]
CADA = 3  # poemas de cada pedido
# O poema que a página começa sozinha e o do link, ambos prontos.
SOZINHA = """new Promise((vale) => (function ve() {
  const seu = document.querySelector('.poema.pronto .versos');
  if (!seu || dialogo.dataset.fase !== 'pronto') return setTimeout(ve, 20);
  vale([seu.textContent.trim() !== '', um('#meus-versos').textContent]);
})())"""

ESCREVE = """async (pedidos, cada, busca) => {
  const modelo = await (busca ? Poeta.busca() : oModelo());
  return pedidos.flatMap((pedido) => Array.from({ length: cada }, (_, texto) => {
    const escrita = new Poeta.Escrita(modelo, { ...pedido, texto });
    escrita.avanca();
    return escrita.texto;
  }));
}"""


def esperados(modelo: Path) -> list[str]:
    """Os poemas dos pedidos, em Python."""
    treinado = checkpoint.le(modelo)
    motor, escritos = Motor(treinado, CADA), list[str]()
    for p in PEDIDOS:
        amostragem = Amostragem(p["temperatura"])
        poemas, _ = escreve_rascunhos(
            motor, treinado.vocabulario, amostragem, p["semente"], inicio=p["inicio"]
        )
        escritos += poemas
    assert len(escritos) == len(PEDIDOS) * CADA
    return escritos


def do_link(modelo: Path) -> str:
    """O poema do link, em Python."""
    treinado = checkpoint.le(modelo)
    amostragem, semente = Amostragem(float(LINK["temperatura"])), int(LINK["semente"])
    (poema,), _ = escreve_rascunhos(
        Motor(treinado, 1), treinado.vocabulario, amostragem, semente, inicio=LINK["inicio"]
    )
    return poema


@pytest.fixture(scope="module", params=NAVEGADORES)
def qual(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def aberto(qual: str) -> Iterator[Navegador]:
    with NAVEGADORES[qual]() as navegador:
        yield navegador


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 200, "--pausa", 0.2) as s:
        yield s


@pytest.fixture(scope="module")
def folha(tmp_path_factory: pytest.TempPathFactory, roda: Roda) -> Path:
    """A página num arquivo só, com o modelo que vem com o projeto."""
    saida = tmp_path_factory.mktemp("folha") / "poema.html"
    feito = roda("exporta", "pagina", "--modelo", MODELOS / "poeta", "--saida", saida)
    assert feito.returncode == 0, feito.stderr
    return saida


def test_o_poema_de_todos_chega_letra_a_letra(aberto: Navegador, no_ar: Servidor) -> None:
    aberto.abre(no_ar.http)
    aberto.espera_que("document.querySelectorAll('.poema.pronto').length >= 2")
    assert aberto.avalia("um('#estado').textContent") == "ao vivo"
    versos = aberto.avalia("um('.poema.pronto .versos').textContent")
    assert versos.strip()


def test_o_poema_de_um_link_e_o_do_servidor(aberto: Navegador, no_ar: Servidor) -> None:
    do_servidor = poema_proprio(no_ar, LINK)
    # Com outra consulta, o endereço é de outra página.
    aberto.abre(f"{no_ar.http}?link#meu?{urlencode(LINK)}")
    aberto.espera_que("dialogo.dataset.fase === 'pronto'")
    assert aberto.avalia("um('#meus-versos').textContent") == do_servidor
    assert do_servidor.startswith("a lua")


@pytest.mark.parametrize("modelo", ["padrao", "poeta"])
def test_a_rede_escreve_os_poemas_do_python(aberto: Navegador, modelo: str) -> None:
    with servidor(MODELOS / modelo) as s:
        aberto.abre(s.http)
        assert aberto.chama(ESCREVE, PEDIDOS, CADA, True) == esperados(MODELOS / modelo)


def test_a_pagina_do_disco_carrega_os_seus_scripts(aberto: Navegador) -> None:
    aberto.abre((SITIO / "index.html").as_uri())
    assert aberto.avalia("typeof Poeta.Escrita") == "function"


@pytest.mark.usefixtures("aberto")
def test_a_folha_escreve_sem_rede(qual: str, folha: Path) -> None:
    pedido = f"({ESCREVE})({json.dumps(PEDIDOS)}, {CADA}, false)"
    visto = f"{pedido}.then((poemas) => [poemas, performance.getEntriesByType('resource').length])"
    assert avalia_sem_rede(qual, folha.as_uri(), visto) == [esperados(MODELOS / "poeta"), 0]


@pytest.mark.usefixtures("aberto")
def test_a_folha_inteira_sem_rede(qual: str, folha: Path) -> None:
    """Escreve sozinha, e o poema de um link é o do terminal."""
    escreveu, meu = avalia_sem_rede(qual, f"{folha.as_uri()}#meu?{urlencode(LINK)}", SOZINHA)
    assert escreveu
    assert meu == do_link(MODELOS / "poeta")


def test_na_folha_so_roda_o_que_saiu_da_exportacao(aberto: Navegador, folha: Path, tmp_path: Path) -> None:
    html = folha.read_text(encoding="utf-8")
    (tmp_path / "mexida.html").write_text(html.replace("<script>", "<script>globalThis.intrusa = 1;"))
    aberto.abre((tmp_path / "mexida.html").as_uri())
    assert aberto.avalia("[typeof intrusa, typeof Poeta]") == ["undefined", "undefined"]
    aberto.abre(folha.as_uri())
    assert aberto.avalia("typeof Poeta") == "object"
    assert aberto.avalia("fetch('modelo.json').then(() => 'veio', () => 'não veio')") == "não veio"
    suja = "(() => { try { document.body.innerHTML = '<p>'; } catch { return 'recusado'; } })()"
    assert aberto.avalia(suja) == "recusado"


def test_o_site_parado_funciona_numa_subpasta(aberto: Navegador, tmp_path: Path, roda: Roda) -> None:
    """Como em https://alguem.github.io/poema/."""
    feito = roda("exporta", "site", "--modelo", MODELOS / "padrao", "--saida", tmp_path / "poema")
    assert feito.returncode == 0, feito.stderr
    with parado(tmp_path) as endereco:
        aberto.abre(f"{endereco}poema/")
        assert aberto.chama(ESCREVE, PEDIDOS, CADA, True) == esperados(MODELOS / "padrao")
        assert aberto.avalia("document.documentElement.hasAttribute('data-sem-servidor')") is True
        aberto.abre(f"{endereco}poema/?link#meu?{urlencode(LINK)}")
        assert aberto.avalia(SOZINHA) == [True, do_link(MODELOS / "padrao")]


def test_ver_por_dentro(aberto: Navegador, no_ar: Servidor) -> None:
    """As chances de cada ponto somam um, e outra escolha leva a rede por outro caminho."""
    aberto.abre(f"{no_ar.http}?dentro#meu?{urlencode(LINK)}")
    aberto.espera_que("dialogo.dataset.fase === 'pronto'")
    aberto.avalia("um('#meu [data-dentro]').click()")
    aberto.espera_que("dentro.dataset.fase === 'pronto'")
    aberto.avalia("um(\"#dentro-versos [data-ponto='4']\").click()")
    antes = aberto.avalia("um('#dentro-versos').textContent")
    aberto.avalia("um('#barras button:not([aria-disabled])').click()")
    aberto.espera_que(f"um('#dentro-versos').textContent !== {json.dumps(antes)}")
    aberto.espera_que("dentro.dataset.fase === 'pronto'")
    assert aberto.avalia("porDentro.leitura.texto.startsWith('a lu')")
