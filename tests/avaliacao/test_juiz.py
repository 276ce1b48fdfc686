"""O juiz: contra um llama-server de verdade, contra um servidor que falha e contra juízes conhecidos."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from apoio.llama import MODELO, llama_server
from apoio.servidor_de_llm import servidor_de_llm
from conftest import Roda, poemas_minusculos
from poema_top.avaliacao.juiz import RELEITURAS, Juiz, Nota
from poema_top.base.erros import ErroPoema
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Pergunta

Responde = Callable[[str], tuple[int, str]]


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    with llama_server() as servidor:
        yield servidor


def servidor_que(responde: Responde) -> AbstractContextManager[str]:
    """Um servidor de LLM; `responde` recebe a última mensagem e dá status e texto."""
    return servidor_de_llm(lambda pedido: responde(pedido["messages"][-1]["content"]))


def test_llama_server_de_verdade_da_notas_no_esquema(llama: str, tmp_path: Path) -> None:
    llm = LLM(llama, MODELO, simultaneos=2)
    llm.confere()
    juiz = Juiz(llm, tmp_path, votos=2)
    poemas = ["o sol sai\na lua cai", "o mar vem"]
    notas = juiz.julga(poemas, np.random.default_rng(0))
    assert len(notas) == 2
    assert all(0 <= n.coesao <= 10 and 0 <= n.coerencia <= 10 for n in notas)
    assert juiz.custo.pedidos >= 4
    assert juiz.custo.entrada > 4 * 50
    assert juiz.custo.saida > 0
    assert len(list(tmp_path.iterdir())) == 4
    outro = Juiz(llm, tmp_path, votos=2)
    assert outro.julga(poemas, np.random.default_rng(1)) == notas  # em outra ordem, do cache
    assert (outro.custo.pedidos, outro.custo.do_cache) == (0, 4)


def test_llama_server_sem_o_modelo(llama: str) -> None:
    with pytest.raises(ErroPoema, match=r"não tem o modelo llama3\.1 \(tem: smollm2\)"):
        LLM(llama).confere()


def test_avalia_com_juiz_de_verdade(llama: str, pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    feito = roda(
        "avalia", "--modelo", pasta_modelo, "--caracteres", 200, "--temperaturas", 1, "--juiz",
        "--servidor", llama, "--modelo-llm", MODELO, "--julgados", 2, "--votos", 1,
        "--cache", tmp_path / "cache", "--json", tmp_path / "m.json",
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    juiz = json.loads((tmp_path / "m.json").read_text())["juiz"]
    assert {len(notas) for notas in juiz["notas"].values()} == {2}
    assert ("FALHOU" in feito.stdout) == (not juiz["calibracao"]["vale"])
    custo = juiz["custo"]  # o modelo é tão pequeno que às vezes erra até a forma, e se pede de novo
    assert custo["pedidos"] - custo["malformadas"] + custo["do_cache"] == 6
    assert f"custo: {custo['pedidos']} pedidos" in feito.stdout


def test_insiste_quando_o_servidor_tropeca() -> None:
    restam = iter([(503, ""), (500, ""), (200, "pronto")])
    with servidor_que(lambda _: next(restam)) as endereco:
        resposta = LLM(endereco, tentativas=3).responde(Pergunta((("user", "oi"),)))
    assert (resposta.texto, resposta.entrada, resposta.saida) == ("pronto", 7, 3)


def test_desiste_com_uma_linha() -> None:
    with servidor_que(lambda _: (500, "")) as endereco, pytest.raises(ErroPoema, match="recusou o pedido"):
        LLM(endereco, tentativas=2).responde(Pergunta((("user", "oi"),)))


def test_o_nome_do_ollama_com_latest_serve() -> None:
    with servidor_que(lambda _: (200, "")) as endereco:
        LLM(endereco, "llama3.1").confere()
        with pytest.raises(ErroPoema, match="ollama pull outro"):
            LLM(endereco, "outro").confere()


def test_rele_o_que_veio_malformado(tmp_path: Path) -> None:
    restam = iter(["nota dez", '{"coesao": 11, "coerencia": 1}', '{"coesao": 8, "coerencia": 6}'])
    with servidor_que(lambda _: (200, next(restam))) as endereco:
        juiz = Juiz(LLM(endereco), tmp_path, votos=1)
        assert juiz.julga(["um poema"], np.random.default_rng(0)) == [Nota(8, 6)]
    custo = juiz.custo
    assert (custo.pedidos, custo.malformadas, custo.entrada, custo.saida) == (3, 2, 21, 9)


def test_so_malformadas_e_um_erro(tmp_path: Path) -> None:
    with servidor_que(lambda _: (200, "dez")) as endereco:
        juiz = Juiz(LLM(endereco), tmp_path, votos=1)
        with pytest.raises(ErroPoema, match=f"respondeu {RELEITURAS} vezes sem as notas"):
            juiz.julga(["um poema"], np.random.default_rng(0))
    assert list(tmp_path.iterdir()) == []


def test_a_origem_nao_aparece_e_a_ordem_e_sorteada(tmp_path: Path) -> None:
    vistos: list[str] = []

    def responde(mensagem: str) -> tuple[int, str]:
        vistos.append(mensagem.removeprefix("Poema:\n\n"))
        return 200, '{"coesao": 5, "coerencia": 5}'

    poemas = [f"poema {i}" for i in range(12)]
    with servidor_que(responde) as endereco:
        Juiz(LLM(endereco, simultaneos=1), tmp_path, votos=2).julga(poemas, np.random.default_rng(0))
    assert sorted(vistos) == sorted(poemas * 2)  # o poema e mais nada
    assert vistos not in (sorted(vistos), poemas * 2)


def test_o_comando_aprova_um_juiz_que_sabe_e_reprova_um_que_nao(
    pasta_modelo: Path, roda: Roda, tmp_path: Path
) -> None:
    treino = set(poemas_minusculos(150))

    def sabe(mensagem: str) -> tuple[int, str]:
        poema = mensagem.removeprefix("Poema:\n\n")
        versos = {verso for real in treino for verso in real.split("\n")}
        inteiros = sum(verso in versos for verso in poema.split("\n")) / len(poema.split("\n"))
        nota = 10 if poema in treino else round(1 + 7 * inteiros)
        return 200, json.dumps({"coesao": nota, "coerencia": nota})

    comum = ["--modelo", pasta_modelo, "--caracteres", 500, "--temperaturas", "0,9", "--juiz", "--votos", 1]
    for juiz, veredito in (
        (sabe, "querem dizer alguma coisa"),
        (lambda _: (200, '{"coesao":7,"coerencia":7}'), "FALHOU"),
    ):
        with servidor_que(juiz) as endereco:
            feito = roda("avalia", *comum, "--servidor", endereco, "--cache", tmp_path / veredito)
        assert feito.returncode == 0, feito.stderr
        assert veredito in feito.stdout


def test_servidor_que_nao_e_de_llm(roda: Roda, pasta_modelo: Path) -> None:
    uma_linha(
        roda("avalia", "--modelo", pasta_modelo, "--juiz", "--servidor", "nada"),
        "--servidor pede o endereço de um servidor de LLM",
    )
