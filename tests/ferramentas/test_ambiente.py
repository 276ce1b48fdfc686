"""O preparo do .venv: num projeto minúsculo, com venvs e pip de verdade e sem rede."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from apoio.conferencias import uma_linha
from apoio.projeto import LONGE, PRAZO, SEM_REDE, Projeto, pacote
from conftest import RAIZ


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


def test_dois_terminais_esperam_um_pelo_outro(tmp_path: Path) -> None:
    p = Projeto(tmp_path / "projeto")
    comando = [sys.executable, p.raiz / "ferramentas" / "ambiente.py", "r.txt"]
    dois = [
        subprocess.Popen(comando, env={**os.environ, **SEM_REDE}, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ditos = [processo.communicate(timeout=PRAZO)[1] for processo in dois]
    assert [processo.returncode for processo in dois] == [0, 0]
    assert sum("criando .venv" in dito for dito in ditos) == 1
    assert sum("  instalando 1 pacote" in dito for dito in ditos) == 1
    assert p.versao() == "1"


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
