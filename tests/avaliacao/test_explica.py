import math
import re
from pathlib import Path

import numpy as np

from apoio.conferencias import uma_linha
from conftest import Roda
from poema_top.explica import LARGURA, barra, no_terminal, pagina


def test_barra_em_oitavos() -> None:
    assert barra(1) == "█" * LARGURA
    assert barra(0.5) == "█" * (LARGURA // 2)
    assert barra(1 / (8 * LARGURA)) == "▏"
    assert barra(1e-9) == "▏"
    assert barra(0) == ""


def test_mostra_as_chances_a_cada_temperatura(pasta_modelo: Path, roda: Roda) -> None:
    feito = roda("explica", "a l", "--modelo", pasta_modelo, "--temperaturas", 1, 0, "--proximos", 3)
    assert feito.returncode == 0, feito.stderr
    assert "temperatura 1 " in feito.stdout
    linhas = [linha for linha in feito.stdout.splitlines() if "%" in linha]
    assert len(linhas) == 3
    chances = [[float(n.replace(",", ".")) for n in re.findall(r"([\d,]+) %", linha)] for linha in linhas]
    assert [zero for _, zero in chances] == [100, 0, 0]
    uns = [um for um, _ in chances]
    assert uns == sorted(uns, reverse=True)
    assert linhas[0].split()[0] == "u"  # "a lua" e "a luz" são tudo o que começa assim


def test_surpresa_no_terminal_com_e_sem_cores() -> None:
    nats = np.array([0.0, 4.0, 1.0, 9.0, 0.5])
    colorido = no_terminal("ab\nc", nats, cores=True)
    assert colorido == (
        "\x1b[30;48;2;255;255;255ma\x1b[0m\x1b[30;48;2;196;62;40mb\x1b[0m\n\x1b[30;48;2;196;62;40mc\x1b[0m"
    )
    assert (
        no_terminal("ab\n\nc", np.array([1.0, 2.0, 0, 0, 3.0, 0]), cores=False) == "  1,50  ab\n\n  3,00  c"
    )


def test_pagina_escapa_e_mostra_cada_caractere() -> None:
    feita = pagina("<\na", np.array([0.0, 4.0, 2.0, math.log(2)]), "modelo <x>")
    assert '<span style="background:rgb(196,62,40)" title="4,00 nat">↵</span>\n' in feita
    assert '">&lt;</span>' in feita
    assert 'title="0,69 nat">∎</span>' in feita
    assert "modelo &lt;x&gt;" in feita


def test_colore_um_poema_e_grava_a_pagina(pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    poema = tmp_path / "p.txt"
    poema.write_text("O sol sai\na lua cai\n@\n")
    saida = tmp_path / "s.html"
    feito = roda("explica", "--poema", poema, "--modelo", pasta_modelo, "--html", saida)
    assert feito.returncode == 0, feito.stderr
    assert re.search(r"  [\d,]+  o sol sai\n", feito.stdout)
    assert "depois de" not in feito.stdout
    assert saida.read_text().count("<span") == len("o sol sai\na lua cai@")
    feito = roda("explica", "--de-validacao", "--modelo", pasta_modelo)
    assert "nat por caractere" in feito.stdout


def test_enganos_de_quem_usa(pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    uma_linha(roda("explica", "--html", tmp_path / "x.html"), "diga qual")
    uma_linha(roda("explica", "--poema", tmp_path / "p", "--de-validacao"), "escolha entre")
    uma_linha(roda("explica", "--poema", tmp_path / "p", "--modelo", pasta_modelo), "não existe")
    (tmp_path / "l").write_bytes("maçã".encode("latin-1"))
    uma_linha(roda("explica", "--poema", tmp_path / "l", "--modelo", pasta_modelo), "UTF-8")
