"""Quanto rende a rede no navegador: rede.js num Chromium de verdade, preso a um núcleo.

A base é a mesma rede sem nada arrumado (`direta.js`), na mesma página e em rodízio. Nada vem de fora: um
endereço que só existe para este navegador responde com os arquivos do projeto.
"""

import statistics
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poema_top.base.arquivos import SITIO
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.base.sistema import prende_a_um_nucleo
from poema_top.geracao.checkpoint import PAGINA, Checkpoint
from poema_top.medicao.navegador import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

REDE = SITIO / "rede.js"
DIRETA, MEDIDAS = (Path(__file__).with_name(nome) for nome in ("direta.js", "medidas.js"))
MEDIDA, DO_SITE = "medida.html", "index.html"
ENDERECO = "https://pagina.medida/"
# Só a uma página isolada das outras o Chromium dá o relógio de microssegundos.
ISOLADA = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}

MODOS = {"direta": "contas diretas (base)", "rede": "rede.js"}
# Tokens de um trecho: menos de um milissegundo, que quase sempre escapa ao que mais a máquina esteja fazendo.
TRECHO = {"direta": 1, "rede": 10}
FATIA = 8  # ms de escrita por quadro da tela
ABERTAS = 7  # páginas, para o que só se mede uma vez em cada uma
ATRASO = 0.05  # segundos até chegar cada arquivo da página do site, como numa rede
PINTURA = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
ROTULOS = {
    "primeira_letra_ms": "primeira letra, com o arquivo na mão",
    "fatia_ms": f"uma fatia de escrita, de {FATIA} ms pedidos",
    "quadro_ms": "de um quadro da tela ao outro, com uma fatia em cada um",
}


def mede(treinado: Checkpoint, voltas: int, segundos: float) -> dict[str, Any]:
    """Mostra as medidas e as devolve: letras por segundo de cada modo, e o que a página gasta.

    Args:
        treinado: o modelo.
        voltas: medidas de cada modo, em rodízio.
        segundos: duração de cada uma.

    Raises:
        ErroPoema: o modelo não tem o arquivo da página; falta o Playwright ou o Chromium.
    """
    if treinado.pagina is None:
        raise ErroPoema(f"{treinado.nome} não tem {PAGINA}; faça-o com: just exporta --modelo PASTA")
    with chromium() as navegador:  # com todos os núcleos: quem serve os arquivos não disputa o da página
        medidas: dict[str, Any] = {"pintura_ms": _pinturas(navegador, treinado.pagina)}
    medidas["nucleo"] = prende_a_um_nucleo()
    with chromium("--enable-precise-memory-info") as navegador:
        medidas["primeira_letra_ms"] = _primeiras_letras(navegador, treinado.pagina)
        medidas |= _de_uma_pagina(navegador, treinado.pagina, voltas, segundos)
    _mostra(medidas)
    return medidas


def _abre(navegador: "Browser", modelo: bytes, documento: str, *, com_a_rede: bool = True) -> "Page":
    """Uma página nova: a do site, com rede.js ou sem ele, ou a que só tem com que medir."""
    script = '<script src="rede.js" defer></script>'
    do_site = (SITIO / DO_SITE).read_text(encoding="utf-8")
    com_que_medir = "".join(f'<script src="{a.name}"></script>' for a in (REDE, DIRETA, MEDIDAS))
    corpos: dict[str, tuple[str, str | bytes]] = {
        MEDIDA: ("text/html; charset=utf-8", f"<!DOCTYPE html><body>{com_que_medir}"),
        DO_SITE: ("text/html; charset=utf-8", do_site if com_a_rede else do_site.replace(script, "")),
        "modelo.bin": ("application/octet-stream", modelo),
    }
    for arquivo in (*SITIO.glob("*.js"), DIRETA, MEDIDAS):
        corpos[arquivo.name] = ("text/javascript; charset=utf-8", arquivo.read_bytes())

    def responde(rota: "Route") -> None:
        time.sleep(ATRASO if documento == DO_SITE else 0)
        tipo, corpo = corpos.get(rota.request.url.removeprefix(ENDERECO), ("", ""))
        rota.fulfill(status=200 if tipo else 404, headers={**ISOLADA, "Content-Type": tipo}, body=corpo)

    pagina = navegador.new_page()
    pagina.route(ENDERECO + "**", responde)
    pagina.goto(ENDERECO + documento)
    return pagina


