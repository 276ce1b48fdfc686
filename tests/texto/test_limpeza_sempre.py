"""O que vale para qualquer texto: limpar de novo não muda nada, e nenhuma letra sai sem ser contada."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from poema_top.texto.contas import letras
from poema_top.texto.limpeza import limpa

PEDACOS = st.sampled_from(
    ["o rio", "Claro! Segue um poema:", "\n", "\n\n", "**A lua**", "Nota: fim", "@", " ", "1. ", "XIV", "# ",
     "```", "---", "<br>", "&amp;", "&#64;", "\\n", "> ", "*", "_", "[Refrão]", "é", "e\u0301", "ﬁ", "“", "…",
     "\x1b[2K",
     "\u200b", "😀", "Espero que tenha gostado!", "Título: ", "(", ")", "ñ", "a lua\n" * 7, "<p>",
     "</think>", "CANTO I"]
)  # fmt: skip
TEXTOS = st.lists(PEDACOS | st.text(max_size=8), max_size=14).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTOS, max_size=5), st.sampled_from(["deixa", "tira"]))
def test_limpar_de_novo_nao_muda_nada(poemas: list[str], titulos: str) -> None:
    uma = limpa(poemas, titulos=titulos)
    outra = limpa(uma.poemas, titulos=titulos)
    assert outra.poemas == uma.poemas
    assert not outra.descartes


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTOS, max_size=5), st.sampled_from(["deixa", "iguais", "parecidos"]))
def test_nenhuma_letra_sai_sem_ser_contada(poemas: list[str], repetidos: str) -> None:
    feita = limpa(poemas, repetidos_=repetidos)
    havia, ficou = (sum(map(letras, lista), Counter()) for lista in (poemas, feita.poemas))
    tiradas = feita.mudancas.tiradas + feita.descartes.tiradas
    postas = feita.mudancas.postas + feita.descartes.postas
    assert havia + postas == ficou + tiradas
