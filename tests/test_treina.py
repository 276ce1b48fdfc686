import csv
import itertools
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conftest import OPCOES_MINUSCULAS, Roda, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top import checkpoint
from poema_top.acompanhamento import PISO, fator_da_taxa
from poema_top.camadas import LARGURA, LINHAS, Dropout
from poema_top.gru import GRU
from poema_top.modelo import PassoKeras, constroi, estados_zerados, por_texto
from poema_top.silencio import keras
from poema_top.treinador import Treinador, otimizador, partes_do_lote, perda_e_derivada


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


def test_partes_do_lote_sao_iguais_e_nao_pequenas_demais() -> None:
    assert [partes_do_lote(lote, 4) for lote in (1, 16, 32, 48, 64, 128, 50)] == [1, 1, 2, 3, 4, 4, 2]


def test_muon_cuida_so_das_matrizes_de_dentro_da_gru() -> None:
    modelo = constroi(9, (8, 8), janela=6, terminador=0)
    muon = otimizador("muon")
    muon.build(modelo.trainable_variables)
    com_adam = [v.path for v in modelo.trainable_variables if muon._should_use_adamw(v)]
    assert com_adam == ["gru_1/w", "gru_1/b", "gru_2/b", "logits/w", "logits/b"]
    ids, alvos = np.random.default_rng(0).integers(0, 9, (2, 16, 6))
    treinador = Treinador(modelo, otimizador("muon"), 16)
    antes = {v.path: v.numpy() for v in modelo.trainable_variables}
    treinador.treina(ids, alvos, 0.01)
    for v in modelo.trainable_variables:
        passo = np.abs(v.numpy() - antes[v.path])
        # O primeiro passo do Adam tem o mesmo tamanho, a taxa, em cada peso.
        assert (np.median(np.abs(passo - 0.01)) < 1e-3) == (v.path in com_adam), v.path


def test_taxa_sobe_e_desce() -> None:
    fatores = [fator_da_taxa(p) for p in np.linspace(0, 1, 101)]
    assert fatores[0] < 0.1
    assert max(fatores) == pytest.approx(1, abs=0.03)
    assert fatores[-1] == pytest.approx(PISO)
    assert all(a >= b for a, b in itertools.pairwise(fatores[2:]))


def test_treino_aprende_e_registra(pasta_modelo: Path) -> None:
    with (pasta_modelo / checkpoint.HISTORICO).open() as arquivo:
        linhas = list(csv.DictReader(arquivo))
    assert [int(linha["epoca"]) for linha in linhas] == [1, 2, 3, 4, 5]
    validacao = [float(linha["validacao_nats"]) for linha in linhas]
    assert validacao[-1] < validacao[0] < 1.0 < np.log(len(checkpoint.le(pasta_modelo).vocabulario))
    ficha = checkpoint.le(pasta_modelo).ficha
    assert ficha["validacao"]["nats_por_caractere"] == pytest.approx(min(validacao), abs=1e-4)


def test_saida_do_treino_conta_a_historia(dataset_minusculo: Path, tmp_path: Path, roda: Roda) -> None:
    feito = roda(
        "treina", "--dataset", dataset_minusculo, "--saida", tmp_path, "--epocas", 2, *OPCOES_MINUSCULAS
    )
    assert feito.returncode == 0, feito.stderr
    assert re.search(r"treino +\d+ poemas", feito.stdout)
    assert re.search(r"total +7\.315", feito.stdout)
    assert re.search(r"época +2 .*treino \d,\d+ nats \(\d,\d+ bits\) +validação \d,\d+ nats", feito.stdout)
    assert feito.stdout.count("── temperatura") == 3
    (pasta,) = checkpoint.completas(tmp_path)
    assert re.fullmatch(r"\d{8}-\d{6}", pasta.name)
    assert not re.search(r"^[IWE]0000", feito.stderr, re.MULTILINE), feito.stderr


def test_mesma_semente_mesmo_treino(dataset_minusculo: Path, tmp_path: Path, roda: Roda) -> None:
    historicos = []
    for nome in ("a", "b"):
        roda(
            "treina", "--dataset", dataset_minusculo, "--saida", tmp_path, "--nome", nome, "--epocas", 1,
            "--semente", 5, *OPCOES_MINUSCULAS, "--lote", 32,
        )  # fmt: skip
        linha = (tmp_path / nome / checkpoint.HISTORICO).read_text().splitlines()[1].split(",")
        historicos.append(linha[3:5])
    assert historicos[0] == historicos[1]


