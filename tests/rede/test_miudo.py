"""A versão para ler primeiro: o gradiente escrito à mão está certo, e é o da GRU com que se treina."""

import numpy as np
import pytest

from poema_top.rede import miudo
from poema_top.rede.gru import GRU
from poema_top.rede.miudo import Adam, Ids, Pesos

V, N, B, T = 5, 4, 3, 6


def _caso(dtype: type[np.floating]) -> tuple[Pesos, Ids, Ids, np.ndarray]:
    """Pesos, o que se lê e o que se prevê [B, T], com um "@" (0) no meio e outro no começo, e o estado."""
    acaso = np.random.default_rng(0)
    formas = {nome: peso.shape for nome, peso in miudo.pesos_iniciais(V, N, acaso).items()}
    p = {nome: acaso.normal(0, 0.7, forma).astype(dtype) for nome, forma in formas.items()}
    ids = acaso.integers(1, V, (B, T + 1))
    ids[0, 3] = ids[1, 0] = 0
    return p, ids[:, :-1], ids[:, 1:], acaso.normal(size=(B, N)).astype(dtype)


def test_o_gradiente_a_mao_e_o_das_diferencas() -> None:
    p, lidas, certas, h = _caso(np.float64)
    gradientes = miudo.volta(p, miudo.ida(p, lidas, certas, h)[2])
    assert gradientes.keys() == p.keys()
    for nome, peso in p.items():
        esperado, um_pouco = np.empty_like(peso), 1e-5
        for onde in np.ndindex(peso.shape):
            valor = peso[onde]
            peso[onde] = valor + um_pouco
            acima = miudo.ida(p, lidas, certas, h)[0]
            peso[onde] = valor - um_pouco
            abaixo = miudo.ida(p, lidas, certas, h)[0]
            peso[onde] = valor
            esperado[onde] = (acima - abaixo) / (2 * um_pouco)
        np.testing.assert_allclose(gradientes[nome], esperado, atol=1e-9)


def test_e_a_mesma_gru_com_que_se_treina() -> None:
    """Mesmos pesos: mesma perda, mesmo estado no fim e mesmo gradiente, com poemas que acabam no meio."""
    import tensorflow as tf

    p, lidas, certas, h = _caso(np.float32)
    nats, fim, passos = miudo.ida(p, lidas, certas, h)
    gru = GRU(N, T)
    gru.build((V, T * B))
    gru.set_weights([p["w"], p["u"], p["b"]])
    s, d = tf.Variable(p["s"]), tf.Variable(p["d"])
    deitadas = lidas.T.reshape(-1)  # a coluna t B + b é a do trecho b no tempo t
    with tf.GradientTape() as fita:
        estados, fim_da_gru = gru(np.eye(V, dtype=np.float32)[:, deitadas], h, 1.0 * (deitadas > 0)[None])
        logits = tf.transpose(estados) @ s + d
        perda = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(certas.T.reshape(-1), logits))
    esperados = fita.gradient(perda, [*gru.trainable_weights, s, d])
    assert nats == pytest.approx(float(perda), abs=1e-6)
    np.testing.assert_allclose(fim, fim_da_gru, atol=1e-6)
    obtidos = miudo.volta(p, passos)
    for nome, esperado in zip(("w", "u", "b", "s", "d"), esperados, strict=True):
        np.testing.assert_allclose(obtidos[nome], esperado, atol=1e-6)


def test_os_trechos_dao_a_volta_no_texto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miudo, "FLUXOS", 2)
    monkeypatch.setattr(miudo, "JANELA", 3)
    texto = np.arange(8)
    lidas, certas = miudo.janela(texto, 0)
    np.testing.assert_array_equal(lidas, [[0, 1, 2], [4, 5, 6]])
    np.testing.assert_array_equal(certas, [[1, 2, 3], [5, 6, 7]])
    np.testing.assert_array_equal(miudo.janela(texto, 3)[1], [[4, 5, 6], [0, 1, 2]])


def test_aprende_e_escreve_o_que_leu() -> None:
    """Depois da 1ª letra tudo é certo: quem só conta letras fica em 1,9 nat, e o possível é ln 2 / 6."""
    letras, poemas = "@ alourm", ("o mar", "a lua")
    acaso = np.random.default_rng(0)
    texto = miudo.codifica([poemas[i] for i in acaso.integers(0, 2, 200)], letras)
    p = miudo.pesos_iniciais(len(letras), 16, acaso)
    assert miudo.perda(p, texto) == pytest.approx(np.log(len(letras)), abs=0.5)
    adam, h = Adam(p), np.zeros((miudo.FLUXOS, 16), np.float32)
    for passo in range(80):
        _, h, passos = miudo.ida(p, *miudo.janela(texto, passo * miudo.JANELA), h)
        adam.anda(miudo.volta(p, passos), 0.02)
    assert miudo.perda(p, texto) < 0.2
    assert {miudo.escreve(p, letras, 0.5, acaso) for _ in range(20)} == set(poemas)


def test_o_comando_treina_e_escreve(capsys: pytest.CaptureFixture[str]) -> None:
    miudo.principal(segundos=2)
    dito = capsys.readouterr().out
    assert "0 s" in dito
    assert "nats por caractere nos 50 poemas de fora" in dito
    versos = dito.partition("temperatura 0,4\n")[2].partition("temperatura 0,6")[0]
    assert versos.strip()  # se são bons, depende de quanto uma máquina aprende em dois segundos


def test_ctrl_c_no_treino_ainda_escreve(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrompe(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(miudo, "treina", interrompe)
    miudo.principal()
    assert "temperatura 0,8" in capsys.readouterr().out
