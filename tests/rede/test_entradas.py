"""Os três jeitos de ler e prever um token: a mesma rede no treino, no passo, no LiteRT e nas contas à mão."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from poema_top.base.erros import ErroPoema
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.rede.backend import keras
from poema_top.rede.modelo import (
    MENOS,
    carrega,
    constroi,
    eixos_por_token,
    estados_zerados,
    herda_pesos,
    pesos_de_one_hot,
    por_texto,
)
from poema_top.rede.passo import PassoKeras, arredonda, exporta_passo
from poema_top.texto.crescimento import crescido, origens
from poema_top.texto.pedacos import SILABA
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.treinador import Treinador, otimizador

V = Vocabulario.de_poemas(["o sol sai", "a lua cai"], tipo=SILABA)
N1, N2, D, JANELA = 6, 4, 5, 8
ENTRADAS: dict[str, dict[str, Any]] = {
    "one-hot": {},
    "embedding": {"dimensoes": D},
    "atada": {"dimensoes": D, "atada": True},
}


def rede(qual: str, vocabulario: Vocabulario = V, semente: int = 0) -> keras.Model:
    """Uma rede de pesos sorteados, os vieses também, que cabem em float16."""
    modelo = constroi(len(vocabulario), (N1, N2), JANELA, vocabulario.id_terminador, **ENTRADAS[qual])
    acaso = np.random.default_rng(semente)
    sorteados = [acaso.normal(0, 0.5, w.shape).astype(np.float32) for w in modelo.get_weights()]
    modelo.set_weights(arredonda(sorteados))
    return modelo


class Feito(NamedTuple):
    qual: str
    modelo: keras.Model
    pasta: Path


@pytest.fixture(scope="module", params=ENTRADAS)
def feito(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Feito:
    pasta, modelo = tmp_path_factory.mktemp("rede"), rede(request.param)
    modelo.save(pasta / "modelo.keras")
    exporta_passo(modelo, V.id_terminador, pasta / "passo.tflite")
    return Feito(request.param, modelo, pasta)


IDS = np.random.default_rng(1).integers(0, len(V), (3, JANELA)).astype(np.int32)
IDS[0, 3] = V.id_separador  # um poema acaba no meio da janela


def de_uma_vez(modelo: keras.Model, ids: np.ndarray = IDS) -> np.ndarray:
    saida = modelo.predict_on_batch({"ids": ids, **estados_zerados(modelo, len(ids))})
    return por_texto(saida["logits"], len(ids))


def test_a_janela_o_passo_e_o_litert_dao_os_mesmos_logits(feito: Feito) -> None:
    esperados = de_uma_vez(feito.modelo)
    passo = PassoKeras(feito.modelo, V.id_terminador, fluxos=3)
    motor = Motor(Checkpoint(feito.pasta, (feito.pasta / "passo.tflite").read_bytes(), V, {}), fluxos=3)
    for t in range(JANELA):
        np.testing.assert_allclose(passo.avanca(IDS[:, t]), esperados[:, t], atol=1e-5)
        np.testing.assert_allclose(motor.avanca(IDS[:, t]), esperados[:, t], atol=1e-5)


def test_gravado_e_lido_da_os_mesmos_bits(feito: Feito) -> None:
    np.testing.assert_array_equal(de_uma_vez(carrega(feito.pasta / "modelo.keras")), de_uma_vez(feito.modelo))


def test_parametros_contados_a_mao(feito: Feito) -> None:
    v, m = len(V), len(V) if feito.qual == "one-hot" else D
    tabela = 0 if feito.qual == "one-hot" else v * D
    grus = 3 * (N1 * N1 + N1 * m + 2 * N1) + 3 * (N2 * N2 + N2 * N1 + 2 * N2)
    saida = N2 * D + D if feito.qual == "atada" else N2 * v + v
    assert feito.modelo.count_params() == tabela + grus + saida


def do_keras() -> keras.Model:
    """Uma rede só de camadas do Keras, com os pesos na ordem dos nossos; não esquece no terminador."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.ops.one_hot(ids, len(V))
    for n in (N1, N2):
        x = keras.layers.GRU(n, return_sequences=True)(x)
    return keras.Model(ids, keras.layers.Dense(len(V), activation="softmax")(x))


def test_pesos_de_one_hot_dao_as_mesmas_probabilidades(feito: Feito) -> None:
    sem_fim = np.where(V.id_separador == IDS, 1, IDS)
    logits = de_uma_vez(feito.modelo, sem_fim).astype(np.float64)
    p = np.exp(logits - logits.max(-1, keepdims=True))
    copia = do_keras()
    copia.set_weights(pesos_de_one_hot(feito.modelo))
    np.testing.assert_allclose(copia.predict_on_batch(sem_fim), p / p.sum(-1, keepdims=True), atol=1e-5)