def _primeiras_letras(navegador: "Browser", modelo: bytes) -> dict[str, float]:
    """O tempo do arquivo na mão à primeira letra, em páginas que nunca rodaram nada."""
    tempos = []
    for _ in range(ABERTAS):
        pagina = _abre(navegador, modelo, MEDIDA)
        tempos.append(pagina.evaluate("prepara()"))
        pagina.close()
    return _resumo(tempos)


def _de_uma_pagina(navegador: "Browser", modelo: bytes, voltas: int, segundos: float) -> dict[str, Any]:
    """Memória, quadros e letras por segundo de uma página que escreve sem parar."""
    pagina = _abre(navegador, modelo, MEDIDA)
    antes = _memoria(navegador)
    pagina.evaluate("prepara().then(() => { direta = null; })")  # a base não entra na conta
    pagina.evaluate("trechos('rede', 1000, 10).length")
    depois = _memoria(navegador)
    heap = pagina.evaluate("performance.memory.usedJSHeapSize")
    intervalos, fatias = pagina.evaluate("(d) => quadros(...d)", [1000 * segundos, FATIA])
    pagina.evaluate("prepara()")
    feitos: dict[str, list[tuple[float, float]]] = {modo: [] for modo in MODOS}
    for _ in range(voltas):
        for modo, trechos in feitos.items():
            novos = pagina.evaluate("(d) => trechos(...d)", [modo, 1000 * segundos, TRECHO[modo]])
            trechos.extend(novos)
    pagina.close()
    return {
        "letras": {modo: _taxas(trechos) for modo, trechos in feitos.items()},
        "fatia_ms": _resumo(fatias),
        "quadro_ms": _resumo(intervalos),
        "memoria_mb": None if antes is None or depois is None else depois - antes,
        "heap_mb": heap / (1 << 20),
    }


def _taxas(trechos: list[tuple[float, float]]) -> dict[str, float]:
    """Letras por segundo ao todo, e na mediana dos trechos, que é a de quem tem o núcleo só para si."""
    return {
        "ao_todo": 1000 * sum(n for n, _ in trechos) / sum(ms for _, ms in trechos),
        "livre": statistics.median(1000 * n / ms for n, ms in trechos),
    }


def _resumo(tempos: list[float]) -> dict[str, float]:
    return {"mediana": statistics.median(tempos), "maior": max(tempos)}


def _pinturas(navegador: "Browser", modelo: bytes) -> dict[str, float]:
    """A primeira pintura da página do site, com rede.js e sem ele: a mediana de várias, alternadas."""
    feitas: dict[str, list[float]] = {"com": [], "sem": []}
    for _ in range(ABERTAS):
        for como, tempos in feitas.items():
            pagina = _abre(navegador, modelo, DO_SITE, com_a_rede=como == "com")
            while not (pintou := pagina.evaluate(PINTURA)):
                pagina.wait_for_timeout(20)
            tempos.append(pintou)
            pagina.close()
    return {como: statistics.median(tempos) for como, tempos in feitas.items()}


def _memoria(navegador: "Browser") -> float | None:
    """A memória só dos processos que desenham páginas, em MB; None onde não se sabe (fora do Linux)."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    total = 0
    for processo in navegador.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]:
        if processo["type"] == "renderer":
            with suppress(OSError):  # um que já acabou
                linhas = Path(f"/proc/{processo['id']}/smaps_rollup").read_text(encoding="utf-8").splitlines()
                total += sum(int(linha.split()[1]) for linha in linhas if linha.startswith("Private_"))
    return total / 1024


def _mostra(medidas: dict[str, Any]) -> None:
    base = medidas["letras"]["direta"]["livre"]
    print(f"{'modo':<26}{'letras/s':>12}{'núcleo livre':>15}{'razão':>9}")
    for modo, taxa in medidas["letras"].items():
        numeros = f"{milhar(round(taxa['ao_todo'])):>12}{milhar(round(taxa['livre'])):>15}"
        print(f"{MODOS[modo]:<26}{numeros}{decimal(taxa['livre'] / base, 1) + ' ×':>9}")
    print()
    for nome, rotulo in ROTULOS.items():
        mediana, maior = (decimal(medidas[nome][qual], 1) for qual in ("mediana", "maior"))
        print(f"{rotulo}: mediana {mediana} ms, o maior {maior}")
    memoria = "—" if medidas["memoria_mb"] is None else f"{decimal(medidas['memoria_mb'], 1)} MB"
    print(f"memória a mais da página: {memoria}; do JavaScript, {decimal(medidas['heap_mb'], 1)} MB")
    com, sem = (decimal(medidas["pintura_ms"][como], 0) for como in ("com", "sem"))
    print(f"primeira pintura da página do site: {com} ms com rede.js, {sem} ms sem\n")
