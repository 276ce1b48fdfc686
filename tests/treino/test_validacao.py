import math

import numpy as np
import pytest

from conftest import poemas_minusculos
from poema_top.base.nats import bits, perplexidade
from poema_top.rede.modelo import constroi
from poema_top.rede.passo import PassoKeras, arredonda
from poema_top.texto.corpus import Corpus
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.historico import Epoca, como_csv, como_png
from poema_top.treino.validacao import nats_por_caractere


def test_modelo_que_nada_sabe_erra_ln_v() -> None:
    poemas = ["aaab", "b", "abab\nb"]
    v = Vocabulario.de_poemas(poemas)
    modelo = constroi(len(v), (4,), janela=3)
    modelo.get_layer("logits").set_weights([np.zeros((4, len(v))), np.zeros(len(v))])
    corpus = Corpus.de_poemas(poemas, v)
    assert nats_por_caractere(modelo, corpus, v.id_separador, 3, lote=2) == pytest.approx(math.log(4))


def test_vies_da_saida_calculado_a_mao() -> None:
    """Saída constante (a: 1/2, o resto: 1/6 cada): "aab" e o terminador custam 2 ln 2 + 2 ln 6."""
    v = Vocabulario.de_poemas(["aab\n"])
    modelo = constroi(len(v), (4,), janela=3)
    vies = np.log([1 / 2 if token == "a" else 1 / 6 for token in v.tokens])
    modelo.get_layer("logits").set_weights([np.zeros((4, len(v))), vies])
    corpus = Corpus.de_poemas(["aab"], v)
    esperado = (2 * math.log(2) + 2 * math.log(6)) / 4
    assert nats_por_caractere(modelo, corpus, v.id_separador, 3, lote=2) == pytest.approx(esperado)


def test_cada_poema_comeca_do_nada_qualquer_que_seja_o_lote() -> None:
    poemas = poemas_minusculos(11)
    v = Vocabulario.de_poemas(poemas)
    corpus = Corpus.de_poemas(poemas, v)
    um_a_um = constroi(len(v), (8, 8), terminador=v.id_terminador)
    # O passo arredonda os pesos: parte-se dos já arredondados.
    um_a_um.set_weights(arredonda(um_a_um.get_weights()))
    soma = 0.0
    for i in range(len(corpus)):
        passo, anterior = PassoKeras(um_a_um, v.id_terminador), v.id_separador
        for alvo in corpus.poema(i).tolist():
            p = np.exp(passo.avanca(np.array([anterior]))[0].astype(np.float64))
            soma -= math.log(p[alvo] / p.sum())
            anterior = alvo
    for lote, janela in [(4, 5), (16, 60)]:
        modelo = constroi(len(v), (8, 8), janela, v.id_terminador)
        modelo.set_weights(um_a_um.get_weights())
        obtido = nats_por_caractere(modelo, corpus, v.id_separador, janela, lote)
        assert obtido == pytest.approx(soma / corpus.caracteres, rel=1e-5)


def test_unidades_de_medida() -> None:
    assert bits(math.log(2)) == pytest.approx(1)
    assert perplexidade(math.log(10)) == pytest.approx(10)
    assert perplexidade(0.7) == pytest.approx(2 ** bits(0.7))


def test_historico_em_tabela_e_curva() -> None:
    epocas = [Epoca(1, 10, 0.004, 2.0, 1.9, 1000), Epoca(2, 20.5, 0.003, 1.5, 1.6, 1000)]
    linhas = como_csv(epocas).decode().splitlines()
    assert linhas[0] == "epoca,segundos,taxa_aprendizado,treino_nats,validacao_nats,caracteres_por_segundo"
    assert linhas[2] == "2,20.5,0.003,1.5,1.6,1000"
    assert como_png(epocas, "teste").startswith(b"\x89PNG")
