"""docs/comandos.md é o que `just comandos` escreve hoje."""

import os
import subprocess
import sys
from pathlib import Path

from conftest import RAIZ, ambiente


def escreve(saida: Path, **variaveis: str) -> str:
    feito = subprocess.run(
        [sys.executable, RAIZ / "ferramentas" / "comandos.py", "--saida", saida],
        env={**ambiente(), **variaveis}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    return saida.read_text(encoding="utf-8")


def test_a_pagina_dos_comandos_e_a_de_hoje(tmp_path: Path) -> None:
    """Noutra pasta e noutro tamanho de terminal dá a mesma."""
    nova = escreve(tmp_path / "comandos.md", COLUMNS="43", POEMA_AQUI=os.fspath(tmp_path))
    velha = (RAIZ / "docs" / "comandos.md").read_text(encoding="utf-8")
    assert nova == velha, "docs/comandos.md ficou para trás; refaça-a: just comandos"


def test_toda_receita_esta_nela() -> None:
    pagina = (RAIZ / "docs" / "comandos.md").read_text(encoding="utf-8")
    just = [Path(sys.executable).with_name("just"), "--summary", "--unsorted"]
    nomes = subprocess.run(just, cwd=RAIZ, capture_output=True, text=True, check=True).stdout.split()
    assert len(nomes) > 20
    assert [nome for nome in nomes if f"## just {nome}\n" not in pagina] == []
