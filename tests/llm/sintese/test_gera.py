"""O comando inteiro: com um llama.cpp de verdade, e com servidores que falham quando se quer."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apoio.conferencias import uma_linha
from apoio.llama import MODELO, llama_server
from apoio.servidor_de_llm import corpo, servidor_de_llm
from conftest import PRAZO, RAIZ, Roda, ambiente, comando, grava_poemas
from poema_top.llm.sintese.painel import Painel
from poema_top.texto.poemas import em_texto, le_poemas

POEMAS = le_poemas(RAIZ / "dataset" / "poemas-1k-rimados.txt")
# Uma forma tão simples que até um modelo de 135 milhões de parâmetros, que mal sabe português, a segue.
CADEIAS = [
    "O amor é uma casa,\na casa é uma flor,\na flor é o amor.",
    "A vida é uma noite,\na noite é uma porta,\na porta é a vida.",
    "O tempo é um rio,\no rio é um amigo,\no amigo é o tempo.",
    "A terra é uma mesa,\na mesa é uma rosa,\na rosa é a terra.",
]


def diario(saida: Path) -> list[dict[str, Any]]:
    """As respostas que o diário já tem; a linha pela metade não conta."""
    arquivo = saida.with_name(saida.stem + ".gera.jsonl")
    linhas = arquivo.read_bytes().split(b"\n")[:-1] if arquivo.exists() else []
    return [registro for linha in linhas if "chave" in (registro := json.loads(linha))]


def ficha(saida: Path) -> dict[str, Any]:
    lida: dict[str, Any] = json.loads(saida.with_name(saida.stem + ".gera.json").read_text(encoding="utf-8"))
    return lida


def aceitos(respostas: list[dict[str, Any]]) -> list[str]:
    return [r.get("poema", r["texto"]) for r in respostas if "motivo" not in r]


class Escritor:
    """Responde a cada pedido com um poema novo, e conta quantas vezes ouviu cada um."""

    def __init__(self) -> None:
        self.ouvidos: Counter[str] = Counter()
        self._vez = threading.Lock()

    def __call__(self, pedido: dict[str, Any]) -> tuple[int, str | bytes]:
        with self._vez:
            self.ouvidos[json.dumps(pedido, sort_keys=True)] += 1
            return 200, POEMAS[self.ouvidos.total()]


class EscritorQueEmperra(Escritor):
    """Depois de tantos pedidos, não responde a mais nenhum; `emperrou` diz quando."""

    def __init__(self, depois_de: int) -> None:
        super().__init__()
        self.emperrou, self.fim = threading.Event(), threading.Event()
        self._restam = iter(range(depois_de))

    def __call__(self, pedido: dict[str, Any]) -> tuple[int, str | bytes]:
        if next(self._restam, None) is not None:
            return super().__call__(pedido)
        self.emperrou.set()
        self.fim.wait(PRAZO)
        return 500, ""


@pytest.fixture
def comeca() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Começa um `just gera` que o teste vai matar."""
    vivos: list[subprocess.Popen[str]] = []

    def abre(*argumentos: object) -> "subprocess.Popen[str]":
        vivos.append(
            subprocess.Popen(
                comando("gera", *argumentos),
                env=ambiente(),
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        return vivos[-1]

    yield abre
    for vivo in vivos:
        vivo.kill()
        vivo.communicate(timeout=PRAZO)


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


def test_dois_llamas_um_morre_e_o_outro_segue(
    comeca: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
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
        processo = comeca(
            "--saida", saida, "--modelo-llm", MODELO, "--base", "--exemplos", exemplos, "--tokens", 16,
            "--servidor", fica, morre, "--quantidade", 10_000, "--paralelo", 1,
        )  # fmt: skip
        espera(lambda: {fica, morre} <= {r["servidor"] for r in diario(saida)})
        llamas[1].kill()
        assert processo.stderr is not None
        assert f"nenhum servidor de LLM responde em {morre}" in processo.stderr.readline()
        antes = len(diario(saida))
        espera(lambda: len(diario(saida)) >= antes + 2)
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
    assert set(range(len(respostas) - 2)) <= {
        r["numero"] for r in respostas
    }  # o que o morto fazia, o outro fez
    assert saida.read_bytes() == em_texto(aceitos(respostas))
    assert ficha(saida)["respostas"] == len(respostas)


def espera(acontece: Callable[[], bool]) -> None:
    """Até acontecer, noutro processo, o que só se vê nos arquivos dele."""
    limite = time.monotonic() + PRAZO
    while not acontece():
        assert time.monotonic() < limite, "nunca aconteceu"
        time.sleep(0.02)


@pytest.mark.parametrize("instante", [0, 1, 4])
def test_morto_e_retomado_nao_pergunta_nada_duas_vezes(
    instante: int, comeca: Callable[..., "subprocess.Popen[str]"], roda: Roda, tmp_path: Path
) -> None:
    saida, escritor = tmp_path / "p.txt", EscritorQueEmperra(instante)
    opcoes = ["--saida", saida, "--quantidade", 7, "--paralelo", 1]
    with servidor_de_llm(escritor) as servidor:
        processo = comeca(*opcoes, "--servidor", servidor)
        assert escritor.emperrou.wait(
            PRAZO
        )  # um de cada vez: se já pede o seguinte, o anterior está guardado
        processo.send_signal(signal.SIGKILL)
        processo.communicate(timeout=PRAZO)
        escritor.fim.set()
    ouvidos, antes = escritor.ouvidos, diario(saida)
    assert len(antes) == ouvidos.total() == instante
    with saida.open("ab") as cortado:  # e como se a morte fosse a meio da escrita
        cortado.truncate(max(0, saida.stat().st_size - 10))
    outro = Escritor()
    outro.ouvidos = ouvidos
    with servidor_de_llm(outro) as servidor:
        feito = roda("gera", *opcoes, "--servidor", servidor)
    assert feito.returncode == 0, feito.stderr
    assert set(ouvidos.values()) == {1}
    assert diario(saida)[:instante] == antes
    assert saida.read_bytes() == em_texto(POEMAS[1:8])
    assert len(ficha(saida)["sessoes"]) == 2


def test_ctrl_c_acaba_ja_e_limpo(comeca: Callable[..., "subprocess.Popen[str]"], tmp_path: Path) -> None:
    saida, escritor = tmp_path / "p.txt", EscritorQueEmperra(2)
    with servidor_de_llm(escritor) as servidor:
        processo = comeca("--saida", saida, "--servidor", servidor, "--paralelo", 1)
        assert escritor.emperrou.wait(PRAZO)
        processo.send_signal(signal.SIGINT)
        escrito, erros = processo.communicate(timeout=PRAZO)
        escritor.fim.set()
    assert (processo.returncode, erros) == (130, "\ninterrompido.\n")
    assert "2 respostas, 2 aceitas" in escrito
    assert ficha(saida)["aceitas"] == 2


def test_disco_cheio_se_diz_e_nada_se_perde(roda: Roda, tmp_path: Path) -> None:
    saida, escritor, maximo = tmp_path / "p.txt", Escritor(), 1_100_000  # bytes por arquivo

    def enche(pedido: dict[str, Any]) -> tuple[int, str | bytes]:
        veio = escritor(pedido)
        return veio if escritor.ouvidos.total() <= 2 else (200, "a" * 300_000)

    opcoes = ["--saida", saida, "--quantidade", 5, "--paralelo", 1]
    with servidor_de_llm(enche) as servidor:
        feito = roda(
            "gera", *opcoes, "--servidor", servidor,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (maximo, maximo)),
        )  # fmt: skip
    uma_linha(feito, "não consigo gravar", "O que já veio está guardado: o mesmo comando continua.")
    assert len(diario(saida)) == 5  # duas que servem e três enormes; a quarta não coube
    with servidor_de_llm(escritor) as servidor:
        feito = roda("gera", *opcoes, "--servidor", servidor)
    assert feito.returncode == 0, feito.stderr
    assert sorted(escritor.ouvidos.values()) == [1] * 7 + [2]  # só a que não coube
    assert len(le_poemas(saida)) == 5


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
