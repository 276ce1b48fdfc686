"""Mais de um dispositivo, e mais de uma máquina: a mesma conta de um só."""

import csv
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from apoio.portas import escuta, filhos
from apoio.programas import exige
from conftest import OPCOES_MINUSCULAS, Roda, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.treino.grupo import Grupo
from poema_top.treino.par import Par

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
    """As opções de um treino pequeno que não depende da máquina: dois arquivos, por épocas, sem dropout."""
    pasta = tmp_path_factory.mktemp("dispositivos")
    poemas = poemas_minusculos(200)
    dados = [grava_poemas(pasta / f"{i}.txt", poemas[i::2]) for i in range(2)]
    comuns = ["--saida", pasta, "--dataset", *dados, "--epocas", 3, *OPCOES_MINUSCULAS]
    return [*comuns, "--lote", 32, "--dropout", 0]


@pytest.fixture(scope="module")
def sozinho(opcoes: list[object], roda: Roda) -> Path:
    feito = roda("treina", *opcoes, "--nome", "um")
    assert feito.returncode == 0, feito.stderr
    return Path(str(opcoes[1])) / "um"


def perdas(pasta: Path) -> list[tuple[float, float]]:
    with (pasta / checkpoint.HISTORICO).open() as arquivo:
        return [(float(e["treino_nats"]), float(e["validacao_nats"])) for e in csv.DictReader(arquivo)]