def test_minutos_limitam_o_treino_e_paciencia_o_encurta(
    dataset_minusculo: Path, tmp_path: Path, roda: Roda
) -> None:
    comum = ["--dataset", dataset_minusculo, "--saida", tmp_path, *OPCOES_MINUSCULAS]
    feito = roda("treina", *comum, "--nome", "tempo", "--minutos", "0,03", "--paciencia", 0)
    assert feito.returncode == 0, feito.stderr
    assert "encerrado antes do fim" not in feito.stdout
    assert checkpoint.le(tmp_path / "tempo").ficha["configuracao"]["minutos"] == 0.03
    parado = ["--taxa-aprendizado", "1e-30", "--dropout", 0, "--paciencia", 2, "--epocas", 60]
    feito = roda("treina", *comum, "--nome", "paciencia", *parado)
    assert "sem melhora na validação" in feito.stdout, feito.stdout + feito.stderr
    with (tmp_path / "paciencia" / checkpoint.HISTORICO).open() as arquivo:
        linhas = list(csv.DictReader(arquivo))
    melhor = min(linhas, key=lambda linha: float(linha["validacao_nats"]))
    assert int(linhas[-1]["epoca"]) - int(melhor["epoca"]) >= 2
    assert float(linhas[-1]["taxa_aprendizado"]) <= 0.75 * float(melhor["taxa_aprendizado"])
    constante = [*parado, "--agenda", "constante"]
    feito = roda("treina", *comum, "--nome", "constante", *constante)
    assert "2 épocas sem melhora" in feito.stdout, feito.stdout + feito.stderr


def test_validacao_em_arquivo_e_sem_terminador(dataset_minusculo: Path, tmp_path: Path, roda: Roda) -> None:
    outro = grava_poemas(tmp_path / "outro.txt", poemas_minusculos(5, semente=9))
    opcoes = [
        "--dataset", dataset_minusculo, "--validacao", outro, "--saida", tmp_path, "--nome", "m",
        "--sem-terminador", "--sem-minusculas", "--epocas", 1, *OPCOES_MINUSCULAS,
    ]  # fmt: skip
    feito = roda("treina", *opcoes)
    assert feito.returncode == 0, feito.stderr
    escolhido = checkpoint.le(tmp_path / "m")
    assert escolhido.ficha["dataset"]["poemas_validacao"] == 5
    assert escolhido.vocabulario.terminador is None
    assert "@" not in escolhido.vocabulario.tokens
    grava_poemas(outro, ["O ZÉ"])
    recusado = roda("treina", *opcoes)
    assert recusado.returncode == 2
    assert "não tem: 'OZÉ'" in recusado.stderr


@pytest.mark.parametrize("sinal", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_guarda_o_aprendido(dataset_minusculo: Path, tmp_path: Path, sinal: signal.Signals) -> None:
    processo = subprocess.Popen(
        comando(
            "treina", "--dataset", dataset_minusculo, "--saida", tmp_path, "--nome", "m", "--minutos", 5,
            *OPCOES_MINUSCULAS,
        ),
        env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert processo.stdout is not None
    for linha in processo.stdout:
        if linha.startswith("época  1"):
            break
    processo.send_signal(sinal)
    saida, erro = processo.communicate(timeout=60)
    assert processo.returncode == 0, erro
    assert "interrompido" in saida
    assert "── temperatura" in saida
    assert checkpoint.le(tmp_path / "m").ficha["epocas"] >= 1


def test_perda_infinita_para_e_aconselha(dataset_minusculo: Path, tmp_path: Path, roda: Roda) -> None:
    feito = roda(
        "treina", "--dataset", dataset_minusculo, "--saida", tmp_path, "--nome", "m", "--epocas", 40,
        *OPCOES_MINUSCULAS, "--otimizador", "sgd", "--taxa-aprendizado", 1e38,
    )  # fmt: skip
    assert feito.returncode == 2
    assert feito.stderr.count("\n") == 1
    assert "--taxa-aprendizado menor" in feito.stderr


def test_poema_mais_longo_que_tudo(tmp_path: Path, roda: Roda) -> None:
    """Um poema enorme no treino e outro na validação: nem um nem outro muda a memória ou o fim."""
    enorme = "\n".join(poemas_minusculos(1500, semente=5))
    dados = grava_poemas(tmp_path / "p.txt", [*poemas_minusculos(50), enorme])
    validacao = grava_poemas(tmp_path / "v.txt", ["o mar vem", enorme])
    feito = roda(
        "treina", "--dataset", dados, "--validacao", validacao, "--saida", tmp_path, "--nome", "m",
        "--epocas", 1, *OPCOES_MINUSCULAS, "--lote", 32,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    assert checkpoint.le(tmp_path / "m").ficha["validacao"]["nats_por_caractere"] < 3
