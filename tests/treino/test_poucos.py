"""Coleções pequenas ou desiguais: o que os padrões mudam, e o que nunca acontece."""

import argparse
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from conftest import OPCOES_MINUSCULAS, Roda, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top.geracao import checkpoint
from poema_top.rede.modelo import MENOS, carrega, constroi, herda_pesos
from poema_top.texto import reservado
from poema_top.texto.corpus import Corpus
from poema_top.texto.crescimento import crescido, origens
from poema_top.texto.divisao import de_validacao, impressoes
from poema_top.texto.janelas import passos_por_epoca
from poema_top.texto.lembranca import Lembranca
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.acompanhamento import Acompanhamento
from poema_top.treino.ajuste import ajusta
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.dados import MAXIMO
from poema_top.treino.ritmo import VEZES, Ritmo
from poema_top.treino.validacao import le_em_lotes, nats_por_caractere


def lidas(dataset: Path, **outras: Any) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(Configuracao(dataset=(dataset,))), **outras})


@pytest.mark.parametrize("quantos", [2, 5, 20, 150])
def test_o_lote_ajustado_cabe(tmp_path: Path, quantos: int) -> None:
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(quantos))
    valores = ajusta(lidas(dados), {"do_zero"}).valores
    poemas = poemas_minusculos(quantos)
    fora = de_validacao(impressoes(poemas), 0.05, 0)
    tokens = sum(len(p) + 1 for p, f in zip(poemas, fora, strict=True) if not f)
    assert passos_por_epoca(tokens, valores["lote"], valores["janela"]) >= 1
    assert valores["epocas"] >= 8
    assert not {"lote", "janela"} & set(ajusta(lidas(dados, lote=64), {"lote"}).valores)


def test_texto_de_sobra_nao_muda_nada(tmp_path: Path) -> None:
    dados = tmp_path / "p.txt"
    dados.write_bytes(b"o mar\n@\n" * (1 << 18))
    assert ajusta(lidas(dados), set()).valores == {}


def test_parte_do_modelo_que_vem_com_o_projeto_se_ninguem_pede_outro(
    tmp_path: Path, pasta_modelo: Path
) -> None:
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(20))
    valores = ajusta(lidas(dados), set(), pasta_modelo).valores
    assert valores["a_partir_de"] == pasta_modelo
    assert valores["unidades"] == (24, 24)
    assert valores["taxa_aprendizado"] < Configuracao().taxa_aprendizado
    for pedida in ("do_zero", "unidades", "minusculas", "terminador", "professor"):
        assert "a_partir_de" not in ajusta(lidas(dados), {pedida}, pasta_modelo).valores
    assert "a_partir_de" not in ajusta(lidas(dados), set(), tmp_path / "sem").valores


def test_pesos_herdados_de_um_vocabulario_menor(pasta_modelo: Path) -> None:
    """Os tokens velhos ficam como eram; o "ô" lê como o "o" e é menos provável; o "☾" é a média de todos."""
    velho = checkpoint.le(pasta_modelo).vocabulario
    novo = crescido(velho, ["ô☾"])
    modelo = constroi(len(novo), (24, 24), 16, novo.id_terminador)
    herda_pesos(modelo, pasta_modelo / checkpoint.MODELO, *origens(velho, novo))
    deles = [v.numpy() for v in carrega(pasta_modelo / checkpoint.MODELO).trainable_variables]
    nossos = [v.numpy() for v in modelo.trainable_variables]
    for qual, eixo in ((0, 0), (-2, 1), (-1, 0)):
        de = {token: deles[qual].take(i, eixo) for i, token in enumerate(velho.tokens)}
        menos = MENOS if qual == -1 else 0
        de |= {"ô": de["o"] - menos, "☾": deles[qual].mean(eixo)}
        for i, token in enumerate(novo.tokens):
            np.testing.assert_allclose(nossos[qual].take(i, eixo), de[token], atol=1e-6)
    for nosso, dele in zip(nossos[1:-2], deles[1:-2], strict=True):
        np.testing.assert_array_equal(nosso, dele)


def test_cinco_poemas_treinam_e_avalia_acha_a_mesma_divisao(tmp_path: Path, roda: Roda) -> None:
    poemas = poemas_minusculos(5)
    dados = grava_poemas(tmp_path / "p.txt", poemas)
    feito = roda(
        "treina", "--dataset", dados, "--saida", tmp_path, "--nome", "m", "--unidades", 8, "--epocas", 20
    )
    assert feito.returncode == 0, feito.stderr
    assert "1 de 5" in feito.stdout
    assert "lotes de" in feito.stdout
    ficha = checkpoint.le(tmp_path / "m").ficha
    assert ficha["dataset"]["poemas_validacao"] == 1
    textos = reservado.textos(ficha)
    assert (len(textos.treino), len(textos.validacao)) == (4, 1)
    # Uma validação por época de um passo custaria mais que o treino.
    linhas = (tmp_path / "m" / checkpoint.HISTORICO).read_text().splitlines()[1:]
    assert len(linhas) < 20
    assert linhas[-1].startswith("20,")


def test_um_poema_so_diz_quantos_faltam(tmp_path: Path, roda: Roda) -> None:
    dados = grava_poemas(tmp_path / "p.txt", ["o mar vem"])
    uma_linha(roda("treina", "--dataset", dados, "--saida", tmp_path / "m"), "ao menos 2")
    assert not (tmp_path / "m").exists()


