"""Keras e LiteRT são o mesmo modelo; o motor em lote é o motor um a um."""

from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import ORIGINAL
from conftest import RAIZ, poemas_minusculos
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem, gera
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import escreve
from poema_top.geracao.sorteio import Sorteio
from poema_top.rede.backend import keras
from poema_top.rede.modelo import carrega, constroi
from poema_top.rede.passo import PassoKeras, arredonda


@pytest.fixture(scope="module")
def treinado(pasta_modelo: Path) -> tuple[Checkpoint, keras.Model]:
    """O checkpoint e o modelo Keras da mesma pasta."""
    return checkpoint.le(pasta_modelo), carrega(pasta_modelo / checkpoint.MODELO)


def com_camadas_do_keras(modelo: keras.Model) -> keras.Model:
    """Os pesos do passo em keras.layers.GRU, lendo um texto de qualquer tamanho de uma vez."""
    tokens = modelo.get_layer("logits").tokens
    entrada = keras.Input((None,), dtype="int32")
    x = keras.ops.one_hot(entrada, tokens)
    for i in (1, 2):
        x = keras.layers.GRU(modelo.get_layer(f"gru_{i}").unidades, return_sequences=True)(x)
    copia = keras.Model(entrada, keras.layers.Dense(tokens)(x))
    copia.set_weights(arredonda(modelo.get_weights()))
    return copia


def test_parametros_do_original() -> None:
    modelo = constroi(len(ORIGINAL), (128, 128))
    por_camada = [camada.count_params() for camada in modelo.layers if camada.count_params()]
    assert por_camada == [72_960, 99_072, 7_740]
    assert modelo.count_params() == 179_772


def test_texto_dourado_a_temperatura_zero(treinado: tuple[Checkpoint, keras.Model]) -> None:
    """Keras relendo o texto inteiro e LiteRT passo a passo escrevem o mesmo texto."""
    escolhido, modelo = treinado
    inteiro = com_camadas_do_keras(modelo)
    v = escolhido.vocabulario
    ids = [v.id_separador]
    for _ in range(80):
        ids.append(int(inteiro(np.array([ids]))[0, -1].numpy().argmax()))
        if ids[-1] == v.id_separador:
            break
    dourado = v.decodifica(ids[1:])
    assert len(dourado) > 8
    caracteres = escreve(Motor(escolhido), v, Amostragem(0), Sorteio(0))
    assert "".join(c for c, _ in zip(caracteres, dourado, strict=False)) == dourado


def test_o_modelo_que_vem_com_o_projeto_carrega_e_e_o_do_passo() -> None:
    """O `modelo.keras` é de quando as camadas tinham outro arquivo: o nome registrado é que conta."""
    padrao = checkpoint.le(RAIZ / "modelos_treinados" / "padrao")
    v = padrao.vocabulario
    passo = PassoKeras(carrega(padrao.pasta / checkpoint.MODELO), v.id_terminador)
    motor = Motor(padrao)
    for i in v.codifica("@a lua brilha\n").astype(np.int32):
        np.testing.assert_allclose(motor.avanca(np.array([i])), passo.avanca(np.array([i])), atol=1e-4)


def test_logits_iguais_num_poema_inedito(treinado: tuple[Checkpoint, keras.Model]) -> None:
    escolhido, modelo = treinado
    v = escolhido.vocabulario
    inedito = "@" + poemas_minusculos(1, semente=99)[0]
    ids = v.codifica(inedito).astype(np.int32)
    completo = com_camadas_do_keras(modelo)(ids[None])[0].numpy()
    motor, passo = Motor(escolhido), PassoKeras(modelo, v.id_terminador)
    for t, i in enumerate(ids):
        um = np.array([i], np.int32)
        np.testing.assert_allclose(motor.avanca(um)[0], completo[t], atol=1e-4)
        np.testing.assert_allclose(passo.avanca(um)[0], completo[t], atol=1e-4)


def test_lote_de_fluxos_e_igual_a_um_por_um(treinado: tuple[Checkpoint, keras.Model]) -> None:
    escolhido, _ = treinado
    v = escolhido.vocabulario
    inicios = ["", "o", "a lua cai\no", ""]

    def textos(quais: list[int]) -> list[str]:
        motor = Motor(escolhido, len(quais))
        sorteios = [Sorteio(i) for i in quais]
        fluxo = gera(motor, v, Amostragem(0.9), sorteios, [inicios[i] for i in quais])
        return [v.decodifica(linha) for linha in np.array([next(fluxo) for _ in range(150)]).T]

    juntos = textos([0, 1, 2, 3])
    assert juntos == [textos([i])[0] for i in range(4)]
    assert juntos[2].startswith("a lua cai\no")
    assert len(set(juntos)) == 4


def test_redimensionar_conserva_quem_fica(treinado: tuple[Checkpoint, keras.Model]) -> None:
    escolhido, _ = treinado
    motor, sozinho = Motor(escolhido, 3), Motor(escolhido, 1)
    motor.avanca(np.array([1, 2, 3], np.int32))
    sozinho.avanca(np.array([1], np.int32))
    motor.redimensiona(2)
    assert motor.fluxos == 2
    motor.redimensiona(5)
    logits = motor.avanca(np.array([4, 4, 4, 4, 4], np.int32))
    np.testing.assert_allclose(logits[0], sozinho.avanca(np.array([4], np.int32))[0], atol=1e-6)
    np.testing.assert_allclose(logits[3], Motor(escolhido).avanca(np.array([4], np.int32))[0], atol=1e-6)


def test_terminador_recomeca_do_nada(treinado: tuple[Checkpoint, keras.Model]) -> None:
    """Nada do que veio antes do terminador sobra no poema seguinte."""
    escolhido, _ = treinado
    v = escolhido.vocabulario

    def texto(inicio: str, quantos: int) -> str:
        fluxo = gera(Motor(escolhido), v, Amostragem(0), [Sorteio(0)], [inicio])
        return v.decodifica(int(next(fluxo)[0]) for _ in range(quantos))

    assert texto("a lua cai\num som@", 77)[17:] == texto("", 60)
