"""O começo pedido: palavras inteiras impostas, a última curada, com distribuições feitas à mão."""

import numpy as np
import pytest

from apoio.passos import Copiador, Fixo
from poema_top.base.erros import ErroPoema
from poema_top.geracao.amostragem import Amostragem, gera
from poema_top.geracao.inicio import Inicio
from poema_top.geracao.poema import escreve, poema
from poema_top.geracao.sorteio import Sorteio
from poema_top.texto.pedacos import LLM, PALAVRA, SILABA
from poema_top.texto.vocabulario import Vocabulario

POEMAS = ["o mar é azul", "o mato é alto", "o marido cai"]
V = Vocabulario.de_poemas(POEMAS, tipo=SILABA)


def podem(inicio: Inicio) -> set[str]:
    logits = inicio.limita(np.zeros(len(V), np.float32))
    return {V.tokens[i] for i in np.flatnonzero(np.isfinite(logits))}


def test_a_ultima_palavra_se_continua_e_as_outras_nao() -> None:
    inicio = Inicio("o ma", V)
    assert podem(inicio) == {"o"}
    inicio.segue(V.tokens.index("o"))
    assert podem(inicio) == {" mar", " ma"}
    inicio.segue(V.tokens.index(" mar"))
    assert not inicio
    assert len(podem(inicio)) == len(V)


def test_o_que_falta_da_palavra_vem_depois_do_que_coube() -> None:
    """ "rid" pode ser "ri" e o começo de outra sílaba; "za" não é nada, e vai letra por letra."""
    inicio = Inicio(" marid", V)
    assert podem(inicio) == {" ma"}
    inicio.segue(V.tokens.index(" ma"))
    assert podem(inicio) == {"ri"}
    inicio.segue(V.tokens.index("ri"))
    assert podem(inicio) == {"do", "d"}
    inicio = Inicio("za", V)
    assert podem(inicio) == {"z"}
    inicio.segue(V.tokens.index("z"))
    assert podem(inicio) == {"a"}


def test_o_mais_provavel_que_combina() -> None:
    """Fora do que combina tudo é mais provável, e não conta: em qualquer temperatura, e com cortes."""
    logits = np.full(len(V), 5.0)
    logits[V.tokens.index(" mar")], logits[V.tokens.index(" ma")] = 1.0, 0.0
    for amostragem in (Amostragem(0), Amostragem(1.0, top_k=1), Amostragem(0.3, top_p=0.5)):
        fluxo = gera(Fixo(logits.tolist(), 1), V, amostragem, [Sorteio(0)], ["o ma"])
        assert V.decodifica(int(next(fluxo)[0]) for _ in range(2)) == "o mar"
    escritos = set()
    for semente in range(40):
        fluxo = gera(Fixo(logits.tolist(), 1), V, Amostragem(1.0), [Sorteio(semente)], ["o ma"])
        escritos.add(V.decodifica(int(next(fluxo)[0]) for _ in range(2)))
    assert escritos == {"o mar", "o ma"}


def test_quem_sabe_os_poemas_de_cor_acaba_a_palavra_comecada() -> None:
    escritos = set()
    for semente in range(60):
        tokens = escreve(Copiador(V, POEMAS, 1), V, Amostragem(1.0), Sorteio(semente), "o ma")
        escritos.add(poema(tokens, V.terminador))
    assert escritos == set(POEMAS)


def test_com_os_tokens_de_uma_llm_a_palavra_pode_vir_em_quaisquer_bocados() -> None:
    v = Vocabulario.de_poemas(POEMAS, tipo=LLM, da_llm=[" mar", " ma", "rid", "ido"])
    inicio = Inicio("o mari", v)
    inicio.segue(v.tokens.index("o"))
    for podem_vir, escolhido in (({" mar", " ma", " "}, " ma"), ({"rid", "r"}, "r"), ({"i", "ido"}, "ido")):
        livres = np.flatnonzero(np.isfinite(inicio.limita(np.zeros(len(v), np.float32))))
        assert {v.tokens[i] for i in livres} == podem_vir
        inicio.segue(v.tokens.index(escolhido))
    assert not inicio


@pytest.mark.parametrize("tipo", [SILABA, PALAVRA, LLM, "caractere"])
@pytest.mark.parametrize(
    "inicio", ["", "o", "o ", "o mar", "o mar ", "o mar é a", "azul,", "mto", "a\n", " o"]
)
def test_o_poema_comeca_pelo_comeco(inicio: str, tipo: str) -> None:
    v = Vocabulario.de_poemas([*POEMAS, "a,\n"], tipo=tipo, da_llm=[" mar", "ma", "o m", ",\n"])
    fluxo = gera(Fixo([0.0] * len(v), 2), v, Amostragem(1.0), [Sorteio(1), Sorteio(2)], ["", inicio])
    escrito = v.decodifica(int(next(fluxo)[1]) for _ in range(20))
    assert escrito.startswith(inicio)


def test_o_que_o_vocabulario_nao_tem_se_diz_antes() -> None:
    with pytest.raises(ErroPoema, match="não tem: 'w'"):
        Inicio("o w", V)
