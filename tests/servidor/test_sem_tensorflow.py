"""O lado que serve roda onde não há TensorFlow, Keras nem matplotlib: num venv de verdade, só com os
requisitos do servidor."""

import subprocess
import sys
from pathlib import Path

import pytest
from websockets.sync.client import connect

from apoio.servidor import servidor
from conftest import RAIZ, ambiente, comando

SALAS = ("base", "texto", "geracao", "servidor")
COMANDOS = ("amostra", "infere", "websocket", "dataset", "vocabulario", "exporta")


def modulos() -> list[str]:
    """Tudo o que serve, tirado das pastas: um arquivo novo entra sozinho na prova."""
    fonte = RAIZ / "src"
    arquivos = [arquivo for sala in SALAS for arquivo in (fonte / "poema_top" / sala).rglob("*.py")]
    arquivos += [fonte / "poema_top" / f"{comando}.py" for comando in COMANDOS]
    partes = [arquivo.relative_to(fonte).with_suffix("").parts for arquivo in arquivos]
    return sorted(".".join(p for p in parte if p != "__init__") for parte in partes)


@pytest.fixture(scope="module")
def python_do_servidor(tmp_path_factory: pytest.TempPathFactory) -> str:
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = str(venv / "bin" / "python")
    requisitos = RAIZ / "requirements-servidor.txt"
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", requisitos], check=True)
    return python


def test_importa_e_gera_sem_tensorflow(
    python_do_servidor: str, pasta_modelo: Path, pasta_silabas: Path, tmp_path: Path
) -> None:
    prova = (
        "from importlib.util import find_spec; "
        "print([m for m in ('tensorflow', 'keras', 'matplotlib') if find_spec(m)])"
    )
    ausentes = subprocess.run([python_do_servidor, "-c", prova], capture_output=True, text=True, check=True)
    assert ausentes.stdout.strip() == "[]"
    importa = "; ".join(f"import {modulo}" for modulo in modulos())
    subprocess.run([python_do_servidor, "-c", importa], env=ambiente(), check=True)
    for nome, *opcoes in [
        *(("amostra", "--tamanho", 40, "--modelo", pasta) for pasta in (pasta_modelo, pasta_silabas)),
        *(
            ("infere", "--tamanho", 40, "--ritmo", 0, "--modelo", pasta)
            for pasta in (pasta_modelo, pasta_silabas)
        ),
        ("dataset",),
        ("vocabulario",),
        ("exporta", "--modelo", pasta_modelo),
        ("exporta", "pagina", "--modelo", pasta_modelo, "--saida", tmp_path / "poema.html"),
        ("exporta", "site", "--modelo", pasta_modelo, "--saida", tmp_path / "site"),
    ]:
        feito = subprocess.run(
            comando(nome, *opcoes, python=python_do_servidor),
            env=ambiente(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert feito.returncode == 0, feito.stderr
    pede_keras = ("keras", "--saida", "x.keras", "--modelo", pasta_modelo)
    sem_keras = subprocess.run(
        comando("exporta", *pede_keras, python=python_do_servidor),
        env=ambiente(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (sem_keras.returncode, sem_keras.stderr.count("\n")) == (2, 1)
    assert "é preciso o Keras" in sem_keras.stderr
    for pasta in (pasta_modelo, pasta_silabas):
        with servidor(pasta, python=python_do_servidor) as s, connect(s.ws) as conexao:
            texto = ""
            while len(texto) < 3:
                texto += str(conexao.recv(timeout=30))
            assert s.encerra()[0] == 0


def test_quem_gera_nao_carrega_o_tensorflow_mesmo_tendo() -> None:
    """Começar depressa: nenhum import do lado que serve puxa o treino."""
    prova = (
        "import sys; import poema_top.amostra, poema_top.infere, poema_top.websocket, poema_top.exporta; "
        "print(sorted(m for m in ('tensorflow', 'keras', 'matplotlib') if m in sys.modules))"
    )
    feito = subprocess.run(
        [sys.executable, "-c", prova], env=ambiente(), capture_output=True, text=True, check=True
    )
    assert feito.stdout.strip() == "[]"
