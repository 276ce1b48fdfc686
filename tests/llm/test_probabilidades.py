"""As probabilidades de cada token: de um llama.cpp de verdade, e de respostas com armadilhas."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from apoio.llama import MODELO, llama_server
from apoio.servidor_de_llm import servidor_de_llm
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Continuacao, Pergunta
from poema_top.llm.palpites import Lugar, junta
from poema_top.llm.probabilidades import desembaraca

CADEIA = (
    "O amor é uma casa,\na casa é uma flor,\na flor é o amor.\n@\nA vida é uma noite,\na noite é uma porta,\n"
    "a porta é a vida.\n@\n"
)


@pytest.fixture(scope="module")
def llama() -> Iterator[LLM]:
    with llama_server() as servidor:
        yield LLM(servidor, MODELO)


def continua(texto: str, **opcoes: Any) -> Continuacao:
    return Continuacao(texto, temperatura=0.0, probabilidades=3, **opcoes)


def test_as_pecas_escrevem_o_texto_e_a_temperatura_nao_as_muda(llama: LLM) -> None:
    resposta = llama.responde(continua(CADEIA, tokens=24, parada="\n@"))
    palpites = resposta.palpites
    assert palpites is not None
    assert palpites.texto == resposta.texto.encode()
    assert "\n" in resposta.texto  # o que o servidor segura, por poder ser o começo da parada
    p = np.exp(palpites.logs)
    assert ((p >= 0) & (p <= 1)).all()
    assert (palpites.resto > 0).all()
    # A temperatura zero escolhe o mais provável, e as probabilidades não são 0 e 1 por isso.
    assert (palpites.quais[np.arange(len(palpites)), p.argmax(-1)] == palpites.escolhidas).all()
    assert p.max(-1).min() < 0.9


def test_um_modelo_que_conversa_diz_onde_acaba(llama: LLM) -> None:
    pergunta = Pergunta(
        (("user", "Say only: hi"),), temperatura=0.0, tokens=40, parada="\n@", probabilidades=2
    )
    resposta = llama.responde(pergunta)
    assert resposta.acabou
    assert resposta.palpites is not None
    assert resposta.palpites.texto == resposta.texto.encode()
    assert resposta.palpites.pecas[resposta.palpites.escolhidas[-1]] == b""


def test_letras_partidas_entre_tokens_nao_se_usam(llama: LLM) -> None:
    """Dez tokens vêm em quatro entradas: o texto está certo, e as probabilidades seriam de outros tokens."""
    resposta = llama.responde(continua("Repeat: 🔝 日本 🔝 日本 🔝 日本 🔝 日本 🔝", tokens=10))
    assert "日" in resposta.texto
    assert resposta.saida == 10
    assert resposta.palpites is None


def test_a_parada_retida_volta_a_quem_a_escreveu() -> None:
    outros = [[(1, b"\n", -1.0)], [(2, b"B", -1.0)], [(9, b"x", -1.0)]]
    assert desembaraca([(1, b""), (2, b"\nB"), (3, b"oa")], outros, b"\n@") == [b"\n", b"B", b"oa"]
    # De quem é o fim de verso, do segundo ou do terceiro? Não se sabe, e não se adivinha.
    assert desembaraca([(1, b""), (4, b"\nB"), (5, b"\noa")], outros, b"\n@") is None
    assert desembaraca([(1, b"y")], outros, b"\n@") is None


def test_o_escolhido_que_nao_esta_entre_os_mais_provaveis_tambem_conta() -> None:
    a, b, c = (1, b"a", np.log(0.5)), (2, b"b", np.log(0.25)), (3, b"c", np.log(0.125))
    palpites = junta([Lugar(c, (a, b)), Lugar(a, (a, b))])
    assert palpites.texto == b"ca"
    np.testing.assert_allclose(palpites.resto, [0.125, 0.25], atol=1e-6)
    assert palpites.ids.tolist() == [1, 2, 3]


def da_conversa(tokens: list[tuple[str, list[int]]]) -> bytes:
    outro = {"token": "x", "bytes": None, "logprob": -1}
    entradas = [
        {
            "token": t,
            "bytes": b,
            "logprob": -0.5,
            "top_logprobs": [outro],
        }
        for t, b in tokens
    ]
    escolha = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "é o"},
        "logprobs": {"content": entradas},
    }
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [escolha]}).encode()


def test_os_bytes_errados_do_ollama_nao_se_usam() -> None:
    """Uma letra em dois tokens: o Ollama manda, em cada um, os bytes do sinal de letra desconhecida."""
    pedidos = []
    pergunta = Pergunta((("user", "oi"),), probabilidades=5)
    for tokens, serve in (
        ([("é", [195, 169]), (" o", [32, 111])], True),
        ([("\ufffd", [239, 191, 189]), ("\ufffd", [239, 191, 189]), (" o", [32, 111])], False),
    ):

        def atende(pedido: dict[str, Any], tokens: Any = tokens) -> tuple[int, str | bytes]:
            pedidos.append(pedido)
            return 200, da_conversa(tokens)

        with servidor_de_llm(atende) as servidor:
            assert (LLM(servidor, tentativas=1).responde(pergunta).palpites is not None) is serve
    assert [(p["logprobs"], p["top_logprobs"]) for p in pedidos] == [(True, 5)] * 2