def test_partir_de_outro_conta_o_antes_e_o_depois(tmp_path: Path, pasta_modelo: Path, roda: Roda) -> None:
    outros = [p.replace("lua", "lüa ☾") for p in poemas_minusculos(30, semente=8)]
    dados = grava_poemas(tmp_path / "p.txt", outros)
    comum = ["--dataset", dados, "--saida", tmp_path, "--a-partir-de", pasta_modelo]
    feito = roda("treina", *comum, "--nome", "m", "--epocas", 6, "--taxa-aprendizado", 0.02)
    assert feito.returncode == 0, feito.stderr
    assert "'ü' (como 'u')" in feito.stdout
    assert "'☾' (do nada)" in feito.stdout
    assert re.search(
        r"no que não leu \(3 poema\(s\)\): \d,\d+ nats por caractere antes, \d,\d+ depois", feito.stdout
    )
    assert feito.stdout.index("── antes") < feito.stdout.index("── depois")
    feito_antes = checkpoint.le(pasta_modelo).vocabulario
    assert checkpoint.le(tmp_path / "m").vocabulario == crescido(feito_antes, ["ü☾"])
    retomado = roda("treina", "--continua", tmp_path / "m", "--epocas", 8)
    assert retomado.returncode == 0, retomado.stderr
    recusado = roda("treina", *comum, "--nome", "x", "--do-zero")
    uma_linha(recusado, "--do-zero")


def test_o_tempo_de_montar_o_grafo_nao_conta(monkeypatch: pytest.MonkeyPatch) -> None:
    agora = 100.0
    monkeypatch.setattr(time, "perf_counter", lambda: agora)
    a = Acompanhamento(Configuracao(minutos=1.0), passos_por_epoca=2, tokens=4)
    with a.sem_contar():
        agora += 1000
    assert a.decorrido == 0
    agora += 30
    assert a.progresso == pytest.approx(0.5)


def test_o_que_custa_fica_com_um_decimo_do_tempo(monkeypatch: pytest.MonkeyPatch) -> None:
    agora = 100.0
    monkeypatch.setattr(time, "perf_counter", lambda: agora)
    ritmo, gasto = Ritmo(), 0.0
    while agora < 1100:
        agora += 0.5
        if ritmo.e_hora:
            with ritmo.mede():
                agora += 3
                gasto += 3
    assert 0 < gasto <= 3 + 1000 / (1 + VEZES)


def test_o_poema_enorme_conta_ate_o_limite_e_se_pode_parar_no_meio() -> None:
    enorme = "\n".join(poemas_minusculos(400, semente=5))
    poemas = [*poemas_minusculos(10), enorme]
    v = Vocabulario.de_poemas(poemas)
    modelo = constroi(len(v), (4,), janela=60)
    corpus = Corpus.de_poemas(poemas, v)
    assert len(enorme) > MAXIMO
    lidos = sum((alvos >= 0).sum() for *_, alvos in le_em_lotes(modelo, corpus, v.id_separador, 60))
    assert lidos == corpus.tokens
    do_maximo = le_em_lotes(modelo, corpus, v.id_separador, 60, maximo=MAXIMO)
    assert sum((alvos >= 0).sum() for *_, alvos in do_maximo) == corpus.tokens - len(enorme) - 1 + MAXIMO
    cortado = Corpus.de_poemas([*poemas[:10], enorme[:MAXIMO]], v)
    nats = nats_por_caractere(modelo, corpus, v.id_separador, 60)
    assert nats == pytest.approx(nats_por_caractere(modelo, cortado, v.id_separador, 60), rel=1e-2)
    vezes = 0

    def desiste() -> bool:
        nonlocal vezes
        vezes += 1
        return vezes == 2

    assert nats_por_caractere(modelo, corpus, v.id_separador, 60, desiste=desiste) == pytest.approx(
        nats, rel=0.1
    )
    assert vezes == 2


def test_o_poema_enorme_e_avisado(tmp_path: Path, roda: Roda) -> None:
    enorme = "a noite inteira\n" + "\n".join(poemas_minusculos(400, semente=5))
    dados = grava_poemas(tmp_path / "p.txt", [*poemas_minusculos(50), enorme])
    feito = roda(
        "treina", "--dataset", dados, "--saida", tmp_path, "--epocas", 1, *OPCOES_MINUSCULAS, "--lote", 32
    )
    assert feito.returncode == 0, feito.stderr
    assert "aviso: “a noite inteira” tem" in feito.stdout


def test_ctrl_c_grava_o_melhor_que_so_estava_na_memoria(tmp_path: Path) -> None:
    """As épocas são de milissegundos: depois da primeira gravação, as seguintes ficam para o fim."""
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(150))
    processo = subprocess.Popen(
        comando(
            "treina", "--dataset", dados, "--saida", tmp_path, "--nome", "m", "--epocas", 100_000,
            "--paciencia", 0, *OPCOES_MINUSCULAS, "--lote", 32,
        ),
        env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert processo.stdout is not None
    melhores = []
    for linha in processo.stdout:
        if achado := re.match(r"época +(\d+) .*\*$", linha):
            melhores.append(int(achado[1]))
        if len(melhores) == 12:
            break
    processo.send_signal(signal.SIGINT)
    resto, erro = processo.communicate(timeout=600)
    assert processo.returncode == 0, erro
    melhores += [int(n) for n in re.findall(r"^época +(\d+) .*\*$", resto, re.MULTILINE)]
    assert checkpoint.le(tmp_path / "m").ficha["epocas"] == melhores[-1]
    lembrado = Lembranca.le(tmp_path / "m")  # o interrompido também diz o que leu
    assert lembrado is not None
    assert lembrado.copiados("o sol sai\no sol some") == 1
