"""`just mede pagina`: o que ele mede existe, a base faz as mesmas contas, e o que falta se diz."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from apoio.modelos import refaz_a_ficha
from apoio.poeta import Poeta
from apoio.programas import chromium
from conftest import PRAZO, Roda, ambiente
from poema_top.geracao import checkpoint
from poema_top.medicao.pagina import DIRETA, MODOS


def test_mede_pagina_compara_com_a_base_da_mesma_rodada(pasta_modelo: Path, roda: Roda) -> None:
    chromium()
    feito = roda("mede", "pagina", "--modelo", pasta_modelo, "--voltas", 1, "--segundos", "0,2")
    assert feito.returncode == 0, feito.stderr
    medidas = json.loads(feito.stdout.splitlines()[-1])
    assert list(medidas["letras"]) == list(MODOS)
    assert all(taxa > 0 for taxas in medidas["letras"].values() for taxa in taxas.values())
    for nome in ("primeira_letra_ms", "fatia_ms", "quadro_ms"):
        assert 0 < medidas[nome]["mediana"] <= medidas[nome]["maior"]
    assert medidas["pintura_ms"].keys() == {"com", "sem"}
    assert medidas["nucleo"] in os.sched_getaffinity(0)
    assert medidas["heap_mb"] > 0
    assert "1,0 ×" in next(linha for linha in feito.stdout.splitlines() if "(base)" in linha)


@pytest.mark.parametrize("qual", ["pasta_modelo", "pasta_silabas", "pasta_palavras"])
def test_a_base_e_a_rede_dao_os_mesmos_logits(
    navegador: Browser, qual: str, request: pytest.FixtureRequest
) -> None:
    """A lenta, que se lê, e a depressa: o que `rede.js` arruma não muda o resultado."""
    conteudo = checkpoint.le(request.getfixturevalue(qual)).pagina
    assert conteudo is not None
    pagina = navegador.new_page()
    poeta = Poeta(pagina)
    pagina.add_script_tag(path=DIRETA)
    poeta.abre("modelo", conteudo)
    lidos = poeta.faz(
        """(bytes, quantos) => {
          const direta = new Direta(new Uint8Array(bytes)), rede = new Poeta.Rede(modelos.modelo);
          const ids = Array.from({ length: quantos }, (_, i) => i * 7 % modelos.modelo.tokens.length);
          return ids.map((id) => [direta.le(id), Array.from(rede.le(id))]);
        }""",
        list(conteudo),
        60,
    )
    diretos, arrumados = np.array(lidos).transpose(1, 0, 2)
    np.testing.assert_allclose(arrumados, diretos, atol=1e-4)
    pagina.close()


def test_sem_o_arquivo_da_pagina_diz_como_o_fazer(pasta_modelo: Path, tmp_path: Path, roda: Roda) -> None:
    antiga = Path(shutil.copytree(pasta_modelo, tmp_path / "antiga"))
    (antiga / checkpoint.PAGINA).unlink()
    refaz_a_ficha(antiga)
    feito = roda("mede", "pagina", "--modelo", antiga)
    assert feito.returncode == 2
    assert "antiga não tem pagina.bin; faça-o com: just exporta" in feito.stderr


@pytest.mark.parametrize(
    ("falta", "dito"),
    [("playwright", "pelo Playwright, que não está instalado"), ("", "não achei o Chromium; instale-o")],
)
def test_sem_com_que_medir_diz_o_que_falta(pasta_modelo: Path, falta: str, dito: str) -> None:
    """Um Python em que o Playwright não se importa; e um PATH em que não há navegador."""
    programa = (
        f"import sys; sys.modules['{falta}'] = None; from poema_top import mede; "
        "from poema_top.base.erros import executa; executa(mede.principal)"
    )
    sem_navegador = {**ambiente(), "PATH": str(pasta_modelo), "CHROMIUM": ""}
    feito = subprocess.run(
        [sys.executable, "-c", programa, "pagina", "--modelo", str(pasta_modelo)],
        env=sem_navegador, capture_output=True, text=True, timeout=PRAZO, check=False,
    )  # fmt: skip
    assert feito.returncode == 2
    assert dito in feito.stderr
    assert feito.stderr.count("\n") == 1
