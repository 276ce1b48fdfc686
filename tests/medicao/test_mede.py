import json
import math
import re
from pathlib import Path

import pytest

from conftest import RAIZ, Roda, grava_poemas, poemas_minusculos
from poema_top.medicao import geracao
from poema_top.medicao.colheita import Colheita
from poema_top.medicao.geracao import VARIANTES


@pytest.mark.parametrize("qual", ["pasta_modelo", "pasta_silabas"])
def test_mede_geracao_compara_as_quatro_na_mesma_rodada(
    qual: str, request: pytest.FixtureRequest, roda: Roda
) -> None:
    pasta = request.getfixturevalue(qual)
    feito = roda("mede", "geracao", "--modelo", pasta, "--voltas", 1, "--segundos", "0,2")
    assert feito.returncode == 0, feito.stderr
    medidas = json.loads(feito.stdout.splitlines()[-1])
    assert list(medidas) == list(VARIANTES)
    for medida in medidas.values():
        assert medida["por_segundo"] > 0
        assert medida["primeiro_s"] > 0
        assert medida["memoria_mb"] > 1
    tabela = [linha for linha in feito.stdout.splitlines() if "MB" in linha]
    assert len(tabela) == len(VARIANTES)
    assert "1,0 ×" in tabela[0]


def test_tabela_sem_a_memoria(capsys: pytest.CaptureFixture[str]) -> None:
    """Onde o sistema não a diz (no Windows), a coluna fica vazia."""
    geracao._mostra({nome: {"por_segundo": 10.0, "primeiro_s": 1.0} for nome in VARIANTES})
    tabela = capsys.readouterr().out.splitlines()
    assert all(linha.endswith(" —") for linha in tabela[1:5])
    assert len({len(linha) for linha in tabela[:5]}) == 1


def test_mede_treino_corre_todas_as_receitas(tmp_path: Path, roda: Roda) -> None:
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(600))
    grafico = tmp_path / "treino.png"
    feito = roda("mede", "treino", "--dataset", dados, "--minutos", "0,05", "--grafico", grafico)
    assert feito.returncode == 0, feito.stderr
    medidas = json.loads(feito.stdout.splitlines()[-1])
    assert set(medidas["receitas"]) == {"rapida", "silabas", "palavras", "classica"}
    for corrida in medidas["receitas"].values():
        assert all(0 < nats < 2 * math.log(60) for nats in corrida["nats"])
        assert corrida["segundos"] == sorted(corrida["segundos"])
        assert 0 < corrida["fracao"] < 1
    # A clássica prevê um caractere por janela de 59; as nossas, todos os tokens que leem.
    classica, *nossas = (medidas["receitas"][nome] for nome in ("classica", "rapida", "silabas", "palavras"))
    assert classica["lidos"] / classica["alvos"] == pytest.approx(59)
    assert all(nossa["lidos"] == nossa["alvos"] for nossa in nossas)
    assert [nossa["letras_por_token"] > 2 for nossa in nossas] == [False, True, True]
    assert grafico.read_bytes().startswith(b"\x89PNG")


def test_mede_servidor_conta_o_que_chega(roda: Roda) -> None:
    # Só se contam poemas vistos do começo: os do modelo padrão acabam em segundos, outros podem não acabar.
    padrao = RAIZ / "modelos_treinados" / "padrao"
    feito = roda("mede", "servidor", "--modelo", padrao, "--leitores", 40, "--segundos", 10)
    assert feito.returncode == 0, feito.stderr
    (nivel,) = json.loads(feito.stdout.splitlines()[-1])["niveis"]
    assert nivel["leitores"] == 40
    assert nivel["caidos"] == nivel["recusados"] == 0
    assert nivel["poemas"] > 0
    assert 0 <= nivel["p50"] <= nivel["p99"]
    assert 0 < nivel["cpu"] < 1.1
    assert 0 < nivel["quadros"] <= 40 * 2.5  # dois por segundo a cada um
    assert re.search(r"^ +40 +\d,\d\d +\d+ MB", feito.stdout, re.MULTILINE)


def test_atraso_e_contra_a_hora_marcada() -> None:
    """Dois poemas a vinte letras por segundo; no segundo, as letras 14 chegam 30 ms tarde a um e 50 a outro.

    As 12 do primeiro só um as recebeu, de outra leva; o último quadro vem antes da hora, e não conta.
    """
    primeiro = {
        ("a", 10): [10.5, 10.5],
        ("a", 12): [10.62],
        ("a", 20): [11.0, 11.01],
        ("a", 21): [11.3, 11.0],
    }
    segundo = {("b", 10): [20.1], ("b", 14): [20.33, 20.35], ("b", 15): [29.0]}
    atrasos = Colheita(chegadas=primeiro | segundo).atrasos()
    assert sorted(atrasos) == pytest.approx([0, 0, 0, 0, 0.01, 0.02, 0.03, 0.05], abs=1e-9)
