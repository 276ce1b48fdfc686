from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from poema_top.geracao.amostragem import PEDACO, Amostragem, distribuicao, escolhe, probabilidades
from poema_top.geracao.poema import poema

EXTREMOS = [
    np.array([[0, 0, 0]]),
    np.array([[1e30, -1e30, 5]]),
    np.array([[np.nan, 1, 2]]),
    np.array([[np.nan, np.nan, np.nan]]),
    np.array([[np.inf, 1, -np.inf]]),
    np.array([[-np.inf, -np.inf, -np.inf]]),
    np.array([[np.finfo(np.float32).max, np.finfo(np.float32).min, 0]]),
]


def test_valores_calculados_a_mao() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.2]], np.float32))
    np.testing.assert_allclose(probabilidades(logits, Amostragem(1)), [[0.5, 0.3, 0.2]], rtol=1e-6)
    # A temperatura 0,5 eleva as probabilidades ao quadrado: 25, 9 e 4 de 38.
    np.testing.assert_allclose(
        probabilidades(logits, Amostragem(0.5)), [[25 / 38, 9 / 38, 4 / 38]], rtol=1e-6
    )
    np.testing.assert_allclose(probabilidades(logits, Amostragem(1, top_k=2)), [[0.625, 0.375, 0]], rtol=1e-6)
    # Top-p 0,6: só o primeiro soma 0,5, o segundo ainda entra para chegar a 0,6.
    np.testing.assert_allclose(
        probabilidades(logits, Amostragem(1, top_p=0.6)), [[0.625, 0.375, 0]], rtol=1e-6
    )
    np.testing.assert_array_equal(probabilidades(logits, Amostragem(1, top_p=0.5)), [[1, 0, 0]])
    # Min-p 0,5: ficam os de ao menos 0,25.
    np.testing.assert_allclose(
        probabilidades(logits, Amostragem(1, min_p=0.5)), [[0.625, 0.375, 0]], rtol=1e-6
    )
    # Mede-se depois da temperatura: a 1, os 0,2 ainda são 0,4 do maior; a 0,5, são 4 de 25.
    np.testing.assert_allclose(probabilidades(logits, Amostragem(1, min_p=0.3)), [[0.5, 0.3, 0.2]], rtol=1e-6)
    np.testing.assert_allclose(
        probabilidades(logits, Amostragem(0.5, min_p=0.3)), [[25 / 34, 9 / 34, 0]], rtol=1e-6
    )


def test_min_p_corta_cada_linha_pelo_maior_dela() -> None:
    """Quem tem certeza fica com um; quem hesita, com todos; e os empatados ficam juntos."""
    linhas = np.log(np.array([[0.9, 0.06, 0.04], [0.3, 0.3, 0.4], [0.45, 0.1, 0.45]], np.float32))
    p = probabilidades(linhas, Amostragem(1, min_p=0.5))
    np.testing.assert_allclose(p, [[1, 0, 0], [0.3, 0.3, 0.4], [0.5, 0, 0.5]], rtol=1e-6)
    p = probabilidades(linhas, Amostragem(1, min_p=1))
    np.testing.assert_array_equal(p, [[1, 0, 0], [0, 0, 1], [0.5, 0, 0.5]])
    for min_p in (1e-9, 0.5, 1.0):
        np.testing.assert_array_equal(probabilidades(linhas, Amostragem(0, min_p=min_p)).max(-1), 1)


@pytest.mark.parametrize(
    ("cortes", "esperado"),
    [
        ({"top_k": 3, "min_p": 0.6}, [4 / 7, 3 / 7, 0, 0]),
        ({"top_k": 1, "min_p": 0.1}, [1, 0, 0, 0]),
        ({"top_p": 0.65, "min_p": 0.1}, [4 / 7, 3 / 7, 0, 0]),
        # O top-p vê todos, e 0,7 ainda não são 0,75. Depois do min-p seriam 0,7 de 0,9, e o terceiro sairia.
        ({"top_p": 0.75, "min_p": 0.4}, [4 / 9, 3 / 9, 2 / 9, 0]),
        ({"top_k": 3, "top_p": 0.9, "min_p": 0.6}, [4 / 7, 3 / 7, 0, 0]),
        # O top-p é parcela do que o top-k deixou: 0,4 de 0,7 não chegam a 0,75.
        ({"top_k": 2, "top_p": 0.75, "min_p": 0.8}, [1, 0, 0, 0]),
        ({"top_k": 2, "top_p": 0.75, "min_p": 0.7}, [4 / 7, 3 / 7, 0, 0]),
    ],
)
def test_os_cortes_juntos(cortes: dict[str, Any], esperado: list[float]) -> None:
    logits = np.log(np.array([[0.2, 0.4, 0.1, 0.3]], np.float32))
    p = probabilidades(logits, Amostragem(1, **cortes))
    np.testing.assert_allclose(p[0, [1, 3, 0, 2]], esperado, rtol=1e-6)


