"""Cada engano de quem usa: uma linha em português, status 2, nenhum traceback."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import RAIZ, Roda, ambiente, comando, grava_poemas, poemas_minusculos


@pytest.fixture
def ruins(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "vazio.txt").write_text("")
    (tmp_path / "latin1.txt").write_bytes("maçã\n@\n".encode("latin-1"))
    grava_poemas(tmp_path / "um.txt", ["um poema só"])
    grava_poemas(tmp_path / "poucos.txt", poemas_minusculos(6))
    return {p.stem: p for p in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("arquivo", "pedaco"),
    [
        ("nenhum", "não achei o arquivo"),
        ("vazio", "está vazio"),
        ("latin1", "parece Windows-1252; leia-o com: just dataset "),
        ("um", "são precisos ao menos 2"),
        ("poucos", "128 janelas de 60 precisa de 7.681"),
    ],
)
def test_treina_com_dataset_ruim(ruins: dict[str, Path], roda: Roda, arquivo: str, pedaco: str) -> None:
    caminho = ruins.get(arquivo, Path("nao-existe.txt"))
    pedido = ["--lote", 128, "--janela", 60]  # sem isto, o lote se ajustaria ao texto
    uma_linha(roda("treina", "--dataset", caminho, "--saida", caminho.parent / "m", *pedido), pedaco)
    assert not (caminho.parent / "m").exists()


@pytest.mark.parametrize(
    ("comando", "opcoes", "pedaco"),
    [
        ("treina", ["--otimizador", "magico"], "rmsprop"),
        ("treina", ["--lote", "0"], "inteiro de 1 em diante"),
        ("treina", ["--minutos", "-3"], "maior que zero"),
        ("treina", ["--validacao", "1,5"], "--validacao"),
        ("treina", ["--nome", "../fora"], "--nome"),
        ("treina", ["--inventada"], "opção desconhecida"),
        ("amostra", ["--temperaturas", "-1"], "um número de 0 a 100"),
        ("amostra", ["--temperaturas", "nan"], "um número de 0 a 100"),
        ("amostra", ["--temperaturas", "0,5", "-0,5"], "um número de 0 a 100"),
        ("amostra", ["--top-p", "0"], "maior que 0 e até 1"),
        ("amostra", ["--min-p", "-0,1"], "um número de 0 a 1 (veio '-0,1')"),
        ("infere", ["--min-p", "1,5"], "um número de 0 a 1 (veio '1,5')"),
        ("avalia", ["--min-p", "nan"], "um número de 0 a 1"),
        ("websocket", ["--min-p", "-1"], "um número de 0 a 1"),
        ("amostra", ["--modelo", "nao-existe"], "não achei a pasta de modelo"),
        ("amostra", ["--modelo", str(RAIZ / "tests")], "ficha.json"),
        ("amostra", ["--inicio", "a", "--de-validacao"], "escolha entre"),
        ("infere", ["--temperatura", "-1"], "um número de 0 a 100"),
        ("infere", ["--ritmo", "-1"], "de zero em diante"),
        ("infere", ["--modelo", "nao-existe"], "não achei a pasta de modelo"),
        ("websocket", ["--porta", "70000"], "uma porta de 0 a 65535"),
        ("websocket", ["--temperatura", "quente"], "um número de 0 a 100"),
        ("websocket", ["--modelo", "nao-existe"], "não achei a pasta de modelo"),
        ("dataset", ["nao-existe.txt"], "não achei o arquivo"),
        ("vocabulario", [str(RAIZ)], "é uma pasta; junte os poemas dela com: just dataset "),
        ("vocabulario", ["nao-existe.txt"], "não achei o arquivo"),
        ("mede", ["nada"], "geracao"),
        ("mede", ["treino", "--grafico", str(RAIZ / "docs")], "é uma pasta"),
        ("mede", ["treino", "--grafico", str(RAIZ / "nao-existe" / "g.png")], "não há pasta"),
        ("amostra", ["--modelo", "/"], "ficha.json"),
        ("amostra", ["--modelo", ""], "falta o caminho"),
        ("treina", ["--professor", "/"], "ficha.json"),
        ("treina", ["--nome", ""], "--nome"),
        ("treina_distribuido", ["--maquinas", "a:0", "b:1"], "a porta de 1 a 65535"),
        ("treina_distribuido", ["--maquinas", "a:99999", "b:1"], "a porta de 1 a 65535"),
        ("treina_distribuido", ["--maquinas", "a:1 b:2"], "ENDEREÇO:PORTA"),
        ("treina_distribuido", ["--maquinas", "a:1"], "duas ou mais"),
        ("treina_distribuido", ["--maquinas", "a:1", "a:1"], "todas diferentes"),
        ("avalia", ["--juiz", "--servidor", "http://[::"], "--servidor pede o endereço"),
        ("avalia", ["--json", str(RAIZ / "nao-existe" / "m.json")], "não há pasta"),
        ("avalia", ["--grafico", str(RAIZ)], "é uma pasta"),
        ("avalia", ["--posicao", str(RAIZ / "README.md" / "p.png")], "arquivo onde devia haver uma pasta"),
        ("explica", ["--poema", str(RAIZ / "README.md"), "--html", str(RAIZ / "README.md")], "outro nome"),
        ("dataset", ["--limpa", str(RAIZ / "README.md")], "já existe"),
        ("websocket", ["--endereco", ""], "0.0.0.0"),
        ("websocket", ["--endereco", "a..b"], "--endereco"),
    ],
)
def test_opcao_ruim(roda: Roda, comando: str, opcoes: list[str], pedaco: str) -> None:
    uma_linha(roda(comando, *opcoes), pedaco)


def test_porta_em_uso(roda: Roda, pasta_modelo: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ocupada:
        porta = ocupada.getsockname()[1]
        feito = roda("websocket", "--modelo", pasta_modelo, "--endereco", "127.0.0.1", "--porta", porta)
    uma_linha(feito, f"a porta {porta} já está em uso", "--porta")


def test_endereco_que_nao_e_daqui(roda: Roda, pasta_modelo: Path) -> None:
    feito = roda("websocket", "--modelo", pasta_modelo, "--endereco", "192.0.2.1", "--porta", 0)
    uma_linha(feito, "--endereco")


def test_disco_que_nao_aceita(roda: Roda, tmp_path: Path) -> None:
    (tmp_path / "arquivo").write_text("não é pasta")
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(20))
    feito = roda("dataset", dados, "--limpa", tmp_path / "arquivo" / "limpo.txt")
    uma_linha(feito, "arquivo onde devia haver uma pasta")


@pytest.mark.parametrize(
    "nome",
    ["treina", "amostra", "infere", "websocket", "dataset", "vocabulario", "mede", "avalia", "explica"],
)
def test_ajuda_em_portugues(roda: Roda, nome: str) -> None:
    feito = roda(nome, "--help")
    assert feito.returncode == 0
    assert feito.stdout.startswith(f"uso: just {nome}")
    assert "opções" in feito.stdout
    for ingles in ("usage", "options", "show this", "default"):
        assert ingles not in feito.stdout


@pytest.mark.parametrize("variaveis", [{"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "ascii"}])
@pytest.mark.parametrize("argumentos", [["amostra", "--tamanho", "5"], ["vocabulario"]])
def test_terminal_que_nao_e_utf8(variaveis: dict[str, str], argumentos: list[str]) -> None:
    """O que ele não sabe escrever sai como "?"."""
    feito = subprocess.run(
        comando(*argumentos), env={**ambiente(), **variaveis}, capture_output=True, check=False, timeout=600
    )
    assert feito.returncode == 0, feito.stderr
    assert b"?" in feito.stdout
    assert not feito.stderr


def test_nome_de_arquivo_que_nao_e_texto(tmp_path: Path) -> None:
    torto = tmp_path / os.fsdecode(b"caf\xe9.txt")
    grava_poemas(torto, ["o mar"])
    feito = subprocess.run(comando("dataset", torto), env=ambiente(), capture_output=True, check=False)
    assert feito.returncode == 0, feito.stderr
    assert rb"caf\udce9.txt" in feito.stdout


def test_saida_cortada_nao_e_erro(pasta_modelo: Path) -> None:
    """`just infere | head` acaba em silêncio."""
    with subprocess.Popen(
        comando("infere", "--modelo", pasta_modelo, "--ritmo", 0, "--temperatura", 1, "--inicio", ""),
        env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    ) as processo:  # fmt: skip
        assert processo.stdout is not None
        assert processo.stderr is not None
        processo.stdout.readline()
        processo.stdout.close()
        erro = processo.stderr.read()
    assert "Traceback" not in erro
    assert "erro:" not in erro
