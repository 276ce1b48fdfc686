"""`just amostra`, `infere`, `explica` e `avalia` com modelos de sílabas e de palavras."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from conftest import Roda, grava_poemas, poemas_minusculos
from poema_top.base.nats import surpresa
from poema_top.geracao import checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import Poema


@pytest.fixture(params=["pasta_silabas", "pasta_palavras"])
def pasta(request: pytest.FixtureRequest) -> Path:
    feita: Path = request.getfixturevalue(request.param)
    return feita


def amostra(roda: Roda, pasta: Path, inicio: str, *opcoes: object) -> str:
    feito = roda("amostra", "--modelo", pasta, "--semente", 3, "--inicio", inicio, *opcoes)
    assert feito.returncode == 0, feito.stderr
    return str(feito.stdout)


def test_amostra_acaba_a_palavra_em_que_o_comeco_para(pasta: Path, roda: Roda) -> None:
    """Depois de "a lu" só vieram "lua" e "luz"."""
    saida = amostra(roda, pasta, "A LU", "--temperaturas", "0,3", 1, 2)
    poemas = re.findall(r"─\n(.*?)\n\n(?=──|\()", saida, re.DOTALL)
    assert len(poemas) == 3
    assert all(re.match(r"a lu(a|z)\b", texto) for texto in poemas[:2])
    assert all(texto.startswith("a lu") for texto in poemas)


def test_amostra_com_caracteres_que_o_modelo_nao_tem(pasta: Path, roda: Roda) -> None:
    saida = amostra(roda, pasta, "O SÓL ☾ ve", "--temperaturas", 0)
    assert "não conhece '☾'; deixei de fora" in saida
    assert "não conhece 'ó'; usei 'o' no lugar" in saida
    assert "─\no sol  vem\n" in saida


def test_amostra_nao_passa_do_tamanho(pasta: Path, roda: Roda) -> None:
    """O último token se corta, se for preciso; o começo não conta."""
    saida = amostra(roda, pasta, "o f", "--temperaturas", 0, "--tamanho", 4)
    assert "─\no fim, \n" in saida or "─\no fim,\n" in saida


def test_um_poema_cortado_tem_as_letras_que_cabem() -> None:
    montado = Poema("@", 7)
    for token in ("o", " mar", " azul"):
        montado.recebe(token)
    assert (montado.acabou, montado.entrega()) == (True, "o mar a")


def test_infere_escreve_o_tamanho_pedido(pasta: Path, roda: Roda) -> None:
    opcoes = ["--modelo", pasta, "--ritmo", 0, "--semente", 1, "--temperatura", "0,5"]
    for tamanho in (40, 41, 42, 43):
        feito = roda("infere", *opcoes, "--inicio", "a l", "--tamanho", tamanho)
        assert feito.returncode == 0, feito.stderr
        texto = feito.stdout.split("Ctrl-C encerra\n\n")[1].removesuffix("\n")
        assert texto.startswith("a lu")
        assert len(texto.replace("\n\n\n", "@")) == tamanho  # o fim de um poema é um token
    assert "@" not in feito.stdout


def test_explica_mostra_pedacos_inteiros(pasta: Path, roda: Roda) -> None:
    def nomes(inicio: str) -> list[str]:
        feito = roda("explica", inicio, "--modelo", pasta, "--temperaturas", 1, "--proximos", 4)
        assert feito.returncode == 0, feito.stderr
        return [linha.split()[0] for linha in feito.stdout.splitlines() if "%" in linha]

    assert nomes("o ma") == ["␣mar"]
    assert set(nomes("a lu")) <= {"␣lu", "␣lua", "␣luz"}
    assert len(nomes("a lu")) > 1
    assert nomes("o mar vem\n")[0] in {"a", "o", "um"}
    assert nomes("o fim, en")[0].startswith("en") or nomes("o fim, en")[0].startswith("␣en")


def test_explica_o_que_vem_depois_de_uma_palavra_que_nenhum_token_continua(pasta: Path, roda: Roda) -> None:
    """ "zz" se lê letra por letra, e o que se mostra é o que pode vir depois: qualquer coisa."""
    feito = roda("explica", "o zz", "--modelo", pasta, "--temperaturas", 1, "--proximos", 5)
    assert feito.returncode == 0, feito.stderr
    linhas = [linha for linha in feito.stdout.splitlines() if "%" in linha]
    assert len(linhas) == 5
    assert any("↵" in linha or "␣" in linha for linha in linhas)
    assert "100,0 %" not in feito.stdout


def test_explica_colore_cada_letra_de_um_poema(pasta: Path, roda: Roda, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("O sol sai\na lua cai\n@\n")
    opcoes = ["--poema", tmp_path / "p.txt", "--modelo", pasta, "--html", tmp_path / "s.html"]
    feito = roda("explica", *opcoes)
    assert feito.returncode == 0, feito.stderr
    assert re.search(r"  [\d,]+  o sol sai\n +[\d,]+  a lua cai\n", feito.stdout)
    assert (tmp_path / "s.html").read_text().count("<span") == len("o sol sai\na lua cai@")


def test_avalia_mede_por_caractere(pasta: Path, roda: Roda, tmp_path: Path) -> None:
    """Contra a soma feita aqui, token a token, dividida pelas letras; e contra a que o treino gravou."""
    texto = grava_poemas(tmp_path / "t.txt", poemas := poemas_minusculos(12, semente=7))
    opcoes = ["--modelo", pasta, "--caracteres", 200, "--temperaturas", "0,5", "--json", tmp_path / "m.json"]
    feito = roda("avalia", *opcoes, "--texto", texto)
    assert feito.returncode == 0, feito.stderr
    (medido,) = json.loads((tmp_path / "m.json").read_text())["modelos"].values()
    treinado = checkpoint.le(pasta)
    v, motor, nats, letras = treinado.vocabulario, Motor(treinado), 0.0, 0
    for poema in poemas:
        motor.zera()
        lido = v.id_separador
        for alvo in (*v.codifica(poema).tolist(), v.id_separador):
            logits = motor.avanca(np.array([lido], np.int32))
            nats += float(surpresa(logits, np.array([alvo]))[0])
            lido = alvo
        letras += len(poema) + 1
    assert medido["perda"]["caracteres"] == letras
    assert medido["perda"]["nats"] == pytest.approx(nats / letras, rel=1e-5)
    da_validacao = roda("avalia", *opcoes)
    assert da_validacao.returncode == 0, da_validacao.stderr
    (medido,) = json.loads((tmp_path / "m.json").read_text())["modelos"].values()
    gravado = treinado.ficha["validacao"]["nats_por_caractere"]
    assert medido["perda"]["nats"] == pytest.approx(gravado, abs=5e-4)
