"""As sílabas e a tônica, palavra por palavra, contra as divididas à mão em silabas.txt."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poema_top.texto.silabas import divide, rima, tonica

LETRAS = st.text(st.characters(categories=["L"]))
# O alfabeto em que as regras têm o que decidir; o de todas as letras quase nunca junta duas vogais.
PORTUGUESAS = st.text("aeiouyáéíóúâêôãõüàbcçdfghjklmnpqrstvwxzAEIOUÁÃ")


def _a_mao() -> dict[str, tuple[tuple[str, ...], int]]:
    linhas = Path(__file__).with_name("silabas.txt").read_text(encoding="utf-8").splitlines()
    casos = {}
    for caso in " ".join(linha for linha in linhas if not linha.startswith("#")).split():
        silabas = caso.split("-")
        forte = next(i for i, silaba in enumerate(silabas) if silaba.startswith("'"))
        limpas = tuple(silaba.removeprefix("'") for silaba in silabas)
        casos["".join(limpas)] = limpas, forte - len(limpas)
    return casos


A_MAO = _a_mao()
# O que as regras ainda erram: quem as melhorar tira daqui.
MAL_DIVIDIDAS = {"weekend", "book", "Goethe", "raizinha", "averigue"}
MAL_ACENTUADAS = {"weekend", "shopping", "Newton", "William", "porque"}


def test_divide_como_a_mao_menos_os_erros_conhecidos() -> None:
    assert len(A_MAO) == 615
    assert {palavra for palavra, (silabas, _) in A_MAO.items() if divide(palavra) != silabas} == MAL_DIVIDIDAS


def test_tonica_como_a_mao_menos_os_erros_conhecidos() -> None:
    assert {palavra for palavra, (_, forte) in A_MAO.items() if tonica(palavra) != forte} == MAL_ACENTUADAS


@pytest.mark.parametrize(
    ("palavra", "esperada"),
    [
        ("luar", "ar"),
        ("alegria", "ia"),
        ("coração", "ão"),
        ("céu", "éu"),
        ("saudade", "ade"),
        ("rei", "ei"),
        ("água", "água"),
        ("quando", "ando"),
        ("quieto", "eto"),
        ("guerra", "erra"),
        ("igual", "al"),
        ("saiu", "iu"),
        ("uai", "ai"),
        ("história", "ória"),
        ("lâmpada", "âmpada"),
        ("BAÍA", "ÍA"),
        ("shh", "shh"),
        ("", ""),
    ],
)
def test_rima_da_vogal_tonica_em_diante(palavra: str, esperada: str) -> None:
    assert rima(palavra) == esperada


@given(st.one_of(LETRAS, PORTUGUESAS, st.text()))
@example("İaİ")  # em minúsculas cresce
@example("áiao")
@example("subr")
@example("")
def test_as_silabas_sao_a_palavra_e_a_tonica_e_uma_delas(palavra: str) -> None:
    silabas = divide(palavra)
    assert "".join(silabas) == palavra
    assert all(silabas)
    assert bool(silabas) == bool(palavra)
    if palavra:
        assert -len(silabas) <= tonica(palavra) <= -1
        inicio = len(palavra) - len(rima(palavra))
        antes = len("".join(silabas[: tonica(palavra)]))
        assert antes <= inicio < antes + len(silabas[tonica(palavra)])


@given(PORTUGUESAS)
def test_maiusculas_nao_mudam_a_divisao(palavra: str) -> None:
    cortes = [len(silaba) for silaba in divide(palavra.lower())]
    assert [len(silaba) for silaba in divide(palavra.upper())] == cortes
