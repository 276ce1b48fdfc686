"""As receitas: o just de verdade chega ao comando com as opções inteiras e o lugar de quem chamou."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from apoio.projeto import PRAZO, SEM_REDE, Projeto
from conftest import RAIZ

ECO = """
import json, os, sys
print(json.dumps({
    "argumentos": sys.argv[1:], "python": sys.prefix, "pasta": os.getcwd(),
    "aqui": os.environ.get("POEMA_AQUI"), "gpu": os.environ.get("POEMA_GPU"),
}))
"""
JUST = Path(sys.executable).with_name("just")


@pytest.fixture(scope="module")
def receitas(tmp_path_factory: pytest.TempPathFactory) -> Projeto:
    """Um projeto cujos comandos só dizem como foram chamados."""
    p = Projeto(tmp_path_factory.mktemp("receitas") / "o projeto")
    for arquivo in ("requirements.txt", "requirements-servidor.txt"):
        p.pede(arquivo, "-r r.txt")
    p.pede("requirements-just.txt")
    for nome in ("just", "justfile"):
        shutil.copy(RAIZ / nome, p.raiz)
    comandos = p.raiz / "src" / "poema_top"
    comandos.mkdir(parents=True)
    for nome in ("amostra", "treina"):
        (comandos / f"{nome}.py").write_text(ECO)
    feito = p.prepara("requirements-servidor.txt")
    assert feito.returncode == 0, feito.stderr
    (p.venv / "bin" / "just").symlink_to(JUST)
    return p


def chama(receitas: Projeto, *comando: object, aqui: Path) -> dict[str, object]:
    ambiente = {n: v for n, v in os.environ.items() if not n.startswith("POEMA_")}
    feito = subprocess.run(
        list(map(str, comando)), cwd=aqui, env={**ambiente, **SEM_REDE},
        capture_output=True, text=True, timeout=PRAZO, check=False,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    dito = json.loads(feito.stdout)
    assert (dito["python"], dito["pasta"]) == (str(receitas.venv), str(receitas.raiz))
    return dict(dito)


OPCOES = ["--inicio", "a lua ", "", 'diz "oi"', "$HOME", "versos\\de.txt"]


def test_as_opcoes_chegam_inteiras_e_com_o_lugar_de_quem_chamou(receitas: Projeto, tmp_path: Path) -> None:
    dito = chama(receitas, "../" * 10 + str(receitas.raiz / "just")[1:], "amostra", *OPCOES, aqui=tmp_path)
    assert (dito["argumentos"], dito["aqui"]) == (OPCOES, str(tmp_path))


def test_quem_tem_o_just_nao_precisa_do_da_pasta(receitas: Projeto) -> None:
    dentro = receitas.raiz / "src"
    dito = chama(receitas, JUST, "amostra", *OPCOES, aqui=dentro)
    assert (dito["argumentos"], dito["aqui"]) == (OPCOES, str(dentro))


def test_como_o_just_do_windows_chama(receitas: Projeto) -> None:
    """Lá quem lê a linha da receita é o roda.py, no lugar do sh."""
    casca = ["--shell", sys.executable, "--shell-arg", "ferramentas/roda.py", "--shell-arg", "--receita"]
    dito = chama(receitas, JUST, "--set", "roda", "roda", *casca, "amostra", *OPCOES, aqui=receitas.raiz)
    assert dito["argumentos"] == OPCOES


@pytest.mark.parametrize(("opcao", "gpu"), [("--gpu", "sim"), ("--sem-gpu", "nao"), ("--minutos", None)])
def test_a_placa_e_do_preparo_e_nao_do_comando(receitas: Projeto, opcao: str, gpu: str | None) -> None:
    dito = chama(receitas, receitas.raiz / "just", "treina", opcao, "--lote", 2, aqui=receitas.raiz)
    assert dito["gpu"] == gpu
    assert dito["argumentos"] == [*([opcao] if gpu is None else []), "--lote", "2"]