def test_duas_cpus_logicas_dao_a_perda_de_uma(opcoes: list[object], sozinho: Path) -> None:
    argumentos = map(str, [*opcoes, "--nome", "duas", "--dispositivos", "todos"])
    feito = subprocess.run(
        [sys.executable, "-c", DUAS_CPUS, *argumentos],
        env=ambiente(), capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    assert "treino em CPU:0, CPU:1, o lote em 2 parte(s)" in feito.stdout
    np.testing.assert_allclose(perdas(sozinho.with_name("duas")), perdas(sozinho), rtol=1e-3)


def test_dois_processos_dao_a_perda_de_um(opcoes: list[object], sozinho: Path, roda: Roda) -> None:
    feito = roda("treina_distribuido", *opcoes, "--nome", "dois")
    assert feito.returncode == 0, feito.stderr
    assert "processo 0 de 2" in feito.stdout
    assert feito.stdout.count("época  1") == 1
    np.testing.assert_allclose(perdas(sozinho.with_name("dois")), perdas(sozinho), rtol=1e-3)
    assert checkpoint.le(sozinho.with_name("dois")).ficha["epocas"] == 3


Processo = subprocess.Popen[str]


@contextmanager
def sem_fim(
    opcoes: list[object], pasta: Path, *mais: object, por: tuple[object, ...] = ()
) -> Iterator[Processo]:
    """Um treino que não acaba sozinho; `por` é o que o roda."""
    argumentos = [*opcoes, "--saida", pasta, "--nome", "m", "--epocas", 2000, "--paciencia", 0, *mais]
    comeca = [*map(str, por), *comando("treina_distribuido", *argumentos)]
    with subprocess.Popen(
        comeca, env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as processo:
        try:
            yield processo
        finally:
            processo.kill()


def espera(processo: Processo, comeco: str) -> None:
    """Até o processo escrever uma linha que comece assim."""
    assert processo.stdout is not None
    assert any(linha.startswith(comeco) for linha in processo.stdout), processo.communicate()[1]


def test_o_que_escuta_se_ve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as aberto:
        assert f"tcp 0100007F:{aberto.getsockname()[1]:04X}" in escuta(os.getpid())


def test_dois_processos_desta_maquina_nao_escutam_em_porta_alguma(
    opcoes: list[object], tmp_path: Path
) -> None:
    with sem_fim(opcoes, tmp_path) as chefe:
        espera(chefe, "época  2")
        processos = filhos(chefe.pid)
        assert len(processos) > 1
        assert [escuta(processo) for processo in processos] == [[]] * len(processos)


def _que_treina(chefe: Processo) -> int:
    """O outro processo; há um terceiro, que o Python põe a recolher o que os dois deixem."""
    tarefas = {filho: Path(f"/proc/{filho}/cmdline").read_text() for filho in filhos(chefe.pid)[1:]}
    (outro,) = (filho for filho, tarefa in tarefas.items() if "spawn_main" in tarefa)
    return outro


def test_se_o_outro_processo_cai_este_diz_e_guarda(opcoes: list[object], tmp_path: Path) -> None:
    with sem_fim(opcoes, tmp_path) as chefe:
        espera(chefe, "época  2")
        os.kill(_que_treina(chefe), signal.SIGKILL)
        _, erro = chefe.communicate(timeout=600)
    assert chefe.returncode == 2
    assert "o outro processo do treino acabou antes da hora" in erro
    assert erro.count("\n") == 1, erro
    assert checkpoint.le(tmp_path / "m").ficha["epocas"] >= 1


def test_se_o_chefe_cai_o_outro_nao_fica(opcoes: list[object], tmp_path: Path) -> None:
    with sem_fim(opcoes, tmp_path) as chefe:
        espera(chefe, "época  2")
        orfao = os.pidfd_open(_que_treina(chefe))
        chefe.kill()
    try:
        acabou, _, _ = select.select([orfao], [], [], 60)
        assert acabou
    finally:
        os.close(orfao)


def test_se_uma_maquina_cai_a_outra_diz_e_guarda(opcoes: list[object], tmp_path: Path) -> None:
    """Numa rede só deste teste: o gRPC do TensorFlow escuta em todas as interfaces."""
    exige("unshare", "nsenter", "ip")
    rede = ("unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    maquinas = ["--maquinas", "127.0.0.1:4001", "127.0.0.1:4002", "--esta"]
    with sem_fim(opcoes, tmp_path, *maquinas, 0, por=rede) as chefe:
        espera(chefe, "")  # já está na rede dele
        mesma_rede = ("nsenter", "-t", chefe.pid, "-U", "-n", "--preserve-credentials")
        with sem_fim(opcoes, tmp_path, *maquinas, 1, por=mesma_rede) as outro:
            espera(chefe, "época  2")
            assert [endereco for endereco in escuta(chefe.pid) if endereco.endswith(f":{4001:04X}")]
            outro.kill()
            outro.communicate()
            _, erro = chefe.communicate(timeout=600)
    assert chefe.returncode == 2
    aviso, queda = erro.splitlines()
    assert aviso.startswith("aviso: --maquinas exige uma rede privada, só delas")
    assert "perdi a ligação" in queda
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


def test_o_par_faz_a_mesma_media_nas_duas_pontas() -> None:
    aqui, la = Pipe()
    chefe, outro = Par(aqui, chefe=True), Par(la, chefe=False)
    vetores = [np.float32(3), np.array([[1, 2], [3, 4]], np.float32)]
    with ThreadPoolExecutor(1) as fila:
        dele = fila.submit(outro.media, *(5 * vetor for vetor in vetores))
        daqui = chefe.media(*vetores)
    for media, do_outro, vetor in zip(daqui, dele.result(), vetores, strict=True):
        np.testing.assert_array_equal(media, 3 * vetor)
        np.testing.assert_array_equal(media, do_outro)
    la.close()
    assert [float(n) for n in chefe.media(np.float32(7))] == [7]
    assert (chefe.caiu, outro.caiu) == (True, False)
    aqui.close()


def test_fatias_cobrem_o_lote_sem_repetir() -> None:
    fatias = [Grupo(["a:1", "b:1", "c:1"], esta).fatia(12) for esta in range(3)]
    assert [i for f in fatias for i in range(f.start, f.stop)] == list(range(12))
    assert Grupo().fatia(7) == slice(0, 7)
    with pytest.raises(ErroPoema, match="múltiplo"):
        Grupo(["a:1", "b:1"]).fatia(7)
