"""O que se faz com as notas do juiz: lê-las, e saber se querem dizer alguma coisa."""

import numpy as np
import pytest

from poema_top.avaliacao.juiz import EMBARALHADO, REAL, Nota, calibra, embaralha, le_notas


@pytest.mark.parametrize(
    ("texto", "esperado"),
    [
        ('{"coesao": 0, "coerencia": 10}', (0, 10)),
        ('{"coesao": 7.5, "coerencia": 1}', None),
        ('{"coesao": true, "coerencia": 1}', None),
        ('{"coesao": 7}', None),
        ('{"coesao": -1, "coerencia": 1}', None),
        ("[7, 8]", None),
        ("", None),
    ],
)
def test_le_notas(texto: str, esperado: tuple[int, int] | None) -> None:
    assert le_notas(texto) == esperado


def test_embaralha_guarda_as_palavras_e_a_forma() -> None:
    poema = "um dois três\n\nquatro cinco"
    trocado = embaralha(poema, np.random.default_rng(0))
    assert trocado != poema
    assert sorted(trocado.split()) == sorted(poema.split())
    assert [len(verso.split()) for verso in trocado.split("\n")] == [3, 0, 2]


def _notas(*medias: float) -> list[Nota]:
    return [Nota(m, m) for m in medias]


def test_calibracao_a_mao() -> None:
    acaso = np.random.default_rng(0)
    boa = calibra({REAL: _notas(8, 9), EMBARALHADO: _notas(2, 3), "m": _notas(5, 6)}, acaso)
    assert boa.medias == {REAL: 8.5, EMBARALHADO: 2.5, "m": 5.5}
    assert boa.intervalo == (6, 6)
    assert boa.vale
    assert not calibra({REAL: _notas(8, 9), EMBARALHADO: _notas(2, 3), "m": _notas(9, 9)}, acaso).vale
    incerta = calibra({REAL: _notas(9, 1), EMBARALHADO: _notas(2, 6), "m": _notas(4.5, 4.5)}, acaso)
    assert incerta.intervalo == (-5, 7)
    assert not incerta.vale
