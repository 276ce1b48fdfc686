"""Fotografa a página ao vivo, um treino, e um poema colorido pela surpresa, num Chromium de verdade."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from poema_top.base.arquivos import PASTA_MODELOS, RAIZ, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.medicao.navegador import chromium

POEMA = 3  # a semente que sorteia o poema da surpresa
DENTRO = 7  # a do poema que se vê por dentro
EPOCAS, PARTE = 12, 0.65  # do treino que se fotografa, e quanto dele já passou então


@dataclass
class Opcoes:
    """As opções de `just fotografa`."""

    pasta: Path = opcao(RAIZ / "docs", "onde gravar as fotos", type=Path)


def principal() -> None:
    """Grava em docs pagina.png e pagina-telefone.png (à noite), por-dentro, treino-ao-vivo e surpresa.png."""
    o = le_opcoes(Opcoes, principal.__doc__)
    with chromium() as navegador:
        _fotografa_a_surpresa(navegador, o)
        with _no_ar("websocket", "--ritmo", "80") as endereco:
            _fotografa_a_pagina(navegador, endereco, o)
            _fotografa_por_dentro(navegador, endereco, o)
        with tempfile.TemporaryDirectory() as pasta:
            treino = ["--ao-vivo", "--epocas", str(EPOCAS), "--nome", "exemplo", "--saida", pasta]
            with _no_ar("treina", *treino) as endereco:
                _fotografa_o_treino(navegador, endereco, o)


@contextmanager
def _no_ar(comando: str, *opcoes: str) -> Iterator[str]:
    """O endereço da página que um comando nosso serve, enquanto ele corre."""
    chamada = [sys.executable, "-u", "-m", f"poema_top.{comando}", "--porta", "0", *opcoes]
    with subprocess.Popen(
        [*chamada, "--endereco", "127.0.0.1"], stdout=subprocess.PIPE, text=True
    ) as servidor:
        try:
            achados = (re.search(r"http://\S+/", linha) for linha in servidor.stdout or [])
            endereco = next((achado[0] for achado in achados if achado), None)
            if endereco is None:
                raise ErroPoema(f"o servidor não subiu; rode just {comando} para ver por quê.")
            yield endereco
        finally:
            servidor.terminate()


def _fotografa_a_pagina(navegador: Browser, endereco: str, o: Opcoes) -> None:
    for nome, largura, altura, esquema in (
        ("pagina.png", 1100, 760, "light"),
        ("pagina-telefone.png", 390, 780, "dark"),
    ):
        contexto = navegador.new_context(
            viewport={"width": largura, "height": altura},
            color_scheme="dark" if esquema == "dark" else "light",
            device_scale_factor=1.5,
        )
        pagina = contexto.new_page()
        pagina.goto(endereco)
        pagina.locator(".poema.pronto").first.wait_for(timeout=120_000)
        pagina.wait_for_timeout(1_000)  # a rolagem suave termina
        pagina.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        pagina.screenshot(path=o.pasta / nome)
        print(relativo(o.pasta / nome))
        contexto.close()


def _fotografa_por_dentro(navegador: Browser, endereco: str, o: Opcoes) -> None:
    """Um poema próprio, pela cor do neurônio que mais diz."""
    pagina = navegador.new_page(viewport={"width": 1100, "height": 760}, device_scale_factor=1.5)
    pagina.goto(f"{endereco}#meu?inicio=o+mar&temperatura=0.5&semente={DENTRO}")
    pagina.locator("#meu [data-dentro]").click(timeout=120_000)
    pagina.get_by_role("tab", name="Neurônio").click(timeout=120_000)
    pagina.locator("#sinais button").first.wait_for(timeout=120_000)
    pagina.wait_for_timeout(1_000)  # as cores acabam de mudar
    pagina.screenshot(path=o.pasta / "por-dentro.png")
    print(relativo(o.pasta / "por-dentro.png"))
    pagina.close()


def _fotografa_o_treino(navegador: Browser, endereco: str, o: Opcoes) -> None:
    """O treino de sempre, a meio: a curva já desceu, e os versos já são palavras."""
    pagina = navegador.new_page(viewport={"width": 1100, "height": 820}, device_scale_factor=1.5)
    pagina.goto(endereco)
    while pagina.locator("#feito").evaluate("(barra) => barra.value") < PARTE:
        pagina.wait_for_timeout(500)
    pagina.wait_for_timeout(1_500)  # os versos acabam de surgir
    pagina.screenshot(path=o.pasta / "treino-ao-vivo.png")
    print(relativo(o.pasta / "treino-ao-vivo.png"))
    pagina.close()


def _fotografa_a_surpresa(navegador: Browser, o: Opcoes) -> None:
    with tempfile.TemporaryDirectory() as pasta:
        html = Path(pasta) / "surpresa.html"
        comando = [sys.executable, "-m", "poema_top.explica", "--de-validacao", "--html", str(html)]
        modelo = ["--modelo", str(PASTA_MODELOS / "padrao"), "--semente", str(POEMA)]
        subprocess.run([*comando, *modelo], check=True, stdout=subprocess.DEVNULL)
        pagina = navegador.new_page(viewport={"width": 620, "height": 200}, device_scale_factor=1.5)
        pagina.goto(html.as_uri())
        pagina.screenshot(path=o.pasta / "surpresa.png", full_page=True)
        print(relativo(o.pasta / "surpresa.png"))


if __name__ == "__main__":
    executa(principal)
