"""O .venv que morreu, que ficou pela metade ou que tem o TensorFlow de outra placa: nota-se, e se refaz."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from apoio.projeto import HA_ESCOLHA_DE_TENSORFLOW, SEM_REDE, Projeto, pacote


def _sem_o_python(p: Projeto) -> None:
    for python in p.venv.glob("bin/python*"):
        python.unlink()
        python.symlink_to("/nao/existe/python3.11")


def _de_outra_versao(p: Projeto) -> None:
    """O que faz um sistema que troca o Python: o mesmo caminho, e outra versão atrás dele."""
    outra = "3.12.1" if sys.version_info[:2] == (3, 11) else "3.11.1"
    (p.venv / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {outra}\nexecutable = /outro/python\n")


def _velho_demais(p: Projeto) -> None:
    (p.venv / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.2\n")


def _apagado_no_meio(p: Projeto) -> None:
    (p.venv / "pyvenv.cfg").unlink()


@pytest.mark.parametrize(
    ("estrago", "diz"),
    [
        (_sem_o_python, "não está mais nesta máquina"),
        (_de_outra_versao, "de outra versão do Python"),
        (_velho_demais, "é do Python 3.9.2, que não serve"),
        (_apagado_no_meio, "está pela metade"),
    ],
)
def test_nota_o_que_morreu(projeto: Projeto, estrago: Callable[[Projeto], None], diz: str) -> None:
    assert projeto.defeito() == "None"
    estrago(projeto)
    assert diz in projeto.defeito()


def test_o_que_morreu_se_refaz(projeto: Projeto) -> None:
    marca = projeto.marca()
    _sem_o_python(projeto)
    feito = projeto.prepara()
    assert feito.returncode == 0, feito.stderr
    assert feito.stderr.startswith("refazendo .venv, que é de um Python que não está mais nesta máquina, com")
    assert projeto.versao() == "1"
    assert not marca.exists()
    assert projeto.prepara().stderr == ""


def test_sem_pip_se_refaz(projeto: Projeto) -> None:
    (pip,) = projeto.venv.glob("lib/*/site-packages/pip")
    shutil.rmtree(pip)
    projeto.pede("r.txt")
    assert "refazendo .venv, que não tem pip" in projeto.prepara().stderr


def test_morto_no_meio_se_refaz(projeto: Projeto) -> None:
    """O pip é morto de verdade, quando já instala: um pacote grande dá tempo de chegar a ele."""
    pasta = projeto.raiz / "pacotes"
    grande = pacote(pasta, "grande")
    with zipfile.ZipFile(grande, "a") as z:
        for i in range(5_000):
            z.writestr(f"versos/v{i}.py", "")
    projeto.pede("r.txt", f"./pacotes/{grande.name}")
    with subprocess.Popen(
        [sys.executable, projeto.raiz / "ferramentas" / "ambiente.py", "r.txt"],
        env={**os.environ, **SEM_REDE}, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as morto:  # fmt: skip
        assert morto.stderr is not None
        for linha in morto.stderr:
            if linha.startswith("  instalando"):
                break
        os.killpg(morto.pid, signal.SIGKILL)
    assert not (projeto.venv / ".instalado-r.txt").read_text().startswith("./pacotes/grande")
    projeto.pede("r.txt", "./pacotes/versinho-1-py3-none-any.whl")  # e isto já estava instalado
    feito = projeto.prepara()
    assert feito.stderr.startswith("refazendo .venv, que está pela metade"), feito.stderr
    assert feito.returncode == 0
    assert projeto.prepara().stderr == ""


def _nvidia_smi(pasta: Path, resposta: str) -> str:
    """Um nvidia-smi de mentira, como nenhuma máquina de teste tem; devolve o PATH com ele na frente."""
    pasta.mkdir(exist_ok=True)
    (pasta / "nvidia-smi").write_text(f"#!/bin/sh\n{resposta}\n")
    (pasta / "nvidia-smi").chmod(0o755)
    return f"{pasta}:{os.environ['PATH']}"


@pytest.mark.skipif(not HA_ESCOLHA_DE_TENSORFLOW, reason="só no Linux de PC há dois TensorFlow")
def test_o_tensorflow_e_o_da_placa(projeto: Projeto, tmp_path: Path) -> None:
    pasta = projeto.raiz / "pacotes"
    cpu, gpu = pacote(pasta, "tensorflow-cpu"), pacote(pasta, "tensorflow")
    projeto.pede("requirements-cpu.txt", f"tensorflow-cpu @ {cpu.as_uri()}")
    projeto.pede("requirements-gpu.txt", f"tensorflow @ {gpu.as_uri()}")
    projeto.pede("treina.txt", "-r requirements-cpu.txt")
    projeto.pede("testa.txt", "-r treina.txt")
    com = _nvidia_smi(tmp_path / "com", "echo 'GPU 0: NVIDIA de mentira'")
    sem = _nvidia_smi(tmp_path / "sem", "echo 'NVIDIA-SMI has failed' >&2; exit 9")

    def instalados() -> list[str]:
        return sorted(p.name.split("-")[0] for p in projeto.venv.glob("lib/*/site-packages/tensor*-info"))

    feito = projeto.prepara("treina.txt", PATH=sem)
    assert "TensorFlow para CPU: nenhuma GPU NVIDIA responde" in feito.stderr, feito.stderr
    assert instalados() == ["tensorflow_cpu"]
    # O que se escolheu fica: nem o nvidia-smi nem outro arquivo de requisitos troca um pelo outro.
    assert projeto.prepara("treina.txt", PATH=com).stderr == ""
    assert projeto.prepara("testa.txt", PATH=com).returncode == 0
    assert instalados() == ["tensorflow_cpu"]
    # A não ser que se peça; e aí o outro sai, porque os dois são o mesmo módulo.
    feito = projeto.prepara("treina.txt", POEMA_GPU="sim")
    assert "refazendo .venv, que tem o outro TensorFlow" in feito.stderr, feito.stderr
    assert instalados() == ["tensorflow"]
    assert projeto.prepara("treina.txt", PATH=sem).stderr == ""
    assert projeto.prepara("testa.txt", PATH=sem).returncode == 0
    assert instalados() == ["tensorflow"]
    # Num .venv novo, quem escolhe é o nvidia-smi.
    shutil.rmtree(projeto.venv)
    assert "TensorFlow com CUDA: há uma GPU NVIDIA" in projeto.prepara("treina.txt", PATH=com).stderr
    assert instalados() == ["tensorflow"]
