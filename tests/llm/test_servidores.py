"""Vários servidores num trabalho só: o que acontece quando um falha, de cada jeito que um falha."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import pytest

from apoio.servidor_de_llm import Atende, corpo, servidor_de_llm
from poema_top.base.erros import ErroPoema
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Pergunta, Resposta
from poema_top.llm.servidores import INSISTE, Servidores

PRAZO = 60.0  # segundos: só para um teste quebrado não ficar pendurado


@dataclass(frozen=True)
class Numerado:
    numero: int

    @property
    def pergunta(self) -> Pergunta:
        return Pergunta((("user", str(self.numero)),))


def numerados() -> Iterator[Numerado]:
    return map(Numerado, count())


@dataclass
class Trabalho:
    """O que se recebeu, e de quem, até somar tantas respostas."""

    ate: int
    respostas: list[tuple[int, str, str]] = field(default_factory=list)
    avisos: list[str] = field(default_factory=list)

    def faz(self, servidores: Sequence[str], paralelo: int = 2, prazo: float = PRAZO) -> None:
        async def trabalha() -> None:
            llms = [LLM(servidor, prazo=prazo, tentativas=1) for servidor in servidores]
            self.grupo = Servidores[Numerado](
                llms, paralelo, recebe=self.recebe, avisa=self.avisos.append, espera=0.001
            )
            await self.grupo.trabalha(numerados())

        asyncio.run(trabalha())

    def recebe(self, pedido: Numerado, resposta: Resposta, llm: LLM) -> None:
        self.respostas.append((pedido.numero, resposta.texto, llm.servidor))
        if len(self.respostas) == self.ate:
            self.grupo.para()

    @property
    def numeros(self) -> Counter[int]:
        return Counter(numero for numero, _, _ in self.respostas)


def eco(pedido: dict[str, object]) -> tuple[int, str]:
    return 200, f"resposta a {pedido['messages'][0]['content']}"  # type: ignore[index]


def falha_as_primeiras(quantas: int, como: tuple[int, str | bytes]) -> Atende:
    restam = iter(range(quantas))
    return lambda pedido: como if next(restam, None) is not None else eco(pedido)


FALHAS: dict[str, tuple[int, str | bytes]] = {
    "cheio": (503, ""),
    "pedidos demais": (429, ""),
    "avaria": (500, ""),
    "não é JSON": (200, b"<html>oi</html>"),
    "JSON de outra coisa": (200, b"[1, 2]"),
    "sem respostas": (200, b'{"object": "chat.completion", "choices": []}'),
    "respostas que não são lista": (200, b'{"object": "chat.completion", "choices": 7}'),
    "texto que é número": (200, corpo(7)),
    "texto que é lista": (200, corpo(["a"])),
    "nada": (200, b""),
}


@pytest.mark.parametrize("como", FALHAS)
def test_uma_falha_passageira_nao_perde_nem_repete_nada(como: str) -> None:
    trabalho = Trabalho(ate=12)
    with servidor_de_llm(falha_as_primeiras(3, FALHAS[como])) as servidor:
        trabalho.faz([servidor])
    assert set(trabalho.numeros.values()) == {1}
    assert set(range(10)) <= set(trabalho.numeros)  # os que falharam foram os primeiros, e vieram depois
    assert all(texto == f"resposta a {numero}" for numero, texto, _ in trabalho.respostas)
    assert trabalho.avisos[-1] == f"{servidor} voltou."
    assert ("OLLAMA_NUM_PARALLEL" in trabalho.avisos[0]) == (FALHAS[como][0] in (429, 503))


def test_um_que_nunca_presta_da_tudo_aos_outros() -> None:
    trabalho = Trabalho(ate=20)
    with servidor_de_llm(eco) as bom, servidor_de_llm(lambda _: (500, "")) as mau:
        trabalho.faz([mau, bom])
    assert {servidor for _, _, servidor in trabalho.respostas} == {bom}
    assert set(trabalho.numeros.values()) == {1}
    assert len([aviso for aviso in trabalho.avisos if mau in aviso]) == 1  # uma linha, e não uma por pedido


def test_um_pedido_que_derruba_o_servidor_nao_para_os_outros() -> None:
    vezes = Counter[str]()

    def cai_com_o_tres(pedido: dict[str, object]) -> tuple[int, str]:
        texto = str(pedido["messages"][0]["content"])  # type: ignore[index]
        vezes[texto] += 1
        return (500, "") if texto == "3" else eco(pedido)

    trabalho = Trabalho(ate=40)
    with servidor_de_llm(cai_com_o_tres) as servidor:
        trabalho.faz([servidor])
    assert 3 not in trabalho.numeros
    assert vezes["3"] == INSISTE
    assert set(trabalho.numeros.values()) == {1}


def test_um_que_demora_da_o_que_fazia_aos_outros() -> None:
    fim, presos = threading.Event(), Counter[str]()

    def demora(pedido: dict[str, object]) -> tuple[int, str]:
        presos[pedido["messages"][0]["content"]] += 1  # type: ignore[index]
        fim.wait(PRAZO)
        return eco(pedido)

    class AteVirem(Trabalho):
        """Até vir a resposta de um que o lento tinha."""

        def recebe(self, pedido: Numerado, resposta: Resposta, llm: LLM) -> None:
            self.respostas.append((pedido.numero, resposta.texto, llm.servidor))
            if str(pedido.numero) in presos:
                self.grupo.para()

    trabalho = AteVirem(ate=0)
    with servidor_de_llm(demora) as lento, servidor_de_llm(eco) as bom:
        try:
            trabalho.faz([lento, bom], prazo=1.0)
        finally:
            fim.set()
    assert any("não acabou de responder em 1 s" in aviso for aviso in trabalho.avisos)
    assert trabalho.respostas[-1][2] == bom


def test_um_que_fala_sem_parar_nao_enche_a_memoria() -> None:
    trabalho = Trabalho(ate=4)
    with servidor_de_llm(falha_as_primeiras(1, (200, b" " * (5 << 20)))) as servidor:
        trabalho.faz([servidor], paralelo=1)
    assert "a resposta passa de 4 MB" in trabalho.avisos[0]
    assert trabalho.numeros[0] == 1


def test_o_que_nao_tem_o_modelo_sai_e_nao_volta() -> None:
    pedidos_a_ele: list[object] = []

    def nao_conhece(pedido: dict[str, object]) -> tuple[int, str]:
        pedidos_a_ele.append(pedido)
        return 404, ""

    trabalho = Trabalho(ate=20)
    with servidor_de_llm(eco) as bom, servidor_de_llm(nao_conhece) as outro:
        trabalho.faz([outro, bom])
    assert len(pedidos_a_ele) <= 2  # os que já tinha
    assert any("não conhece o modelo" in a and "Sigo sem ele" in a for a in trabalho.avisos)
    assert set(trabalho.numeros.values()) == {1}


@pytest.mark.parametrize(("status", "diz"), [(500, "recusou o pedido"), (404, "não conhece o modelo")])
def test_sem_ninguem_que_preste_e_um_erro(status: int, diz: str) -> None:
    with (
        servidor_de_llm(lambda _: (status, "")) as um,
        servidor_de_llm(lambda _: (status, "")) as outro,
        pytest.raises(ErroPoema, match=diz) as erro,
    ):
        Trabalho(ate=1).faz([um, outro])
    assert "\n" not in str(erro.value)


def test_o_disco_cheio_de_quem_recebe_chega_a_quem_chamou() -> None:
    class SemDisco(Trabalho):
        def recebe(self, *_: object) -> None:
            raise OSError(28, "cheio")

    with servidor_de_llm(eco) as servidor, pytest.raises(OSError, match="cheio"):
        SemDisco(ate=1).faz([servidor])


def test_meio_par_substituto_nao_quebra_quem_grava() -> None:
    trabalho = Trabalho(ate=1)
    with servidor_de_llm(lambda _: (200, corpo("lua \ud83d cheia"))) as servidor:
        trabalho.faz([servidor])
    assert trabalho.respostas[0][1] == "lua ? cheia"
