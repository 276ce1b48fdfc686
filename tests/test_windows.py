"""Os comandos principais num Python sem o que o do Windows não tem (apoio/windows/sitecustomize.py)."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from apoio.servidor_de_llm import servidor_de_llm
from conftest import OPCOES_MINUSCULAS, RAIZ, ambiente, comando
from poema_top.geracao import checkpoint
from poema_top.texto.poemas import le_poemas

SEM_O_LINUX = str(RAIZ / "tests" / "apoio" / "windows")
# O resto do pacote não pode usar nada que só um sistema tem; `just mede servidor` é só do Linux, e o diz.
# O que só `mede servidor` usa.
SO_DO_LINUX = tuple(
    f"src/poema_top/medicao/{nome}.py" for nome in ("carga", "servidor", "nginx", "nucleos", "um_nucleo")
)


def no_windows() -> dict[str, str]:
    aqui = ambiente()
    caminhos = os.pathsep.join([SEM_O_LINUX, aqui["PYTHONPATH"]])
    # A saída em UTF-8 é a do terminal do Windows, e a de quem entra pelo just.
    return {**aqui, "PYTHONPATH": caminhos, "PYTHONIOENCODING": "utf-8", "PYTHONWARNDEFAULTENCODING": "1"}


def roda_no_windows(nome: str, *argumentos: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        comando(nome, *argumentos),
        env=no_windows(),
        encoding="utf-8",
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=600,
        check=False,
    )


def test_o_ensaio_tira_mesmo() -> None:
    prova = (
        "import asyncio, os, pathlib, select, signal, socket, subprocess\n"
        "assert not any(hasattr(m, n) for m, n in [(os, 'fork'), (os, 'geteuid'), (select, 'epoll'),"
        " (socket, 'AF_UNIX'), (signal, 'SIGKILL')])\n"
        "for falha, tenta in [(PermissionError, lambda: os.open('.', os.O_RDONLY)),"
        " (ImportError, lambda: __import__('resource')),"
        " (NotImplementedError, lambda: asyncio.new_event_loop().add_signal_handler(2, print)),"
        " (EncodingWarning, lambda: pathlib.Path('x').write_text('ç')),"
        " (EncodingWarning, lambda: subprocess.run(['true'], text=True))]:\n"
        "    try: tenta()\n"
        "    except falha: continue\n"
        "    raise AssertionError(falha)\n"
    )
    feito = subprocess.run(
        [sys.executable, "-c", prova], env=no_windows(), stderr=subprocess.PIPE, check=False
    )
    assert feito.returncode == 0, feito.stderr.decode()


@pytest.mark.parametrize(
    ("nome", "opcoes", "pedaco"),
    [
        ("amostra", ["--tamanho", 40, "--semente", 1], "── temperatura 0,3"),
        ("infere", ["--tamanho", 40, "--ritmo", 400], "Ctrl-C encerra"),
        ("explica", ["o mar"], "█"),
        ("dataset", [], "poemas"),
        ("vocabulario", [], "á"),
    ],
)
def test_o_que_le_roda(pasta_modelo: Path, nome: str, opcoes: list[object], pedaco: str) -> None:
    modelo = ["--modelo", pasta_modelo] if nome in ("amostra", "infere", "explica") else []
    feito = roda_no_windows(nome, *opcoes, *modelo)
    assert feito.returncode == 0, feito.stderr
    assert pedaco in feito.stdout
    assert not feito.stderr


def test_o_que_grava_grava_igual(pasta_modelo: Path, dataset_minusculo: Path, tmp_path: Path) -> None:
    """Com os fins de linha do Unix."""
    limpo, colorido = tmp_path / "limpo.txt", tmp_path / "colorido.html"
    feito = roda_no_windows("dataset", dataset_minusculo, "--limpa", limpo)
    assert feito.returncode == 0, feito.stderr
    feito = roda_no_windows("explica", "--modelo", pasta_modelo, "--de-validacao", "--html", colorido)
    assert feito.returncode == 0, feito.stderr
    assert b"\r" not in limpo.read_bytes() + colorido.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"limpo.txt", "colorido.html"}


def test_gera_pede_grava_e_continua(tmp_path: Path) -> None:
    poemas = iter(le_poemas(RAIZ / "dataset" / "poemas-1k.txt"))
    with servidor_de_llm(lambda _: (200, next(poemas))) as servidor:
        for quantos in (2, 3):
            feito = roda_no_windows(
                "gera", "--saida", tmp_path / "p.txt", "--servidor", servidor, "--paralelo", 1,
                "--quantidade", quantos,
            )  # fmt: skip
            assert feito.returncode == 0, feito.stderr
            assert len(le_poemas(tmp_path / "p.txt")) == quantos


def test_treina_com_professor_e_troca_a_pasta(
    pasta_modelo: Path, dataset_minusculo: Path, tmp_path: Path
) -> None:
    """Corpus novo, distribuições do professor, e a pasta do modelo trocada a cada época melhor."""
    feito = roda_no_windows(
        "treina", "--dataset", dataset_minusculo, "--saida", tmp_path, "--nome", "m", "--epocas", 2,
        "--professor", pasta_modelo, "--peso-do-professor", "0,4375", *OPCOES_MINUSCULAS,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    assert "lendo os poemas com o professor" in feito.stdout
    assert re.search(r"época +2 .*\*$", feito.stdout, re.MULTILINE), "a segunda época não melhorou"
    assert checkpoint.le(tmp_path / "m").ficha["epocas"] == 2
    assert {p.name for p in tmp_path.iterdir()} == {"m", ".m.tranca"}
    for nome in (checkpoint.FICHA, checkpoint.VOCABULARIO, checkpoint.HISTORICO):
        assert b"\r" not in (tmp_path / "m" / nome).read_bytes()


def test_o_servidor_sobe_e_para(pasta_modelo: Path) -> None:
    from websockets.sync.client import connect

    opcoes = ["--modelo", pasta_modelo, "--endereco", "127.0.0.1", "--porta", 0]
    cano = subprocess.PIPE
    with subprocess.Popen(
        comando("websocket", *opcoes), env=no_windows(), stdout=cano, stderr=cano, encoding="utf-8"
    ) as processo:
        try:
            assert processo.stdout is not None
            enderecos = (re.search(r"http://127\.0\.0\.1:(\d+)/", linha) for linha in processo.stdout)
            porta = next(int(achado[1]) for achado in enderecos if achado)
            with connect(f"ws://127.0.0.1:{porta}/ws/") as conexao:
                texto = ""
                while len(texto) < 3:
                    texto += str(conexao.recv(timeout=30))
                processo.send_signal(signal.SIGINT)
                saida, erro = processo.communicate(timeout=600)
        finally:
            processo.kill()
    assert processo.returncode == 0, erro
    assert "encerrado." in saida


def test_enganos_continuam_de_uma_linha(pasta_modelo: Path) -> None:
    uma_linha(roda_no_windows("vocabulario", RAIZ), "é uma pasta")
    uma_linha(roda_no_windows("treina", "--nome", "v1:final"), "--nome", "Windows")
    uma_linha(roda_no_windows("mede", "servidor", "--modelo", pasta_modelo), "só do Linux", "WSL")


@pytest.mark.parametrize("plataforma", ["win32", "darwin"])
def test_os_tipos_nao_acham_nada_de_um_sistema_so(plataforma: str) -> None:
    """O mypy sabe o que cada sistema tem."""
    memoria = RAIZ / ".mypy_cache" / plataforma
    feito = subprocess.run(
        [sys.executable, "-m", "mypy", "--platform", plataforma, "--cache-dir", memoria, "src"],
        cwd=RAIZ, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    erros = [linha for linha in feito.stdout.splitlines() if ": error:" in linha]
    assert [linha for linha in erros if not linha.startswith(SO_DO_LINUX)] == []
    assert "Success" in feito.stdout or "checked" in feito.stdout, feito.stdout + feito.stderr


def test_o_git_do_windows_nao_troca_os_fins_de_linha(tmp_path: Path) -> None:
    """O Git for Windows vem com core.autocrlf: um CR a mais e o SHA-256 dos poemas não é o da ficha."""
    if shutil.which("git") is None or not (RAIZ / ".git").exists():
        pytest.skip("sem git, ou fora de um clone")
    subprocess.run(
        ["git", "-c", "core.autocrlf=true", "checkout-index", "--all", f"--prefix={tmp_path}/"],
        cwd=RAIZ, check=True,
    )  # fmt: skip
    padrao = checkpoint.le(tmp_path / "modelos_treinados" / "padrao")
    poemas = (tmp_path / padrao.ficha["configuracao"]["dataset"]).read_bytes()
    assert hashlib.sha256(poemas).hexdigest() == padrao.ficha["dataset"]["sha256"]
