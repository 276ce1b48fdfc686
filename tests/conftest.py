"""O que os testes partilham: um dataset minúsculo, um modelo treinado nele e como rodar comandos."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from apoio import viveiro
from apoio.poeta import Poeta
from apoio.programas import chromium, o_que_instalar
from apoio.projeto import Projeto
from apoio.viveiro import Viveiro

RAIZ = Path(__file__).resolve().parents[1]
SITIO = RAIZ / "pagina"
os.environ.pop("POEMA_AQUI", None)  # a pasta de quem chamou `just testa`: cada teste está na sua
VERSOS = ["o sol sai", "a lua cai", "o mar vem", "a luz tem", "um som sim", "o fim, enfim"]
PRAZO = 600  # segundos: só para um teste quebrado não ficar pendurado
Roda = Callable[..., "subprocess.CompletedProcess[str]"]


def ambiente() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(RAIZ / "src"), "PYTHONUNBUFFERED": "1"}


def comando(nome: str, *argumentos: object, python: str = sys.executable) -> list[str]:
    return [python, "-m", f"poema_top.{nome}", *map(str, argumentos)]


def poemas_minusculos(quantos: int, semente: int = 0) -> list[str]:
    """Poemas distintos num mundo de seis versos."""
    acaso, poemas = np.random.default_rng(semente), dict[str, None]()
    while len(poemas) < quantos:
        sorteio = [VERSOS[i] for i in acaso.integers(len(VERSOS), size=acaso.integers(2, 8))]
        poemas["\n".join(sorteio)] = None
    return list(poemas)


def grava_poemas(caminho: Path, poemas: list[str]) -> Path:
    caminho.write_text("".join(f"{p}\n@\n" for p in poemas), encoding="utf-8")
    return caminho


@pytest.fixture(scope="session")
def roda() -> Iterator[Roda]:
    """Roda um comando como quem usa: outro processo, saída capturada."""
    viveiros: list[Viveiro] = []

    def executa(nome: str, *argumentos: object, **opcoes: Any) -> "subprocess.CompletedProcess[str]":
        if nome in viveiro.COMANDOS and hasattr(os, "fork") and opcoes.keys() <= {"cwd"}:
            if not viveiros:
                viveiros.append(Viveiro(ambiente()))
            return viveiros[0].roda(nome, list(map(str, argumentos)), ambiente(), opcoes.get("cwd"))
        return subprocess.run(
            comando(nome, *argumentos),
            env=ambiente(),
            text=True,
            capture_output=True,
            timeout=PRAZO,
            check=False,
            **opcoes,
        )

    yield executa
    for aberto in viveiros:
        aberto.encerra()


@pytest.fixture(scope="session")
def dataset_minusculo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grava_poemas(tmp_path_factory.mktemp("dados") / "minusculo.txt", poemas_minusculos(150))


OPCOES_MINUSCULAS = ["--unidades", 24, 24, "--lote", 4, "--janela", 16, "--taxa-aprendizado", 0.02]


@pytest.fixture(scope="session")
def treina_minusculo(
    tmp_path_factory: pytest.TempPathFactory, dataset_minusculo: Path, roda: Roda
) -> Callable[..., Path]:
    """Um modelo treinado de verdade, pelo comando de verdade, em poucos segundos."""

    def treina(*opcoes: object) -> Path:
        saida = tmp_path_factory.mktemp("modelos")
        feito = roda(
            "treina", "--dataset", dataset_minusculo, "--saida", saida, "--nome", "mini",
            "--epocas", 5, *OPCOES_MINUSCULAS, *opcoes,
        )  # fmt: skip
        assert feito.returncode == 0, feito.stderr
        return saida / "mini"

    return treina


@pytest.fixture(scope="session")
def pasta_modelo(treina_minusculo: Callable[..., Path]) -> Path:
    """De caracteres, em one-hot."""
    return treina_minusculo()


@pytest.fixture(scope="session")
def pasta_silabas(treina_minusculo: Callable[..., Path]) -> Path:
    """De sílabas, com a saída atada à tabela da entrada."""
    return treina_minusculo("--receita", "silabas", "--dimensoes", 16)


@pytest.fixture(scope="session")
def pasta_palavras(treina_minusculo: Callable[..., Path]) -> Path:
    """De palavras, com uma tabela na entrada e a saída solta."""
    return treina_minusculo("--tokens", "palavras", "--entrada", "embedding", "--dimensoes", 16)


@pytest.fixture(scope="session")
def projeto_feito(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Um projeto minúsculo com o .venv pronto: fazer um venv leva segundos, e copiá-lo, não."""
    projeto = Projeto(tmp_path_factory.mktemp("feito") / "projeto")
    assert projeto.prepara().returncode == 0
    return projeto.raiz


@pytest.fixture
def projeto(projeto_feito: Path, tmp_path: Path) -> Projeto:
    copia = Projeto(tmp_path / "projeto")
    shutil.copytree(projeto_feito / ".venv", copia.venv, symlinks=True)
    return copia


PRAZO_DA_PAGINA = 120_000  # ms: só para um teste quebrado não ficar pendurado
AbreNavegador = Callable[..., Browser]


@pytest.fixture(scope="module")
def abre_navegador() -> Iterator[AbreNavegador]:
    """Por arquivo de testes: aberto, o Playwright ocupa o laço de eventos, e outros testes usam o deles."""
    caminho = chromium()
    expect.set_options(timeout=PRAZO_DA_PAGINA)
    opcoes = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as p:
        yield lambda *mais: p.chromium.launch(executable_path=caminho, args=[*opcoes, *mais])


@pytest.fixture(scope="module")
def navegador(abre_navegador: AbreNavegador) -> Iterator[Browser]:
    aberto = abre_navegador()
    yield aberto
    aberto.close()


@pytest.fixture(scope="module")
def poeta(navegador: Browser) -> Iterator[Poeta]:
    """`rede.js` numa página em branco."""
    pagina = navegador.new_page()
    yield Poeta(pagina)
    pagina.close()


@pytest.fixture
def pagina(navegador: Browser) -> Iterator[Page]:
    contexto = navegador.new_context(
        viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
    )
    pagina = contexto.new_page()
    pagina.set_default_timeout(PRAZO_DA_PAGINA)
    yield pagina
    contexto.close()


def espera_que(pagina: Page, expressao: str, valor: object = None) -> None:
    """Até a expressão valer na página; o `wait_for_function` usa eval, que a política dela proíbe."""
    for _ in range(PRAZO_DA_PAGINA // 50):
        if pagina.evaluate(expressao, valor):
            return
        pagina.wait_for_timeout(50)
    raise AssertionError(f"nunca valeu: {expressao}")


def sem_modelo(pagina: Page) -> None:
    """Como um servidor de um modelo sem `pagina.bin`: a página só escreve por ele."""
    pagina.route("**/modelo.json", lambda rota: rota.fulfill(status=404))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Na integração contínua, um teste pulado é um teste que falhou."""
    relator = session.config.pluginmanager.get_plugin("terminalreporter")  # só o tem quem junta os resultados
    if os.environ.get("CI") and relator and exitstatus == 0 and relator.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """A última coisa que se lê: o que não rodou por faltar um programa, e a linha que o traz."""
    yield
    pulados = terminalreporter.stats.get("skipped", [])
    if texto := o_que_instalar(str(relato.longrepr[2]) for relato in pulados):
        terminalreporter.section("o que faltou")
        terminalreporter.write_line(texto)
