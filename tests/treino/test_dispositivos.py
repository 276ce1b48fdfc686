"""Mais de um dispositivo, e mais de uma máquina: a mesma conta de um só."""

import csv
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from conftest import OPCOES_MINUSCULAS, Roda, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import portas_livres
from poema_top.geracao import checkpoint
from poema_top.treino.grupo import Grupo

DUAS_CPUS = """
import tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from poema_top.base.erros import executa
from poema_top.treina import principal
executa(principal)
"""


@pytest.fixture(scope="module")
def opcoes(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """As opções de um treino pequeno que não depende da máquina: por épocas, sem dropout."""
    pasta = tmp_path_factory.mktemp("dispositivos")
    dados = grava_poemas(pasta / "p.txt", poemas_minusculos(200))
    comuns = ["--dataset", dados, "--saida", pasta, "--epocas", 3, *OPCOES_MINUSCULAS]
    return [*comuns, "--lote", 32, "--dropout", 0]


@pytest.fixture(scope="module")
def sozinho(opcoes: list[object], roda: Roda) -> Path:
    feito = roda("treina", *opcoes, "--nome", "um")
    assert feito.returncode == 0, feito.stderr
    return Path(str(opcoes[3])) / "um"


def perdas(pasta: Path) -> list[tuple[float, float]]:
    with (pasta / checkpoint.HISTORICO).open() as arquivo:
        return [(float(e["treino_nats"]), float(e["validacao_nats"])) for e in csv.DictReader(arquivo)]


def test_duas_cpus_logicas_dao_a_perda_de_uma(opcoes: list[object], sozinho: Path) -> None:
    argumentos = map(str, [*opcoes, "--nome", "duas", "--dispositivos", "todos"])
    feito = subprocess.run(
        [sys.executable, "-c", DUAS_CPUS, *argumentos],
        env=ambiente(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    assert "treino em CPU:0, CPU:1, o lote em 2 parte(s)" in feito.stdout
    np.testing.assert_allclose(perdas(sozinho.with_name("duas")), perdas(sozinho), rtol=1e-3)


def test_dois_processos_dao_a_perda_de_um(opcoes: list[object], sozinho: Path, roda: Roda) -> None:
    feito = roda("treina_distribuido", *opcoes, "--nome", "dois")
    assert feito.returncode == 0, feito.stderr
    assert "máquina 0 de 2" in feito.stdout
    assert feito.stdout.count("época  1") == 1
    np.testing.assert_allclose(perdas(sozinho.with_name("dois")), perdas(sozinho), rtol=1e-3)
    assert checkpoint.le(sozinho.with_name("dois")).ficha["epocas"] == 3


def test_se_uma_maquina_cai_a_outra_diz_e_guarda(opcoes: list[object], tmp_path: Path) -> None:
    maquinas = [f"127.0.0.1:{porta}" for porta in portas_livres(2)]
    argumentos = [*opcoes, "--saida", tmp_path, "--nome", "m", "--epocas", 2000, "--paciencia", 0]
    chefe, outro = (
        subprocess.Popen(
            comando("treina_distribuido", *argumentos, "--maquinas", *maquinas, "--esta", esta),
            env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for esta in (0, 1)
    )  # fmt: skip
    assert chefe.stdout is not None
    for linha in chefe.stdout:
        if linha.startswith("época  2"):
            break
    outro.send_signal(signal.SIGKILL)
    _, erro = chefe.communicate(timeout=60)
    outro.communicate()
    assert chefe.returncode == 2
    assert "perdi a ligação" in erro
    assert erro.count("\n") == 1, erro
    assert checkpoint.le(tmp_path / "m").ficha["epocas"] >= 1


@pytest.mark.parametrize(
    ("argumentos", "esperado"),
    [
        (["--maquinas", "semporta"], "ENDEREÇO:PORTA"),
        (["--maquinas", "a:1", "b:2", "--esta", "2"], "--esta vai de 0 a 1"),
        (["--lote", "33"], "não se divide por 2"),
    ],
)
def test_erros_de_quem_distribui(
    opcoes: list[object], argumentos: list[str], esperado: str, roda: Roda
) -> None:
    feito = roda("treina_distribuido", *opcoes, *argumentos)
    assert feito.returncode == 2
    assert esperado in feito.stderr
    assert feito.stderr.count("\n") == 1, feito.stderr


def test_fatias_cobrem_o_lote_sem_repetir() -> None:
    fatias = [Grupo(["a:1", "b:1", "c:1"], esta).fatia(12) for esta in range(3)]
    assert [i for f in fatias for i in range(f.start, f.stop)] == list(range(12))
    assert Grupo().fatia(7) == slice(0, 7)
    with pytest.raises(ErroPoema, match="múltiplo"):
        Grupo(["a:1", "b:1"]).fatia(7)
