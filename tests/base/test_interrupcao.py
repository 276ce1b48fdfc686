"""Ctrl-C a qualquer instante: nenhum traceback, e o status que a justfile espera."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import OPCOES_MINUSCULAS, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top.geracao import checkpoint
from poema_top.medicao.nginx import porta_livre


@pytest.fixture(autouse=True)
def atento() -> Iterator[None]:
    """Quem roda os testes pode ignorar o Ctrl-C, e os filhos herdariam isso."""
    antes = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, antes)


def interrompe(argumentos: list[object], segundos: float) -> tuple[int, str]:
    """Começa um comando e manda o Ctrl-C depois de um tempo; o status e o stderr."""
    nome, *opcoes = argumentos
    processo = subprocess.Popen(
        comando(str(nome), *opcoes), env=ambiente(), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(segundos)  # o instante é o que se põe à prova
    processo.send_signal(signal.SIGINT)
    _, erro = processo.communicate(timeout=600)
    return processo.returncode, erro


def confere(argumentos: list[object], instantes: list[float], *, no_fim: int) -> None:
    """Nenhum traceback em nenhum instante, e um status dos nossos."""
    for segundos in instantes:
        status, erro = interrompe(argumentos, segundos)
        if "poema_top" not in erro and status not in (0, 130):
            assert segundos < 0.3, erro  # o Python ainda não tinha chegado à nossa primeira linha
            continue
        assert "Traceback" not in erro, f"{segundos} s: {erro}"
        assert status in (no_fim, 130), f"{segundos} s: {status} {erro}"
        assert erro.strip() in ("", "interrompido."), f"{segundos} s: {erro}"
    assert status == no_fim


@pytest.mark.parametrize("nome", ["infere", "websocket"])
def test_quem_so_acaba_assim_acaba_bem(pasta_modelo: Path, nome: str) -> None:
    opcoes = ["--temperatura", 1] if nome == "infere" else ["--porta", 0]
    confere(
        [nome, "--modelo", pasta_modelo, *opcoes],
        [0.02 * n for n in range(1, 30)] + [0.8, 1.2, 4],
        no_fim=0,
    )


def test_antes_de_aprender_nada_fica(dataset_minusculo: Path, tmp_path: Path) -> None:
    saida = tmp_path / "m"
    opcoes = ["--dataset", dataset_minusculo, "--saida", saida, "--minutos", 5, *OPCOES_MINUSCULAS]
    # Só até onde o TensorFlow ainda não carregou em máquina nenhuma: depois, um Ctrl-C guarda o aprendido.
    confere(["treina", *opcoes, "--lote", 2, "--janela", 4], [0.1, 0.25, 0.4, 0.55, 0.7], no_fim=130)
    assert not saida.exists()


def test_o_segundo_ctrl_c_nao_espera_e_o_primeiro_responde_ja(tmp_path: Path) -> None:
    """No meio de uma época, o primeiro diz que vai parar; o segundo para, e a época guardada fica."""
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(400))
    processo = subprocess.Popen(
        comando(
            "treina", "--dataset", dados, "--saida", tmp_path, "--nome", "m", "--minutos", 5,
            *OPCOES_MINUSCULAS,
        ),
        env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert processo.stdout is not None
    assert processo.stderr is not None
    for linha in processo.stdout:
        if linha.startswith("época  2"):
            break
    processo.send_signal(signal.SIGINT)
    assert processo.stderr.readline() == "\n"
    assert processo.stderr.readline().startswith("parando…: o passo acaba e o que se aprendeu fica guardado")
    processo.send_signal(signal.SIGINT)
    saida, erro = processo.communicate(timeout=600)
    assert processo.returncode == 0
    assert "Traceback" not in erro
    assert f"o melhor até ali está em {tmp_path / 'm'}" in saida
    assert checkpoint.le(tmp_path / "m").ficha["epocas"] >= 1
    assert not [*tmp_path.glob(".m.novo"), *tmp_path.glob(".m.anterior")]


def test_quem_espera_outra_maquina_desiste(dataset_minusculo: Path, tmp_path: Path) -> None:
    """A espera é do TensorFlow, que só devolve o controle quando a outra aparece."""
    portas = [f"127.0.0.1:{porta}" for porta in (porta_livre(), porta_livre())]
    processo = subprocess.Popen(
        comando(
            "treina_distribuido", "--dataset", dataset_minusculo, "--saida", tmp_path, *OPCOES_MINUSCULAS,
            "--maquinas", *portas,
        ),
        env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert processo.stdout is not None
    for linha in processo.stdout:
        if linha.startswith("esperando as outras"):
            break
    processo.send_signal(signal.SIGINT)
    _, erro = processo.communicate(timeout=600)
    assert processo.returncode in (-signal.SIGINT, 130)
    assert "Traceback" not in erro


PROVA = """
import os, signal, sys
sys.argv[:] = ["-m"]
import poema_top
sys.argv[:] = ["prova"]
from poema_top.base.erros import ErroPoema, executa
def principal():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        {consequencia}
executa(principal, interrompido={status})
"""


@pytest.mark.parametrize(
    ("consequencia", "status", "sai", "diz"),
    [
        ("raise", 130, 130, "interrompido.\n"),
        ("raise", 0, 0, "interrompido.\n"),
        ("raise ImportError('uma biblioteca o trocou por isto')", 130, 130, "interrompido.\n"),
        ("raise ErroPoema('o filho morreu')", 130, 130, "interrompido.\n"),
        ("os.kill(os.getpid(), signal.SIGINT)", 130, 130, "interrompido.\n"),
        ("pass", 130, 0, ""),
    ],
)
def test_o_que_vem_de_um_ctrl_c_conta_como_ele(consequencia: str, status: int, sai: int, diz: str) -> None:
    codigo = PROVA.format(consequencia=consequencia, status=status)
    feito = subprocess.run(
        [*comando("x")[:1], "-c", codigo],
        env=ambiente(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (feito.returncode, feito.stderr.lstrip("\n")) == (sai, diz)


def test_quem_ignora_o_ctrl_c_continua_a_ignorar(pasta_modelo: Path) -> None:
    """Como com nohup, ou com & num script."""
    shell = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]
    processo = subprocess.Popen(
        [*shell, *comando("infere", "--modelo", pasta_modelo, "--tamanho", 40, "--temperatura", 1)],
        env=ambiente(), stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert processo.stdout is not None
    processo.stdout.readline()
    processo.send_signal(signal.SIGINT)
    saida, _ = processo.communicate(timeout=600)
    assert len(saida) >= 40
