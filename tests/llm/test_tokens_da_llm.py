"""O que a LLM achava em cada lugar em que começa um token dela."""

import numpy as np

from poema_top.llm.palpites import Lugar, junta
from poema_top.llm.tokens import por_token


def lugar(escolhido: bytes, p: float, *outros: tuple[bytes, float]) -> Lugar:
    return Lugar((1, escolhido, np.log(p)), tuple((2, peca, np.log(q)) for peca, q in outros))


def test_cada_lugar_pelo_numero_da_letra() -> None:
    """ "é" são dois bytes; o fim não escreve nada, e fica no lugar da letra que não há."""
    palpites = junta(
        [
            lugar("é".encode(), 0.5, (b"o", 0.25)),
            lugar(b" mar", 0.75, (b"", 0.125), (b"\xc3", 0.125)),
            lugar(b"", 0.5, (b".", 0.5)),
            lugar(b"", 1.0),
        ]
    )
    ditos = por_token(palpites)
    assert {onde: dito.escolhido for onde, dito in ditos.items()} == {0: "é", 1: " mar", 5: ""}
    chances = {onde: {t: round(p, 3) for t, p in dito.chances.items()} for onde, dito in ditos.items()}
    assert chances == {0: {"é": 0.5, "o": 0.25}, 1: {" mar": 0.75, "": 0.125}, 5: {"": 0.5, ".": 0.5}}


def test_uma_letra_em_dois_tokens_nao_comeca_em_nenhum() -> None:
    palpites = junta([lugar(b"o", 0.5), lugar(b"\xc3", 0.5), lugar(b"\xa9", 0.5), lugar(b"s", 0.5)])
    assert {onde: dito.escolhido for onde, dito in por_token(palpites).items()} == {0: "o", 2: "s"}
