"""O comando inteiro: com um llama.cpp de verdade, o que ele pede, e os enganos de quem o usa."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apoio.conferencias import uma_linha
from apoio.gera import POEMAS, aceitos, comecado, diario, ficha
from apoio.llama import MODELO, llama_server
from apoio.servidor import ate
from apoio.servidor_de_llm import corpo, servidor_de_llm
from conftest import PRAZO, RAIZ, Roda, ambiente, grava_poemas
from poema_top.llm.sintese.painel import Painel
from poema_top.texto.poemas import em_texto, le_poemas

# Uma forma tão simples que até um modelo de 135 milhões de parâmetros, que mal sabe português, a segue.
CADEIAS = [
    "O amor é uma casa,\na casa é uma flor,\na flor é o amor.",
    "A vida é uma noite,\na noite é uma porta,\na porta é a vida.",
    "O tempo é um rio,\no rio é um amigo,\no amigo é o tempo.",
    "A terra é uma mesa,\na mesa é uma rosa,\na rosa é a terra.",
]


def test_um_llama_de_verdade_escreve_um_punhado(roda: Roda, tmp_path: Path) -> None:
    saida, exemplos = tmp_path / "p.txt", grava_poemas(tmp_path / "exemplos.txt", CADEIAS)
    opcoes = ["--saida", saida, "--modelo-llm", MODELO, "--base", "--exemplos", exemplos, "--tokens", 48]
    with llama_server() as servidor:
        feito = roda("gera", *opcoes, "--servidor", servidor, "--quantidade", 3, "--paralelo", 2)
        assert feito.returncode == 0, feito.stderr
        uma_linha(
            roda("gera", *opcoes, "--servidor", servidor, "--modelo-llm", "outro"), "não tem o modelo outro"
        )
    respostas = diario(saida)
    assert saida.read_bytes() == em_texto(aceitos(respostas))
    assert len(le_poemas(saida)) == 3
    dela = ficha(saida)
    assert (dela["poemas"], dela["respostas"]) == (3, len(respostas))
    assert dela["aceitas"] + sum(dela["descartadas"].values()) == len(respostas)
    assert dela["tokens"]["escritos"] == sum(r["saida"] for r in respostas) > 20
    (sessao,) = dela["sessoes"]
    assert (sessao["servidores"], sessao["modelo"]) == (["llama.cpp"], MODELO)
    assert sessao["exemplos"]["poemas"] == len(CADEIAS)
    assert "tokens por segundo" in feito.stdout
    assert f"{len(respostas)} respostas, 3 aceitas" in feito.stdout
    for motivo, quantas in dela["descartadas"].items():
        assert f"{motivo} em {quantas}" in feito.stdout
    feito = roda("gera", *opcoes, "--servidor", "http://127.0.0.1:9/v1", "--quantidade", 3)
    assert (feito.returncode, "já tem 3 poemas" in feito.stdout) == (0, True)


LLAMA = (
    "from apoio.llama import llama_server\nwith llama_server() as s:\n    print(s, flush=True)\n    input()\n"
)


def test_dois_llamas_um_morre_e_o_outro_segue(tmp_path: Path) -> None:
    saida, exemplos = tmp_path / "p.txt", grava_poemas(tmp_path / "exemplos.txt", CADEIAS)
    no_apoio = {**ambiente(), "PYTHONPATH": os.pathsep.join([str(RAIZ / "src"), str(RAIZ / "tests")])}
    llamas = [
        subprocess.Popen(
            [sys.executable, "-c", LLAMA],
            env=no_apoio,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        fica, morre = (llama.stdout.readline().strip() for llama in llamas if llama.stdout)
        with comecado(
            "--saida", saida, "--modelo-llm", MODELO, "--base", "--exemplos", exemplos, "--tokens", 16,
            "--servidor", fica, morre, "--quantidade", 10_000, "--paralelo", 1,
        ) as processo:  # fmt: skip
            ate(lambda: {fica, morre} <= {r["servidor"] for r in diario(saida)})
            llamas[1].kill()
            assert processo.stderr is not None
            assert f"nenhum servidor de LLM responde em {morre}" in processo.stderr.readline()
            antes = len(diario(saida))
            ate(lambda: len(diario(saida)) >= antes + 2)
            processo.send_signal(signal.SIGINT)
            escrito, _ = processo.communicate(timeout=PRAZO)
    finally:
        for llama in llamas:
            llama.kill()
            llama.communicate(timeout=PRAZO)
    respostas = diario(saida)
    assert processo.returncode == 130
    assert f"{len(respostas)} respostas" in escrito
    assert {r["servidor"] for r in respostas[antes:]} == {fica}
    assert len({r["chave"] for r in respostas}) == len(respostas)
    # O que o morto fazia, o outro fez.
    assert set(range(len(respostas) - 2)) <= {r["numero"] for r in respostas}
    assert saida.read_bytes() == em_texto(aceitos(respostas))
    assert ficha(saida)["respostas"] == len(respostas)


def test_nada_que_preste_acaba_numa_linha(roda: Roda, tmp_path: Path) -> None:
    with servidor_de_llm(lambda _: (200, "The rain is falling\non the roof\nof my house.")) as servidor:
        feito = roda("gera", "--saida", tmp_path / "p.txt", "--servidor", servidor)
    uma_linha(feito, "nenhuma das últimas 100 respostas serviu (a última: noutra língua)")
    assert "noutra língua em 100" in feito.stdout
    assert (tmp_path / "p.txt").read_bytes() == b""
    assert ficha(tmp_path / "p.txt")["descartadas"] == {"noutra língua": 100}


def test_o_que_vai_no_pedido(roda: Roda, tmp_path: Path) -> None:
    pedidos: list[dict[str, Any]] = []

    def guarda(pedido: dict[str, Any]) -> tuple[int, str | bytes]:
        pedidos.append(pedido)
        return 200, corpo(POEMAS[len(pedidos)])

    temas = tmp_path / "temas.txt"
    temas.write_text("\n  o mar \n\n", encoding="utf-8")
    with servidor_de_llm(guarda) as servidor:
        feito = roda(
            "gera", "--saida", tmp_path / "p.txt", "--servidor", servidor, "--quantidade", 3, "--paralelo", 1,
            "--temas", temas, "--pedido", "faça um verso", "--temperatura", "0,7", "--tokens", 99,
        )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    assert "OLLAMA_NUM_PARALLEL" not in feito.stdout  # um de cada vez é o que ele já faz
    for pedido in pedidos:
        assert (pedido["model"], pedido["temperature"], pedido["max_tokens"]) == ("llama3.1", 0.7, 99)
        assert pedido["stop"] == ["\n@"]
        assert pedido["messages"][0]["content"].startswith("faça um verso. O tema é o mar; escreva ")
    assert len({pedido["seed"] for pedido in pedidos}) == 3


@pytest.mark.parametrize(
    ("opcoes", "diz"),
    [
        ([], "falta dizer onde gravar"),
        (["--saida", "{tmp}"], "é uma pasta"),
        (["--saida", "{tmp}/p.txt", "--servidor", "nada"], "--servidor pede o endereço"),
        (
            ["--saida", "{tmp}/p.txt", "--servidor", "http://127.0.0.1:9/v1"],
            "nenhum servidor de LLM responde",
        ),
        (["--saida", "{tmp}/p.txt", "--exemplos", "{tmp}/x"], "--exemplos só vale com --base"),
        (["--saida", "{tmp}/p.txt", "--base", "--pedido", "um haicai"], "não atende a pedidos"),
        (["--saida", "{tmp}/p.txt", "--quantidade", "0"], "precisa ser um inteiro de 1 em diante"),
    ],
)
def test_cada_engano_e_uma_linha(opcoes: list[str], diz: str, roda: Roda, tmp_path: Path) -> None:
    uma_linha(roda("gera", *(opcao.format(tmp=tmp_path) for opcao in opcoes)), diz)


def test_a_barra_diz_tudo() -> None:
    tela = io.StringIO()
    with Painel(10, 2, 1, tela) as painel:
        painel.anota(aceito=True, tokens=50)
        painel.anota(aceito=False, tokens=50)
        painel.avisa("um servidor caiu")
    escrito = tela.getvalue()
    assert "3/10 poemas" in escrito
    assert "faltam" in escrito
    assert "2 recusados" in escrito
    assert "tokens/s" in escrito
    assert "poemas/min" in escrito
    assert "um servidor caiu" in escrito
