import csv
import itertools
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conftest import OPCOES_MINUSCULAS, Roda, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top.geracao import checkpoint, pastas
from poema_top.treino.acompanhamento import PISO, fator_da_taxa


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
    (pasta,) = pastas.completas(tmp_path)
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
    recusado = roda("treina", *opcoes, "--por-cima")
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
    saida, erro = processo.communicate(timeout=600)
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
