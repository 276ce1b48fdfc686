"""O fim da rodada de testes: o que não rodou por faltar um programa, e a linha que o instala."""

import os
import subprocess
import sys

import pytest

from apoio.programas import SEM, o_que_instalar
from conftest import RAIZ, ambiente


def test_uma_linha_instala_tudo() -> None:
    motivos = [f"Skipped: {SEM}sshd, rsync", f"Skipped: {SEM}rsync", "Skipped: outra coisa"]
    assert o_que_instalar(motivos).splitlines() == [
        "testes pulados, pelo programa que faltou: rsync (2), sshd (1)",
        "para rodá-los: apt install openssh-server rsync",
    ]
    assert o_que_instalar(["Skipped: outra coisa"]) == ""


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("1", 1)])
def test_quem_chega_passa_e_a_integracao_continua_nao(ci: str, status: int) -> None:
    (arquivo,) = (RAIZ / "tests").rglob("test_systemd.py")
    feito = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", arquivo],
        cwd=RAIZ, env={**ambiente(), "PATH": os.devnull, "CI": ci},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert feito.returncode == status, feito.stdout
    *_, instala, fim = feito.stdout.strip().splitlines()
    assert instala == "para rodá-los: apt install systemd"
    assert "skipped" in fim