def test_temperatura_zero_e_argmax_e_o_limite_das_baixas() -> None:
    logits = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
    zero = probabilidades(logits, Amostragem(0))
    np.testing.assert_array_equal(zero.argmax(-1), logits.argmax(-1))
    np.testing.assert_array_equal(zero.sum(-1), 1)
    np.testing.assert_allclose(probabilidades(logits, Amostragem(1e-4)), zero, atol=1e-6)


def test_top_k_com_empates_fica_com_k() -> None:
    p = probabilidades(np.zeros((1, 10), np.float32), Amostragem(1, top_k=3))
    np.testing.assert_allclose(p[0], [1 / 3] * 3 + [0] * 7)


@pytest.mark.parametrize("logits", EXTREMOS)
@pytest.mark.parametrize("temperatura", [0, 1e-300, 1e-8, 0.5, 1, 100])
@pytest.mark.parametrize(
    ("k", "p", "m"),
    [(0, 1.0, 0.0), (2, 1.0, 0.0), (0, 0.5, 0.0), (1, 1e-9, 0.0), (0, 1.0, 0.5), (2, 0.9, 1.0)],
)
def test_nenhum_logit_derruba(logits: np.ndarray, temperatura: float, k: int, p: float, m: float) -> None:
    obtido = probabilidades(logits.astype(np.float32), Amostragem(temperatura, k, p, m))
    assert np.isfinite(obtido).all()
    np.testing.assert_allclose(obtido.sum(-1), 1)
    assert 0 <= escolhe(obtido, np.array([0.999999]))[0] < 3


def test_nan_e_impossivel() -> None:
    obtido = probabilidades(np.array([[np.nan, 0, 0]], np.float32), Amostragem(1))
    np.testing.assert_allclose(obtido, [[0, 0.5, 0.5]])


@pytest.mark.parametrize(
    "amostragem",
    [
        Amostragem(1),
        Amostragem(0.7),
        Amostragem(1.5, top_k=5),
        Amostragem(1, top_p=0.8),
        Amostragem(1, min_p=0.1),
    ],
)
def test_sorteios_seguem_a_distribuicao(amostragem: Amostragem) -> None:
    """Qui-quadrado de Pearson sobre 200 mil sorteios, com folga de quatro desvios."""
    acaso, sorteios = np.random.default_rng(7), 200_000
    p = probabilidades(acaso.normal(size=(1, 12)).astype(np.float32) * 2, amostragem)
    ids = escolhe(np.repeat(p, sorteios, axis=0), acaso.random(sorteios))
    observado = np.bincount(ids, minlength=12)
    possivel = p[0] > 0
    assert observado[~possivel].sum() == 0
    esperado = p[0, possivel] * sorteios
    qui2 = ((observado[possivel] - esperado) ** 2 / esperado).sum()
    graus = possivel.sum() - 1
    assert qui2 < graus + 4 * np.sqrt(2 * graus)


def test_escolhe_nas_bordas() -> None:
    p = np.array([[0, 0.25, 0, 0.75, 0]])
    for acaso, esperado in [(0.0, 1), (0.2499, 1), (0.2501, 3), (1 - 2**-53, 3)]:
        assert escolhe(p, np.array([acaso]))[0] == esperado
    ids = [escolhe(p, np.array([u]))[0] for u in np.linspace(0, 0.999, 50)]
    assert all(a <= b for a, b in pairwise(ids))


def test_um_lote_grande_se_escolhe_como_cada_linha_sozinha() -> None:
    gerador = np.random.default_rng(5)
    p, acaso = gerador.dirichlet(np.full(3000, 0.1), size=13), gerador.random(13)
    assert p.size > 2 * PEDACO
    sozinhas = [escolhe(p[i : i + 1], acaso[i : i + 1])[0] for i in range(13)]
    np.testing.assert_array_equal(escolhe(p, acaso), sozinhas)
    assert len(set(sozinhas)) > 10


def test_cada_linha_com_a_sua_temperatura() -> None:
    """Também a que não tem nenhuma, e ao lado de uma linha com impossíveis."""
    logits = np.array([[1, 3, 2], [1, 3, 2], [0, -np.inf, 0]], np.float32)
    antes = logits.copy()
    obtido = distribuicao(logits, np.array([[0.0], [0.5], [2.0]]))
    np.testing.assert_array_equal(obtido[0], [0, 1, 0])
    np.testing.assert_array_equal(obtido[1], distribuicao(logits[1], 0.5))
    np.testing.assert_array_equal(obtido[2], [0.5, 0, 0.5])
    np.testing.assert_array_equal(logits, antes)


def test_poema_para_no_terminador_ou_no_tamanho() -> None:
    assert poema(iter("abc@def"), "@", 10) == "abc"
    assert poema(iter("abc@def"), None, 5) == "abc@d"
    assert poema(iter("abcdef"), "@", 4) == "abcd"
