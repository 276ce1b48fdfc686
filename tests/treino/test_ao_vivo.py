"""`just treina --ao-vivo`: treinos de verdade, vistos de fora enquanto correm."""

import csv
import math
import re
import shutil
import signal
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apoio.ao_vivo import PRAZO, assiste, juntas, treino_ao_vivo
from apoio.portas import escuta
from conftest import OPCOES_MINUSCULAS, Roda, espera_que
from poema_top.geracao import checkpoint
from poema_top.treino.historico import Epoca
from poema_top.treino.noticias import andamento, da_epoca

# Os endereços de loopback como o /proc os escreve.
DESTA_MAQUINA = re.compile(r"tcp (0100007F|0{24}01000000):|tcp6 0{24}01000000:")


def do_terminal(saida: str) -> list[str]:
    """Os poemas do fim, sem os títulos."""
    _, *partes = re.split(r"\n── temperatura .*\n", saida.partition("\n(semente ")[0])
    return [parte.strip("\n") for parte in partes]


def test_dois_veem_o_mesmo_treino_ate_os_poemas(
    dataset_minusculo: Path, tmp_path: Path, navegador: Browser
) -> None:
    """Um desde o começo, outro que chega tarde; um Ctrl-C acaba o treino, e a página acaba nos poemas."""
    saida = ["--saida", tmp_path, "--nome", "m", "--minutos", 5]
    with treino_ao_vivo("--dataset", dataset_minusculo, *saida, *OPCOES_MINUSCULAS) as t:
        assert all(map(DESTA_MAQUINA.match, escuta(t.processo.pid))), escuta(t.processo.pid)
        assert escuta(t.processo.pid)
        cedo = abre(navegador, t.url)
        espera_que(cedo, "treino.epocas?.length > 2 && treino.versos?.length > 1")
        tarde = abre(navegador, t.url)
        expect(tarde.locator("#estado")).to_have_text("aprendendo")
        expect(tarde.locator("#versos")).to_contain_text(cedo.locator("#versos .versos").last.inner_text())
        assert tarde.evaluate("treino.epocas[0].epoca") == 1
        t.processo.send_signal(signal.SIGINT)
        saida_dele, erro = t.processo.communicate(timeout=PRAZO)
        assert t.processo.returncode == 0, erro
        for pagina in (cedo, tarde):
            expect(pagina.locator("#estado")).to_have_text("o treino acabou: interrompido")
            assert pagina.locator("#poemas .versos").all_inner_texts() == do_terminal(saida_dele)
            expect(pagina.locator("#comando")).to_have_text(f"just websocket --modelo {tmp_path / 'm'}")
        assert cedo.evaluate("treino") == tarde.evaluate("treino")
        with (tmp_path / "m" / checkpoint.HISTORICO).open() as arquivo:
            guardadas = [int(linha["epoca"]) for linha in csv.DictReader(arquivo)]
        for pagina in (cedo, tarde):
            assert pagina.evaluate("treino.epocas.map((e) => e.epoca)") == guardadas
            pontos = pagina.locator("#curva .da-validacao").get_attribute("points") or ""
            assert len(pontos.split()) == len(guardadas)


def abre(navegador: Browser, url: str) -> Page:
    pagina = navegador.new_page()
    pagina.goto(url)
    return pagina


def test_continua_mostra_tambem_as_epocas_de_antes(pasta_modelo: Path, tmp_path: Path) -> None:
    pasta = shutil.copytree(pasta_modelo, tmp_path / "mini")
    with treino_ao_vivo("--continua", pasta, "--endereco", "127.0.0.1", "--epocas", 6) as t:
        contado = juntas(assiste(t.url))
        saida, erro = t.processo.communicate(timeout=PRAZO)
    assert t.processo.returncode == 0, erro
    assert [e["epoca"] for e in contado["epocas"]] == [1, 2, 3, 4, 5, 6]
    assert contado["andamento"]["progresso"] == 1
    assert [p["texto"] for p in contado["poemas"]] == do_terminal(saida)
    assert [p["temperatura"] for p in contado["poemas"]] == [0.3, 0.6, 0.9]
    assert "motivo" not in contado


def test_o_que_explode_se_conta_sem_numeros_que_ninguem_le() -> None:
    """Em JSON não há NaN nem infinito."""
    assert andamento(1, math.nan, 0.0, 5.0) == {
        "epoca": 1, "perda": None, "progresso": 0.0, "segundos": 5.0, "faltam": None
    }  # fmt: skip
    assert andamento(2, 0.5, 0.25, 30.0)["faltam"] == 90.0
    assert da_epoca(Epoca(1, 2.0, 0.01, 0.5, math.inf, 10.0))["validacao_nats"] is None


def test_porta_em_uso_e_dita_antes_de_treinar(dataset_minusculo: Path, tmp_path: Path, roda: Roda) -> None:
    saida = tmp_path / "modelos"
    with socket.create_server(("127.0.0.1", 0)) as ocupada:
        porta = ocupada.getsockname()[1]
        onde = ["--ao-vivo", "--endereco", "127.0.0.1", "--porta", porta]
        feito = roda("treina", "--dataset", dataset_minusculo, "--saida", saida, *onde)
    assert feito.returncode == 2
    assert feito.stderr == f"erro: a porta {porta} já está em uso; escolha outra com --porta.\n"
    assert feito.stdout == ""
    assert not saida.exists()


@pytest.mark.parametrize("opcao", [("--porta", 9000), ("--endereco", "0.0.0.0")])
def test_porta_e_endereco_sao_da_pagina(roda: Roda, opcao: tuple[object, ...]) -> None:
    feito = roda("treina", *opcao)
    assert feito.returncode == 2
    assert "junte --ao-vivo" in feito.stderr
