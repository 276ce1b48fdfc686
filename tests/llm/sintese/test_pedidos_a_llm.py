"""A lista dos pedidos: sempre a mesma para a mesma receita, e cada um com a sua chave."""

from dataclasses import replace
from itertools import islice

import pytest

from poema_top.llm.conversa import Continuacao, Pergunta
from poema_top.llm.sintese.pedidos import EXEMPLOS, PEDIDO, SEGUIDOS, Pedido, Receita, pedidos
from poema_top.llm.sintese.temas import FORMAS, TEMAS, VOZES

EXEMPLOS_TODOS = tuple(f"poema {i}\nde exemplo" for i in range(30))
DE_BASE = Receita(exemplos=EXEMPLOS_TODOS)


def os_primeiros(receita: Receita, quantos: int = 300) -> list[Pedido]:
    return list(islice(pedidos(receita), quantos))


@pytest.mark.parametrize("receita", [Receita(), DE_BASE])
def test_a_mesma_receita_da_os_mesmos_pedidos_e_nenhum_se_repete(receita: Receita) -> None:
    feitos = os_primeiros(receita)
    assert feitos == os_primeiros(receita)
    assert [pedido.numero for pedido in feitos] == list(range(300))
    assert len({pedido.chave for pedido in feitos}) == 300
    assert len({pedido.pergunta.semente for pedido in feitos}) == 300


@pytest.mark.parametrize(
    "outra",
    [
        replace(Receita(), semente=1),
        replace(Receita(), temperatura=0.8),
        replace(Receita(), tokens=99),
        replace(Receita(), modelo="outro"),
        replace(Receita(), pedido="escreva"),
        replace(Receita(), temas=("o mar",)),
    ],
)
def test_outra_receita_da_outras_chaves(outra: Receita) -> None:
    chaves = {pedido.chave for pedido in os_primeiros(Receita())}
    assert not chaves & {pedido.chave for pedido in os_primeiros(outra)}


def test_o_pedido_do_original_varia_de_tema_de_voz_e_de_forma() -> None:
    textos = []
    for pedido in os_primeiros(Receita(), 2000):
        assert isinstance(pedido.pergunta, Pergunta)
        ((papel, texto),) = pedido.pergunta.mensagens
        assert papel == "user"
        assert texto.startswith(PEDIDO)
        textos.append(texto)
    for lista in (TEMAS, VOZES, FORMAS):
        assert all(any(coisa in texto for texto in textos) for coisa in lista)
    assert len(set(textos)) > 1500


def test_ha_cem_temas_e_nenhum_repetido() -> None:
    assert len(TEMAS) == len(set(TEMAS)) == 100


def test_o_modelo_base_le_exemplos_e_oito_seguidos_leem_os_mesmos() -> None:
    textos = []
    for pedido in os_primeiros(DE_BASE, 3 * SEGUIDOS):
        assert isinstance(pedido.pergunta, Continuacao)
        assert pedido.pergunta.texto.endswith("\n@\n")
        lidos = pedido.pergunta.texto.split("\n@\n")[:-1]
        assert len(set(lidos)) == EXEMPLOS
        assert set(lidos) <= set(EXEMPLOS_TODOS)
        textos.append(pedido.pergunta.texto)
    grupos = [set(textos[i : i + SEGUIDOS]) for i in range(0, len(textos), SEGUIDOS)]
    assert [len(grupo) for grupo in grupos] == [1, 1, 1]
    assert len(set.union(*grupos)) == 3
