"""O arquivo das probabilidades, e `just gera --probabilidades` inteiro."""

import json
from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from apoio.llama import MODELO, llama_server
from apoio.servidor_de_llm import servidor_de_llm
from conftest import Roda, grava_poemas
from poema_top.base.erros import ErroPoema
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Pergunta, Resposta
from poema_top.llm.palpites import Lugar, Palpites, junta
from poema_top.llm.sintese import obra as obras
from poema_top.llm.sintese.colheita import Colheita, le, tokens
from poema_top.llm.sintese.pedidos import Pedido
from poema_top.texto.poemas import le_poemas

CADEIAS = [
    "O amor é uma casa,\na casa é uma flor,\na flor é o amor.",
    "A vida é uma noite,\na noite é uma porta,\na porta é a vida.",
    "O tempo é um rio,\no rio é um amigo,\no amigo é o tempo.",
    "A terra é uma mesa,\na mesa é uma rosa,\na rosa é a terra.",
]


def palpites(texto: str) -> Palpites:
    """Uma letra por token, e sempre um outro candidato."""
    return junta([Lugar((ord(c), c.encode(), -0.25), ((1, b"\xc3", -2.0),)) for c in texto])


def recebe(obra: obras.Obra, numero: int, *, com: bool = True) -> str:
    pergunta = Pergunta((("user", str(numero)),), probabilidades=2)
    texto = CADEIAS[numero]
    resposta = Resposta(texto, 1, 2, palpites=palpites(texto) if com else None)
    return obra.recebe(Pedido(numero, pergunta, str(numero)), resposta, LLM()).motivo


def test_ida_e_volta(tmp_path: Path) -> None:
    caminho = tmp_path / "p.gera.probabilidades"
    with Colheita(caminho) as colheita:
        tamanhos = [colheita.guarda(poema, palpites(poema)) for poema in CADEIAS]
    assert caminho.stat().st_size == sum(tamanhos)
    lidos = list(le(caminho))
    assert [poema for poema, _ in lidos] == CADEIAS
    for poema, lido in lidos:
        certo = palpites(poema)
        assert (lido.pecas, lido.texto) == (certo.pecas, poema.encode())
        np.testing.assert_array_equal(lido.quais, certo.quais)
        np.testing.assert_allclose(lido.logs, certo.logs, atol=1e-3)
        np.testing.assert_array_equal(lido.ids, certo.ids)


def test_os_tokens_do_mais_comum_ao_mais_raro(tmp_path: Path) -> None:
    with Colheita(tmp_path / "p") as colheita:
        colheita.guarda("aé b", palpites("aé ba"))
        colheita.guarda("b", junta([Lugar((1, b"\xc3", -1.0), ()), Lugar((2, b"\xa9", -1.0), ())]))
        colheita.guarda("b", junta([Lugar((1, b"b", -1.0), ()), Lugar((2, b"", -1.0), ())]))
    assert tokens(tmp_path / "p") == ("a", "b", " ", "é")
    with pytest.raises(ErroPoema, match="não há o arquivo"):
        tokens(tmp_path / "q")


def test_cortado_em_qualquer_byte_le_se_o_que_esta_inteiro(tmp_path: Path) -> None:
    caminho = tmp_path / "p"
    with Colheita(caminho) as colheita:
        tamanhos = [colheita.guarda(poema, palpites(poema)) for poema in CADEIAS[:2]]
    inteiro = caminho.read_bytes()
    for corte in range(0, len(inteiro), 97):
        caminho.write_bytes(inteiro[:corte])
        assert len(list(le(caminho))) == sum(corte >= fim for fim in np.cumsum(tamanhos))
    estragado = bytearray(inteiro)
    estragado[tamanhos[0] // 2] ^= 255
    for ruim in (bytes(estragado), b"isto sao versos\n"):
        caminho.write_bytes(ruim)
        with pytest.raises(ErroPoema, match="não é um arquivo de probabilidades, ou se estragou"):
            list(le(caminho))


@pytest.mark.parametrize("a_mais", [b"", b"\x07", b"um bloco de quem foi morto antes de o anotar"])
def test_o_que_o_diario_nao_menciona_se_corta(a_mais: bytes, tmp_path: Path) -> None:
    saida = tmp_path / "p.txt"
    dele = obras.ao_lado(saida, obras.PROBABILIDADES)
    with obras.abre(saida) as obra:
        obra.comeca_sessao({})
        assert not recebe(obra, 0)
    antes = dele.read_bytes()
    dele.write_bytes(antes + a_mais)
    with obras.abre(saida) as obra:
        obra.comeca_sessao({})
        assert dele.read_bytes() == antes
        assert not recebe(obra, 1)
    assert [poema for poema, _ in le(dele)] == CADEIAS[:2] == le_poemas(saida)
    dele.write_bytes(antes[:-1])
    with pytest.raises(ErroPoema, match="falta uma parte de"), obras.abre(saida):
        pass


def test_sem_as_probabilidades_o_poema_se_recusa_e_se_conta(tmp_path: Path) -> None:
    with obras.abre(tmp_path / "p.txt") as obra:
        obra.comeca_sessao({})
        assert recebe(obra, 0, com=False) == obras.SEM_PALPITES
        assert not recebe(obra, 0)  # o mesmo poema, com elas, serve
    with obras.abre(tmp_path / "p.txt") as obra:
        assert obra.crivo.feita.descartes[obras.SEM_PALPITES].textos == 1


def test_um_llama_de_verdade_da_as_probabilidades_e_o_trabalho_continua(roda: Roda, tmp_path: Path) -> None:
    saida, exemplos = tmp_path / "p.txt", grava_poemas(tmp_path / "exemplos.txt", CADEIAS)
    opcoes = ["--saida", saida, "--modelo-llm", MODELO, "--base", "--exemplos", exemplos, "--tokens", 48]
    with llama_server() as servidor:
        for quantos in (1, 3):
            feito = roda(
                "gera", *opcoes, "--servidor", servidor, "--quantidade", quantos, "--probabilidades", 5
            )
            assert feito.returncode == 0, feito.stderr
    guardados = list(le(obras.ao_lado(saida, obras.PROBABILIDADES)))
    assert [poema for poema, _ in guardados] == le_poemas(saida)
    textos = [json.loads(linha) for linha in obras.ao_lado(saida, obras.DIARIO).read_text().splitlines()]
    aceitos = [r["texto"] for r in textos if "texto" in r and "motivo" not in r]
    assert [p.texto.decode() for _, p in guardados] == aceitos
    ficha = json.loads(obras.ao_lado(saida, obras.FICHA).read_text(encoding="utf-8"))
    assert ficha["sessoes"][0]["probabilidades"] == 5


def test_de_um_modelo_base_no_ollama_nao_ha_probabilidades(roda: Roda, tmp_path: Path) -> None:
    with servidor_de_llm(lambda _: (500, "")) as servidor:
        pede = roda(
            "gera", "--saida", tmp_path / "p.txt", "--servidor", servidor, "--base", "--probabilidades", 5
        )
    uma_linha(pede, "só o servidor do llama.cpp dá as probabilidades (este é Ollama)")
    uma_linha(roda("gera", "--probabilidades", 21), "um inteiro de 1 a 20")
