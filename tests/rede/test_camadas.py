"""As camadas, a perda e o passo de treino: contas conferidas com as do Keras e do TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from poema_top.rede.backend import keras
from poema_top.rede.camadas import LARGURA, LINHAS, POUCOS, Dropout, Tabela
from poema_top.rede.gru import GRU
from poema_top.rede.modelo import constroi, estados_zerados, por_texto
from poema_top.rede.passo import PassoKeras, arredonda
from poema_top.treino.perdas import perda_e_derivada
from poema_top.treino.treinador import Treinador, otimizador, partes_do_lote


def test_a_nossa_gru_e_a_do_keras() -> None:
    """Mesmos pesos: mesma saída, mesmo estado final e mesmo gradiente, derivado à mão ou não."""
    import tensorflow as tf

    t, b, m, n = 7, 3, 5, 4
    nossa, deles = GRU(n, t), keras.layers.GRU(n, return_sequences=True, return_state=True)
    x = tf.Variable(np.random.default_rng(0).normal(size=(b, t, m)).astype(np.float32))
    h = tf.Variable(np.random.default_rng(1).normal(size=(b, n)).astype(np.float32))
    direcao = np.random.default_rng(2).normal(size=(b, t, n)).astype(np.float32)
    nossa.build((m, t * b))
    deles(x)
    sorteados = [np.random.default_rng(i).normal(size=w.shape) * 0.5 for i, w in enumerate(deles.weights)]
    deles.set_weights(sorteados)
    nossa.set_weights(sorteados)
    with tf.GradientTape() as fita:
        deitada, fim = nossa(
            tf.reshape(tf.transpose(x, (2, 1, 0)), (m, -1)), h, np.ones((1, t * b), np.float32)
        )
        saida = tf.transpose(tf.reshape(deitada, (n, t, b)), (2, 1, 0))
        valor = tf.reduce_sum(saida * direcao) + tf.reduce_sum(fim**2)
    gradientes = fita.gradient(valor, [*nossa.trainable_weights, x, h])
    with tf.GradientTape() as fita:
        saida_k, fim_k = deles(x, initial_state=h)
        valor = tf.reduce_sum(saida_k * direcao) + tf.reduce_sum(fim_k**2)
    esperados = fita.gradient(valor, [*deles.trainable_weights, x, h])
    np.testing.assert_allclose(saida, saida_k, atol=1e-5)
    np.testing.assert_allclose(fim, fim_k, atol=1e-5)
    for obtido, esperado in zip(gradientes, esperados, strict=True):
        np.testing.assert_allclose(obtido, esperado, atol=1e-4)


def test_terminador_zera_o_estado_e_o_gradiente_nao_o_atravessa() -> None:
    import tensorflow as tf

    modelo = constroi(5, (6,), janela=4, terminador=0)
    ids = tf.constant([[1, 2, 0, 3], [3, 4, 0, 3]])
    estado = tf.Variable(np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32))
    with tf.GradientTape() as fita:
        saida = modelo({"ids": ids, "estado_1": estado})
        depois = tf.reduce_sum(saida["logits"][:, 2 * 2 :] ** 2)  # do terceiro caractere em diante
    logits = por_texto(saida["logits"].numpy(), 2)
    np.testing.assert_allclose(logits[0, 2:], logits[1, 2:], atol=1e-6)
    assert not np.allclose(logits[0, :2], logits[1, :2])
    np.testing.assert_array_equal(fita.gradient(depois, estado), np.zeros((2, 6)))


def test_a_janela_e_o_passo_sao_o_mesmo_modelo() -> None:
    """Em pé ou deitados, os mesmos logits para cada texto e tempo, com o terminador no meio."""
    modelo = constroi(5, (6, 4), janela=3, terminador=0)
    modelo.set_weights(arredonda(modelo.get_weights()))
    ids = np.array([[1, 0, 3], [3, 4, 2]])
    passo = PassoKeras(modelo, 0, fluxos=2)
    um_a_um = np.stack([passo.avanca(coluna.astype(np.int32)) for coluna in ids.T], axis=1)
    de_uma_vez = modelo.predict_on_batch({"ids": ids, **estados_zerados(modelo, 2)})["logits"]
    np.testing.assert_allclose(por_texto(de_uma_vez, 2), um_a_um, atol=1e-6)


def test_a_perda_e_a_derivada_sao_as_do_tensorflow() -> None:
    """Com caracteres e com as distribuições de um professor."""
    import tensorflow as tf

    acaso = np.random.default_rng(0)
    b, k, v = 3, 2, 5
    logits = tf.Variable(acaso.normal(0, 3, (b, k, v)).astype(np.float32))
    certos = acaso.integers(0, v, (b, k))
    distribuicoes = acaso.dirichlet(np.ones(v), (b, k)).astype(np.float32)
    for alvos, completos in ((certos, np.eye(v)[certos]), (distribuicoes, distribuicoes)):
        with tf.GradientTape() as fita:
            esperada = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(completos, logits))
        deitados = tf.reshape(tf.transpose(logits, (2, 1, 0)), (v, -1))
        perda, derivada = perda_e_derivada(deitados, tf.constant(alvos))
        np.testing.assert_allclose(perda, esperada, rtol=1e-6)
        np.testing.assert_allclose(por_texto(derivada.numpy(), b), fita.gradient(esperada, logits), atol=1e-6)


@pytest.mark.parametrize("v", [7, POUCOS + 1])
def test_a_gru_que_le_ids_e_a_que_le_one_hot(v: int) -> None:
    """Mesmos pesos, mesma saída, mesmo gradiente."""
    import tensorflow as tf

    t, b, n = 5, 3, 4
    ids = tf.constant(np.random.default_rng(0).integers(0, v, t * b))
    direcao = np.random.default_rng(1).normal(size=(n, t * b)).astype(np.float32)
    le_ids, le_one_hot = GRU(n, t, tokens=v), GRU(n, t)
    le_ids.build((t * b,))
    le_one_hot.build((v, t * b))
    le_one_hot.set_weights(le_ids.get_weights())
    resultados = []
    for camada, x in ((le_ids, ids), (le_one_hot, tf.one_hot(ids, v, axis=0))):
        with tf.GradientTape() as fita:
            estados, fim = camada(x, tf.zeros((b, n)))
            valor = tf.reduce_sum(estados * direcao)
        resultados.append([estados, fim, *fita.gradient(valor, camada.trainable_weights)])
    for a, b in zip(*resultados, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("v", [7, POUCOS + 1])
def test_a_tabela_e_o_embedding_do_keras(v: int) -> None:
    """Mesmos vetores, deitados; mesmo gradiente, também o de um token que se repete ou que não veio."""
    import tensorflow as tf

    d, ids = 3, tf.constant([2, 0, 2, 6, 2])
    nossa, deles = Tabela(v, d), keras.layers.Embedding(v, d)
    direcao = np.random.default_rng(0).normal(size=(5, d)).astype(np.float32)
    deles.build()
    with tf.GradientTape() as fita:
        deitada = nossa(ids)
        valor = tf.reduce_sum(tf.transpose(deitada) * direcao)
    (gradiente,) = fita.gradient(valor, nossa.trainable_weights)
    deles.set_weights(nossa.get_weights())
    with tf.GradientTape() as fita:
        em_pe = deles(ids)
        valor = tf.reduce_sum(em_pe * direcao)
    (esperado,) = fita.gradient(valor, deles.trainable_weights)
    np.testing.assert_array_equal(tf.transpose(deitada), em_pe)
    np.testing.assert_allclose(gradiente, tf.convert_to_tensor(esperado), atol=1e-6)


def test_a_tabela_se_grava_num_modelo(tmp_path: Path) -> None:
    ids = keras.Input((), dtype="int32")
    modelo = keras.Model(ids, Tabela(7, 3)(ids))
    modelo.save(tmp_path / "m.keras")
    outro, lidos = keras.models.load_model(tmp_path / "m.keras"), np.array([1, 6])
    assert modelo.output.shape == (3, None)
    np.testing.assert_array_equal(outro(lidos), modelo(lidos))


def test_dropout_zera_a_fracao_pedida_e_nunca_do_mesmo_jeito() -> None:
    """A média se conserva, as máscaras de dois passos não se parecem, e fora do treino nada muda."""
    keras.utils.set_random_seed(0)
    camada = Dropout(0.2)
    uns = np.ones((128, 4000), np.float32)
    uma, outra = (np.array(camada(uns, training=True)) for _ in range(2))
    np.testing.assert_allclose(np.unique(uma), [0, 1.25])
    for mascara in (uma, outra):
        assert np.mean(mascara == 0) == pytest.approx(0.2, abs=0.003)
    assert np.mean((uma == 0) & (outra == 0)) == pytest.approx(0.04, abs=0.003)
    np.testing.assert_array_equal(camada(uns), uns)


def test_dropout_de_uma_janela_maior_que_a_reserva() -> None:
    enorme = np.ones((1, 3 * LINHAS * LARGURA // 2 + 5), np.float32)
    mascara = np.array(Dropout(0.5)(enorme, training=True))
    assert mascara.shape == enorme.shape
    assert np.mean(mascara) == pytest.approx(1, abs=0.01)


def test_dividir_o_lote_entre_nucleos_nao_muda_o_treino() -> None:
    acaso = np.random.default_rng(0)
    ids, alvos = acaso.integers(0, 9, (2, 3, 32, 6))
    resultados = []
    for partes in (1, 2):
        keras.utils.set_random_seed(3)
        modelo = constroi(9, (8, 8), janela=6, terminador=0)
        treinador = Treinador(modelo, keras.optimizers.SGD(0.5), 32)
        treinador.partes = partes
        treinador.zera()
        perdas = [treinador.treina(x, y, 0.5) for x, y in zip(ids, alvos, strict=True)]
        resultados.append((perdas, [w.numpy() for w in modelo.trainable_weights]))
    np.testing.assert_allclose(resultados[0][0], resultados[1][0], rtol=1e-5)
    for a, b in zip(resultados[0][1], resultados[1][1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert resultados[0][0][-1] < resultados[0][0][0]


@pytest.mark.parametrize(("partes", "tokens"), [(2, 20), (4, 20), (2, POUCOS + 1)])
def test_a_mesma_semente_da_os_mesmos_bits(partes: int, tokens: int) -> None:
    """As partes acabam em ordem qualquer; as somas, não."""
    resultados = []
    for _ in range(2):
        keras.utils.set_random_seed(0)
        modelo = constroi(tokens, (24, 24), janela=16, terminador=0, dropout=0.2)
        treinador = Treinador(modelo, otimizador("muon", modelo), 32)
        treinador.partes = partes
        treinador.zera()
        for ids, alvos in np.random.default_rng(0).integers(0, tokens, (30, 2, 32, 16)):
            treinador.treina(ids, alvos, 0.02)
        resultados.append([w.numpy() for w in modelo.trainable_weights])
    for a, b in zip(*resultados, strict=True):
        np.testing.assert_array_equal(a, b)


def test_partes_do_lote_sao_iguais_e_nao_pequenas_demais() -> None:
    assert [partes_do_lote(lote, 4) for lote in (1, 16, 32, 48, 64, 128, 50)] == [1, 1, 2, 3, 4, 4, 2]


def test_muon_cuida_so_das_matrizes_de_dentro_da_gru() -> None:
    modelo = constroi(9, (8, 8), janela=6, terminador=0)
    muon = otimizador("muon", modelo)
    muon.build(modelo.trainable_variables)
    com_adam = [v.path for v in modelo.trainable_variables if muon._should_use_adamw(v)]
    assert com_adam == ["gru_1/w", "gru_1/b", "gru_2/b", "logits/w", "logits/b"]
    ids, alvos = np.random.default_rng(0).integers(0, 9, (2, 16, 6))
    treinador = Treinador(modelo, otimizador("muon", modelo), 16)
    antes = {v.path: v.numpy() for v in modelo.trainable_variables}
    treinador.treina(ids, alvos, 0.01)
    for v in modelo.trainable_variables:
        passo = np.abs(v.numpy() - antes[v.path])
        # O primeiro passo do Adam tem o mesmo tamanho, a taxa, em cada peso.
        assert (np.median(np.abs(passo - 0.01)) < 1e-3) == (v.path in com_adam), v.path
