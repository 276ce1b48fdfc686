"""O preparo do .venv: num projeto minúsculo, com venvs e pip de verdade e sem rede."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import RAIZ
from test_erros import uma_linha

PRAZO = 120  # segundos
SEM_REDE = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
# Um repositório de pacotes que não responde.
LONGE = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1"}
HA_ESCOLHA_DE_TENSORFLOW = os.uname().sysname == "Linux" and os.uname().machine == "x86_64"


def pacote(pasta: Path, nome: str, versao: str = "1") -> Path:
    """Um pacote de um módulo só, que sabe a sua versão, já montado."""
    modulo, dados = nome.replace("-", "_"), f"{nome.replace('-', '_')}-{versao}.dist-info"
    arquivo = pasta / f"{modulo}-{versao}-py3-none-any.whl"
    pasta.mkdir(exist_ok=True)
    with zipfile.ZipFile(arquivo, "w") as z:
        z.writestr(f"{modulo}.py", f"versao = {versao!r}\n")
        z.writestr(f"{dados}/METADATA", f"Metadata-Version: 2.1\nName: {nome}\nVersion: {versao}\n")
        z.writestr(f"{dados}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr(f"{dados}/RECORD", "".join(f"{n},,\n" for n in (*z.namelist(), f"{dados}/RECORD")))
    return arquivo


class Projeto:
    """Uma cópia do que prepara o ambiente, com requisitos de mentira."""

    def __init__(self, raiz: Path) -> None:
        self.raiz, self.venv, self.python = raiz, raiz / ".venv", raiz / ".venv/bin/python"
        shutil.copytree(RAIZ / "ferramentas", raiz / "ferramentas")
        pacote(raiz / "pacotes", "versinho")
        self.pede("r.txt", "./pacotes/versinho-1-py3-none-any.whl  # um pacote daqui")

    def pede(self, arquivo: str, *linhas: str) -> None:
        (self.raiz / arquivo).write_text("\n".join(("# Requisitos.", *linhas, "")))

    def prepara(
        self, arquivo: str = "r.txt", python: str = sys.executable, **ambiente: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [python, self.raiz / "ferramentas" / "ambiente.py", arquivo],
            env={**os.environ, **SEM_REDE, **ambiente},
            capture_output=True, text=True, timeout=PRAZO, check=False,
        )  # fmt: skip

    def versao(self) -> str:
        programa = "import versinho; print(versinho.versao)"
        return subprocess.check_output([self.python, "-c", programa], text=True).strip()

    def defeito(self) -> str:
        programa = "from preparo.estado import defeito; print(defeito())"
        pasta = self.raiz / "ferramentas"
        return subprocess.check_output([sys.executable, "-c", programa], text=True, cwd=pasta).strip()

    def marca(self) -> Path:
        """Um arquivo que só continua lá se ninguém refizer o .venv."""
        marca = self.venv / "marca"
        marca.touch()
        return marca


@pytest.fixture(scope="module")
def feito(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Um projeto com o .venv pronto, que cada teste copia: fazer um venv leva segundos."""
    projeto = Projeto(tmp_path_factory.mktemp("feito") / "projeto")
    assert projeto.prepara().returncode == 0
    return projeto.raiz


@pytest.fixture
def projeto(feito: Path, tmp_path: Path) -> Projeto:
    p = Projeto(tmp_path / "projeto")
    shutil.copytree(feito / ".venv", p.venv, symlinks=True)
    return p


def test_faz_do_nada(tmp_path: Path) -> None:
    p = Projeto(tmp_path / "pasta com espaços")
    feito = p.prepara()
    assert feito.returncode == 0, feito.stderr
    assert feito.stderr.startswith("criando .venv com o Python 3.")
    assert "instalando r.txt em .venv\n  instalando 1 pacote\n" in feito.stderr
    assert p.versao() == "1"
    assert not list(p.venv.glob("lib/*/site-packages/setuptools"))


def test_sem_mudanca_nao_faz_nada(projeto: Projeto) -> None:
    antes = {a: a.stat().st_mtime_ns for a in projeto.venv.rglob("*")}
    assert (projeto.prepara().returncode, projeto.prepara().stderr) == (0, "")
    projeto.pede("r.txt", "./pacotes/versinho-1-py3-none-any.whl  # outro comentário")
    assert projeto.prepara().stderr == ""
    assert {a: a.stat().st_mtime_ns for a in projeto.venv.rglob("*")} == antes


def test_requisito_que_muda_ate_num_arquivo_incluido(projeto: Projeto) -> None:
    projeto.pede("fora.txt", "-r r.txt  # o de dentro")
    marca = projeto.marca()
    assert projeto.prepara("fora.txt").returncode == 0
    assert projeto.versao() == "1"
    pacote(projeto.raiz / "pacotes", "versinho", "2")
    projeto.pede("r.txt", "./pacotes/versinho-2-py3-none-any.whl")
    feito = projeto.prepara("fora.txt")
    assert feito.returncode == 0, feito.stderr
    assert projeto.versao() == "2"
    assert marca.exists()


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


def test_dois_terminais_esperam_um_pelo_outro(tmp_path: Path) -> None:
    p = Projeto(tmp_path / "projeto")
    comando = [sys.executable, p.raiz / "ferramentas" / "ambiente.py", "r.txt"]
    dois = [
        subprocess.Popen(comando, env={**os.environ, **SEM_REDE}, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ditos = sorted(processo.communicate(timeout=PRAZO)[1] for processo in dois)
    assert [processo.returncode for processo in dois] == [0, 0]
    assert ditos[0].startswith("criando .venv")
    assert ditos[1] in ("", "outro terminal está instalando; espero por ele...\n")
    assert p.versao() == "1"


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


def test_o_que_da_errado_e_uma_linha(projeto: Projeto) -> None:
    projeto.pede("falta.txt", "nao-existe==1")
    projeto.pede("treina.txt", "-r requirements-cpu.txt")
    feito = projeto.prepara("falta.txt")
    assert feito.returncode == 2
    assert feito.stderr.startswith("instalando falta.txt")
    (erro,) = feito.stderr.splitlines()[1:]
    assert erro.startswith("erro: não consegui instalar falta.txt: não há nao-existe==1 para este sistema")
    sem_rede = projeto.prepara("falta.txt", **LONGE)
    assert sem_rede.returncode == 2
    assert "confira a rede" in sem_rede.stderr.splitlines()[-1]
    # O que não chegou a mexer no .venv não o estraga.
    assert projeto.prepara().stderr == ""
    uma_linha(projeto.prepara("inventado.txt"), "não achei o arquivo de requisitos inventado.txt")
    uma_linha(projeto.prepara("treina.txt", POEMA_GPU="talvez"), "POEMA_GPU é sim ou nao, e não talvez")
    uma_linha(projeto.prepara("--ajuda"), "diga o arquivo")


def test_sem_python_que_sirva(projeto: Projeto, tmp_path: Path) -> None:
    shutil.rmtree(projeto.venv)
    (tmp_path / "vazia").mkdir()
    for programa in ("sh", "dirname"):
        (tmp_path / "vazia" / programa).symlink_to(str(shutil.which(programa)))
    shutil.copy(RAIZ / "just", projeto.raiz)
    feito = subprocess.run(
        [projeto.raiz / "just"], env={"PATH": str(tmp_path / "vazia")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    uma_linha(feito, "preciso de Python 3.11, 3.12 ou 3.13")
