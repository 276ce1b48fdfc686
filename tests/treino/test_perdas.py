"""A perda com uma LLM: à mão, contra a derivação automática, e contra a perda de sempre."""

import numpy as np
import pytest

from poema_top.rede.modelo import por_texto
from poema_top.treino.perdas import perda_com_uma_llm, perda_e_derivada

# isort: split
import tensorflow as tf

V, B, T = 5, 2, 3


def sorteia(semente: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits [B, T, V], o que a LLM diz de três letras, e as que vieram."""
    acaso = np.random.default_rng(semente)
    ditas = acaso.dirichlet(np.ones(4), (B, T))[..., :3].astype(np.float32)
    q = np.zeros((B, T, V), np.float32)
    for onde in np.ndindex(B, T):
        q[onde][acaso.permutation(V)[:3]] = ditas[onde]
    return acaso.normal(size=(B, T, V)).astype(np.float32), q, acaso.integers(0, V, (B, T))


def deitados(logits: np.ndarray) -> tf.Tensor:
    """[B, T, V] -> [V, T B]."""
    return tf.reshape(tf.transpose(logits), (V, -1))


def alvos(q: np.ndarray, vieram: np.ndarray) -> tf.Tensor:
    return tf.constant(np.concatenate([q, vieram[..., None]], -1), tf.float16)


def test_um_caso_feito_a_mao() -> None:
    """Três letras, a LLM fala de uma (0,5); o aluno dá 1/2, 1/4 e 1/4, e veio a terceira."""
    logits = np.log([[[0.5, 0.25, 0.25]]]).astype(np.float32)
    deitado = tf.reshape(tf.transpose(logits), (3, 1))
    do_lugar = tf.constant([[[0.25, 0, 0, 2]]], tf.float16)
    perda, derivada = perda_com_uma_llm(deitado, do_lugar, 1.0, 1.0)
    kl = 0.25 * np.log(0.25 / 0.5) + 0.75 * np.log(0.75 / 0.5)
    np.testing.assert_allclose(perda, kl, rtol=1e-5)
    # 0,5 - 0,25; e 0,25 - 0,75 x 0,25 / 0,5, em cada uma das do balde.
    np.testing.assert_allclose(derivada[:, 0], [0.25, -0.125, -0.125], atol=1e-6)
    perda, derivada = perda_com_uma_llm(deitado, do_lugar, 0.25, 1.0)
    np.testing.assert_allclose(perda, 0.75 * np.log(4) + 0.25 * kl, rtol=1e-5)
    np.testing.assert_allclose(derivada[:, 0], [0.4375, 0.15625, -0.59375], atol=1e-6)


@pytest.mark.parametrize("temperatura", [1.0, 2.0])
@pytest.mark.parametrize("peso", [0.0, 0.3, 1.0])
def test_a_derivada_e_a_da_perda(peso: float, temperatura: float) -> None:
    """Por diferenças, em cada logit."""
    logits, q, vieram = sorteia(0)
    _, derivada = perda_com_uma_llm(deitados(logits), alvos(q, vieram), peso, temperatura)
    derivada = por_texto(derivada.numpy(), B)
    passo = 1e-2
    for onde in np.ndindex(logits.shape):
        perdas = []
        for lado in (passo, -passo):
            mexidos = logits.copy()
            mexidos[onde] += lado
            perda, _ = perda_com_uma_llm(deitados(mexidos), alvos(q, vieram), peso, temperatura)
            perdas.append(float(perda))
        np.testing.assert_allclose(derivada[onde], (perdas[0] - perdas[1]) / (2 * passo), atol=2e-4)


def test_sem_a_llm_e_a_perda_de_sempre() -> None:
    logits, q, vieram = sorteia(1)
    certa = perda_e_derivada(deitados(logits), tf.constant(vieram))
    do_texto = np.eye(V, dtype=np.float32)[vieram]
    for peso, dela in ((0.0, q), (0.7, do_texto)):  # sem peso; ou sem nada dela, só a letra que veio
        feita = perda_com_uma_llm(deitados(logits), alvos(dela, vieram), peso, 1.0)
        for a, b in zip(feita, certa, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_perda_e_zero_em_quem_sabe_o_mesmo_e_o_balde_e_de_quem_aprende() -> None:
    """O aluno que acerta as letras ditas não muda, reparta como repartir o que está no balde."""
    _, q, vieram = sorteia(2)
    for parte in (0.1, 0.5):
        p = q.copy()
        for onde in np.ndindex(B, T):
            p[onde][q[onde] == 0] = (1 - q[onde].sum()) * np.array([parte, 1 - parte])
        perda, derivada = perda_com_uma_llm(deitados(np.log(p)), alvos(q, vieram), 1.0, 1.0)
        np.testing.assert_allclose(perda, 0, atol=1e-5)
        np.testing.assert_allclose(derivada, 0, atol=1e-3)


def test_sem_balde_e_sem_nada_nao_ha_nan() -> None:
    logits, _, vieram = sorteia(3)
    for q in (np.full((B, T, V), 1 / V, np.float32), np.zeros((B, T, V), np.float32)):
        perda, derivada = perda_com_uma_llm(deitados(logits), alvos(q, vieram), 0.5, 2.0)
        assert np.isfinite(perda)
        assert np.isfinite(derivada).all()
