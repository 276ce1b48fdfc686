import math
from pathlib import Path

import numpy as np
import pytest

from apoio.passos import AoAcaso, Copiador, Fixo
from conftest import poemas_minusculos
from poema_top.avaliacao.perda import Perda, por_posicao, resume, surpresas
from poema_top.avaliacao.qualidade import LIMITE, Referencia, gera_poemas, mede
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.motor import Motor
from poema_top.texto import reservado
from poema_top.texto.vocabulario import Vocabulario

AB = Vocabulario(("@", "a", "b"))
METADES = [math.log(0.5), math.log(0.25), math.log(0.25)]  # @ a 1/2, a e b a 1/4


def test_conta_cada_caractere_e_o_terminador_na_ordem_dos_poemas() -> None:
    medidas = surpresas(Fixo(METADES, 2), AB, ["a", "abb", "", "ba"])  # 4 poemas em 2 fluxos
    esperadas = [[4, 2], [4, 4, 4, 2], [2], [4, 4, 2]]
    for medida, chances in zip(medidas, esperadas, strict=True):
        np.testing.assert_allclose(medida, np.log(chances), rtol=1e-6)


def test_resume_em_nats_bits_e_perplexidade() -> None:
    p = resume([np.array([1.0, 2.0]), np.array([6.0])], np.random.default_rng(0))
    assert (p.nats, p.poemas, p.caracteres) == (3.0, 2, 3)
    assert (p.minimo, p.maximo) == (1.5, 6.0)  # só o primeiro poema, ou só o segundo
    assert Perda(math.log(2), 0, 0, 1, 1).bits == pytest.approx(1)
    assert Perda(math.log(2), 0, 0, 1, 1).perplexidade == pytest.approx(2)


def test_por_posicao_so_onde_ha_poemas_que_bastem() -> None:
    medidas = [np.array([4.0, 1.0]), np.array([2.0])]
    assert por_posicao(medidas, minimo=1) == [3.0, 1.0]
    assert por_posicao(medidas, minimo=2) == [3.0]


def test_a_mesma_perda_que_o_treino_mediu(pasta_modelo: Path) -> None:
    """O Keras, no fim da época, e o LiteRT, a partir da pasta, chegam ao mesmo número."""
    escolhido = checkpoint.le(pasta_modelo)
    poemas = reservado.textos(escolhido.ficha).validacao
    p = resume(surpresas(Motor(escolhido, 3), escolhido.vocabulario, poemas), np.random.default_rng(0))
    assert p.nats == pytest.approx(escolhido.ficha["validacao"]["nats_por_caractere"], abs=2e-4)
    assert p.minimo < p.nats < p.maximo


POEMAS = poemas_minusculos(60)
TREINO, FORA = POEMAS[:40], POEMAS[40:]
VOCABULARIO = Vocabulario.de_poemas(POEMAS)
REFERENCIA = Referencia(TREINO, "@")


def test_o_copiador_recebe_o_que_merece() -> None:
    motor = Copiador(VOCABULARIO, TREINO, 8)
    q = mede(gera_poemas(motor, VOCABULARIO, Amostragem(1.0), 2000, 0), REFERENCIA)
    assert (q.pares_invalidos, q.palavras_invalidas, q.palavras_inventadas) == (0, 0, 0)
    assert q.versos_copiados == q.acabam == 1
    assert q.trecho_copiado in TREINO
    acaso = np.random.default_rng(0)
    lido = resume(surpresas(motor, VOCABULARIO, TREINO), acaso)
    assert lido.nats * lido.caracteres == pytest.approx(40 * math.log(40))  # só hesita entre os 40 poemas
    assert resume(surpresas(motor, VOCABULARIO, FORA), acaso).nats > 10 * lido.nats  # decorou


def test_o_de_pesos_ao_acaso_recebe_o_que_merece() -> None:
    motor = AoAcaso(len(VOCABULARIO), 8)
    q = mede(gera_poemas(motor, VOCABULARIO, Amostragem(1.0), 2000, 0), REFERENCIA)
    assert q.pares_invalidos > 0.3
    assert q.palavras_invalidas > 0.6
    assert q.versos_copiados < 0.1
    assert q.maior_copia < 8
    p = resume(surpresas(motor, VOCABULARIO, FORA), np.random.default_rng(0))
    assert p.nats > math.log(len(VOCABULARIO))  # pior que dizer que todos são iguais


def test_poema_que_nao_acaba_e_cortado_no_limite() -> None:
    gerados = gera_poemas(Fixo([-30, 0, 0], 4), AB, Amostragem(1.0), 10, 0)
    assert [(len(g.texto), g.acabou) for g in gerados] == [(LIMITE, False)] * 4
    gerados = gera_poemas(Fixo([0, 0, 0], 4), AB, Amostragem(1.0), 30, 0)
    assert all(g.acabou and "@" not in g.texto for g in gerados)
    assert sum(len(g.texto) for g in gerados) >= 30


def test_palavra_nova_pode_ser_do_dicionario() -> None:
    from poema_top.avaliacao.qualidade import Gerado

    q = mede([Gerado("o mar xqz lua sol", acabou=True)], Referencia(["o mar sol"], "@"))
    assert q.palavras_invalidas == pytest.approx(2 / 3)  # do miolo (mar xqz lua), xqz e lua
    assert q.palavras_inventadas == pytest.approx(1 / 3)  # lua existe em português
