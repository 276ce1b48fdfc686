"""O fluxo do GitHub Actions que publica a página: o zizmor aceita-o, e não um estragado; o comando existe."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import RAIZ, Roda

FLUXO = Path("workflows", "pagina.yml")


def confere(*onde: Path) -> "subprocess.CompletedProcess[str]":
    comando = [sys.executable, RAIZ / "ferramentas" / "fluxos.py", *onde]
    return subprocess.run(comando, capture_output=True, text=True, check=False)


def test_o_fluxo_passa() -> None:
    feito = confere()
    assert feito.returncode == 0, feito.stdout + feito.stderr


@pytest.mark.parametrize(
    ("de", "para", "dito"),
    [
        ("runs-on: ubuntu-latest", "runs_on: ubuntu-latest", "runs-on"),
        ("pages: write", "pages: writes", "writes"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("$MODELO", "${{ inputs.modelo }}", "template-injection"),
        ("actions/checkout@v6", "outro/checkout@v6", "unpinned-uses"),
    ],
)
def test_o_fluxo_estragado_nao_passa(tmp_path: Path, de: str, para: str, dito: str) -> None:
    pasta = Path(shutil.copytree(RAIZ / ".github", tmp_path / ".github"))
    texto = (pasta / FLUXO).read_text(encoding="utf-8")
    assert de in texto
    (pasta / FLUXO).write_text(texto.replace(de, para), encoding="utf-8")
    feito = confere(pasta)
    assert feito.returncode != 0
    assert dito in feito.stdout + feito.stderr


def test_o_comando_do_fluxo_faz_a_pasta_que_ele_publica(roda: Roda, tmp_path: Path) -> None:
    texto = (RAIZ / ".github" / FLUXO).read_text(encoding="utf-8")
    achado = re.search(r"run: \./just (.*)", texto)
    assert achado
    argumentos = shlex.split(achado[1].replace("$MODELO", "padrao").replace("modelos_", f"{RAIZ}/modelos_"))
    assert roda(*argumentos, cwd=tmp_path).returncode == 0
    publicada = re.search(r"path: (\S+)", texto)
    assert publicada
    assert (tmp_path / publicada[1] / "index.html").exists()