def test_o_gradiente_da_tabela_atada_e_a_soma_dos_dois_usos() -> None:
    """Contra camadas do Keras em que a entrada e a saída são duas tabelas com os mesmos números."""
    import tensorflow as tf

    modelo = rede("atada")
    ids = tf.constant(np.where(V.id_separador == IDS, 1, IDS))
    alvos = tf.roll(ids, -1, 1)
    estados = {nome: tf.constant(zeros) for nome, zeros in estados_zerados(modelo, 3).items()}
    perda, nossos, _ = Treinador(modelo, keras.optimizers.SGD(), 3)._gradiente(ids, alvos, estados)
    le, escreve = (keras.layers.Embedding(len(V), D) for _ in range(2))
    grus = [keras.layers.GRU(n, return_sequences=True) for n in (N1, N2)]
    projecao = keras.layers.Dense(D)
    camadas = [le, *grus, projecao]

    def logits() -> Any:
        x = ids
        for camada in camadas:
            x = camada(x)
        return tf.matmul(x, escreve.embeddings, transpose_b=True)

    escreve.build()
    logits()  # cria os pesos
    e, *outros = modelo.get_weights()
    le.set_weights([e])
    escreve.set_weights([e])
    variaveis = [w for camada in camadas[1:] for w in camada.trainable_variables]
    for variavel, peso in zip(variaveis, outros, strict=True):
        variavel.assign(peso)
    with tf.GradientTape() as fita:
        esperada = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(alvos, logits()))
    lidos, escritos, *esperados = fita.gradient(
        esperada, [w.value for w in (le.embeddings, escreve.embeddings, *variaveis)]
    )
    lidos = tf.convert_to_tensor(lidos)
    assert np.abs(lidos).max() > 1e-3 < np.abs(escritos).max()
    np.testing.assert_allclose(perda, esperada, rtol=1e-5)
    for nosso, esperado in zip(nossos, [lidos + escritos, *esperados], strict=True):
        np.testing.assert_allclose(nosso, esperado, atol=1e-5)


def test_pesos_herdados_por_um_vocabulario_que_cresceu(feito: Feito) -> None:
    """O "ó" é lido e previsto como o "o", mas menos; o "☾", como a média; o resto fica como era."""
    novo = crescido(V, ["ó☾"])
    modelo = rede(feito.qual, novo, semente=9)
    herda_pesos(modelo, feito.pasta / "modelo.keras", *origens(V, novo))
    deles = {v.path: v.numpy() for v in feito.modelo.trainable_variables}
    eixos = eixos_por_token(modelo)
    assert (
        set(eixos)
        == {
            "one-hot": {"gru_1/w", "logits/w", "logits/b"},
            "embedding": {"tabela/e", "logits/w", "logits/b"},
            "atada": {"tabela/e"},
        }[feito.qual]
    )
    for variavel in modelo.trainable_variables:
        nosso, dele = variavel.numpy(), deles[variavel.path]
        if variavel.path not in eixos:
            np.testing.assert_array_equal(nosso, dele)
            continue
        eixo, menos = eixos[variavel.path], MENOS if variavel.path == "logits/b" else 0
        de = {token: dele.take(i, eixo) for i, token in enumerate(V.tokens)}
        de |= {"ó": de["o"] - np.float32(menos), "☾": dele.mean(eixo)}
        for i, token in enumerate(novo.tokens):
            np.testing.assert_allclose(nosso.take(i, eixo), de[token], atol=1e-6)


def test_de_outra_rede_nada_se_herda(feito: Feito) -> None:
    iguais = origens(V, V)
    outras = [rede(qual) for qual in ENTRADAS if qual != feito.qual]
    outras.append(constroi(len(V), (N1, N2), JANELA, dimensoes=D + 1))
    for outra in outras:
        with pytest.raises(ErroPoema, match="é de outra rede; tire --unidades, --entrada"):
            herda_pesos(outra, feito.pasta / "modelo.keras", *iguais)


def test_o_muon_nao_cuida_do_que_e_por_token_nem_dos_vieses(feito: Feito) -> None:
    muon = otimizador("muon", feito.modelo)
    muon.build(feito.modelo.trainable_variables)
    com_adam = {v.path for v in feito.modelo.trainable_variables if muon._should_use_adamw(v)}
    vieses = {v.path for v in feito.modelo.trainable_variables if v.path.endswith("/b")}
    assert com_adam == {*eixos_por_token(feito.modelo), *vieses}
    assert ("gru_1/w" in com_adam) == (feito.qual == "one-hot")
