"""Um caminho da linha de comando é relativo a onde está quem o escreve, e não à pasta do projeto."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import OPCOES_MINUSCULAS, RAIZ, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top.base.opcoes import le_opcoes
from poema_top.treino.configuracao import Configuracao


def de(pasta: Path, nome: str, *argumentos: object) -> "subprocess.CompletedProcess[str]":
    """Roda como a receita do just: na pasta do projeto, com a de quem usa em POEMA_AQUI."""
    return subprocess.run(
        comando(nome, *argumentos), cwd=RAIZ, env={**ambiente(), "POEMA_AQUI": str(pasta)},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


@pytest.fixture
def longe(tmp_path: Path) -> Path:
    grava_poemas(tmp_path / "meus.txt", poemas_minusculos(150))
    grava_poemas(tmp_path / "fora.txt", poemas_minusculos(5, semente=9))
    return tmp_path


@pytest.mark.parametrize("nome", ["dataset", "vocabulario"])
def test_o_arquivo_e_o_de_onde_se_esta(longe: Path, nome: str) -> None:
    feito = de(longe, nome, "meus.txt")
    assert feito.returncode == 0, feito.stderr
    assert re.match(r"(li )?meus\.txt", feito.stdout)
    uma_linha(de(longe, nome, ""), "falta o caminho")


def test_treina_longe_do_projeto_e_avalia_de_outro_lugar(
    longe: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    opcoes = [
        "--dataset",
        "meus.txt",
        "--validacao",
        "fora.txt",
        "--saida",
        "m",
        "--nome",
        "x",
        "--epocas",
        1,
    ]
    feito = de(longe, "treina", *opcoes, *OPCOES_MINUSCULAS)
    assert feito.returncode == 0, feito.stderr
    assert "modelo em m/x" in feito.stdout
    feita = json.loads((longe / "m" / "x" / "ficha.json").read_text(encoding="utf-8"))["configuracao"]
    assert (feita["dataset"], feita["validacao"]) == (str(longe / "meus.txt"), str(longe / "fora.txt"))
    outra = tmp_path_factory.mktemp("outra")
    medido = de(outra, "avalia", "--modelo", longe / "m" / "x", "--caracteres", 100, "--json", "j.json")
    assert medido.returncode == 0, medido.stderr
    assert (outra / "j.json").exists()
    seguido = de(longe / "m", "treina", "--continua", "x", "--saida", ".", "--epocas", 2)
    assert seguido.returncode == 0, seguido.stderr
    assert "retomando" in seguido.stdout
    assert json.loads((longe / "m" / "x" / "ficha.json").read_text(encoding="utf-8"))["configuracao"] == {
        **feita, "epocas": 2
    }  # fmt: skip


def test_a_ficha_nao_depende_de_onde_se_esta(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    feitas = []
    for pasta, arquivo in (
        (RAIZ, "dataset/poemas-1k.txt"),
        (RAIZ / "dataset", "poemas-1k.txt"),
        (tmp_path, "d.txt"),
    ):
        (tmp_path / "d.txt").unlink(missing_ok=True)
        (tmp_path / "d.txt").symlink_to(RAIZ / "dataset" / "poemas-1k.txt")
        monkeypatch.setenv("POEMA_AQUI", str(pasta))
        o = le_opcoes(
            Configuracao, "", ["--dataset", arquivo, "--validacao", arquivo, "--professor", arquivo]
        )
        feitas.append(o.para_ficha())
    assert feitas[0] == feitas[1] == feitas[2]
    assert feitas[0]["dataset"] == feitas[0]["validacao"] == "dataset/poemas-1k.txt"


def test_sem_a_variavel_vale_a_pasta_do_processo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("POEMA_AQUI", raising=False)
    monkeypatch.chdir(tmp_path)
    o = le_opcoes(Configuracao, "", ["--dataset", "d.txt", "--validacao", "0,1", "--continua"])
    assert o.dataset == (tmp_path / "d.txt",)
    assert o.validacao == "0,1"
    assert o.continua == Path()  # sem valor: a mais nova
    assert le_opcoes(Configuracao, "", ["--continua", "."]).continua == tmp_path


def test_o_comando_aconselhado_funciona_colado(longe: Path) -> None:
    """De onde se está, com o nome entre aspas se preciso."""
    (longe / "meus poemas.txt").write_text("um @ aqui\n@\noutro\n@\n", encoding="utf-8")
    feito = de(longe, "vocabulario", "meus poemas.txt")
    uma_linha(feito, "confira-o com: just dataset ")
    colado = shlex.split(feito.stderr.partition("just ")[2])
    assert colado[1] == str(longe / "meus poemas.txt")
    assert de(longe, *colado).returncode == 0
    assert (longe / "meus-poemas.txt").read_text(encoding="utf-8") == "outro\n@\n"
    (longe / "l 1.txt").write_bytes("maçã\n@\n".encode("latin-1"))
    feito = de(longe, "vocabulario", "l 1.txt")
    uma_linha(feito, "parece Windows-1252; leia-o com: just dataset ")
    assert de(longe, *shlex.split(feito.stderr.partition("just ")[2])).returncode == 0
    assert (longe / "meus-poemas.txt").read_text(encoding="utf-8") == "maçã\n@\n"


def test_a_virgula_e_so_dos_numeros() -> None:
    ajuda = " ".join(de(RAIZ, "avalia", "--help").stdout.split())
    assert "(padrão: llama3.1)" in ajuda
    assert "(padrão: 0,3 0,6 0,9)" in ajuda
    assert "(padrão: 127.0.0.1 ::1)" in " ".join(de(RAIZ, "websocket", "--help").stdout.split())
