"""As contagens de sequências, contra contas feitas à mão."""

import numpy as np
import pytest

from poema_top.texto.ngramas import Ngramas

A, B, C = 1, 2, 3
TEXTOS = [np.array([A, B, A, C]), np.array([A, B])]  # dois textos: "C A" não existe


@pytest.fixture
def contados() -> Ngramas:
    return Ngramas.conta(TEXTOS, 4, 3)


def test_vezes(contados: Ngramas) -> None:
    visto = contados.ve(np.array([A, B, A, C, A, 0]), np.arange(6))
    assert visto.vezes.tolist() == [[3, 2, 3, 1, 3, 0], [0, 2, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0]]


def test_chances(contados: Ngramas) -> None:
    """Depois de A vieram B duas vezes e C uma: n = 3, dois diferentes, λ = 3/5."""
    chances = np.exp(contados.ve(np.array([A, B, A]), np.arange(3)).logs)
    de = {s: (n + 0.1) / (6 + 0.4) for s, n in ((A, 3), (B, 2), (C, 1))}
    assert chances[0].tolist() == pytest.approx([de[A], de[B], de[A]])
    b_depois_de_a = 3 / 5 * 2 / 3 + 2 / 5 * de[B]
    assert chances[1, 1] == pytest.approx(b_depois_de_a)
    a_depois_de_b = 2 / 3 * 1 / 2 + 1 / 3 * de[A]  # B apareceu 2 vezes, e depois dele só se viu A
    assert chances[1, 2] == pytest.approx(a_depois_de_b)
    # Depois de A B (2 vezes), só A se viu: λ = 2/3.
    assert chances[2, 2] == pytest.approx(2 / 3 * 1 / 2 + 1 / 3 * a_depois_de_b)


def test_cada_texto_e_visto_como_se_estivesse_so(contados: Ngramas) -> None:
    sos = [contados.ve(t, np.arange(len(t))) for t in TEXTOS]
    juntos = contados.ve(np.concatenate(TEXTOS), np.concatenate([np.arange(len(t)) for t in TEXTOS]))
    np.testing.assert_array_equal(juntos.vezes, np.concatenate([s.vezes for s in sos], axis=1))
    np.testing.assert_allclose(juntos.logs, np.concatenate([s.logs for s in sos], axis=1))


def test_vai_e_volta(contados: Ngramas) -> None:
    outro = Ngramas.de_vetores("x", contados.vetores("x"), 4, 3)
    texto = np.array([A, B, A, C, B])
    np.testing.assert_array_equal(contados.ve(texto, np.arange(5)).logs, outro.ve(texto, np.arange(5)).logs)
