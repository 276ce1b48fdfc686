"""Tokens de várias letras: tudo o que se diz "por caractere" se divide pelas letras, e não pelos tokens."""

import math

import numpy as np
import pytest

from apoio.passos import Fixo
from apoio.silabas import TOKENS, corpus, vocabulario
from poema_top.avaliacao.perda import por_posicao, resume, surpresas
from poema_top.avaliacao.qualidade import LIMITE, gera_poemas
from poema_top.base.nats import surpresa
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.poema import Poema, em_ritmo, escreve, poema
from poema_top.geracao.sorteio import Sorteio
from poema_top.rede.backend import keras
from poema_top.rede.modelo import constroi
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.acompanhamento import Acompanhamento
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.laco import _epoca
from poema_top.treino.treinador import Treinador
from poema_top.treino.validacao import nats_por_caractere


def test_letras_de_cada_token_e_de_um_corpus() -> None:
    v = vocabulario()
    assert v.letras.tolist() == [1, 1, 1, 3, 2, 2]
    c = corpus("alua\n", "sol ")
    assert (c.tokens, c.caracteres) == (3 + 1 + 2 + 1, 5 + 1 + 4 + 1)
    so_o_segundo = c.so(c.quais[1:])
    assert (so_o_segundo.tokens, so_o_segundo.caracteres) == (3, 5)


def test_num_vocabulario_de_caracteres_letras_e_tokens_sao_o_mesmo() -> None:
    v = Vocabulario.de_poemas(["água e\ncéu"])
    assert v.letras.tolist() == [1] * len(v)


def test_validacao_conta_letras() -> None:
    """Quem nada sabe erra ln 6 por token: "alua\\n" e "sol " são 7 tokens e 11 letras com os separadores."""
    v = vocabulario()
    modelo = constroi(len(v), (4,), janela=3)
    modelo.get_layer("logits").set_weights([np.zeros((4, len(v))), np.zeros(len(v))])
    nats = nats_por_caractere(modelo, corpus("alua\n", "sol "), v.id_separador, 3, lote=2)
    assert nats == pytest.approx(7 * math.log(6) / 11)


def test_perda_se_reparte_pelas_letras_do_token() -> None:
    v = vocabulario()
    vies = [0.0, 1.0, 2.0, 3.0, 0.5, 0.0]
    esperada = {token: float(surpresa(np.array(vies), np.array(i))) for i, token in enumerate(TOKENS)}
    (medida,) = surpresas(Fixo(vies, 1), v, ["alua"])
    assert len(medida) == 5
    np.testing.assert_allclose(medida, [esperada["a"], *[esperada["lua"] / 3] * 3, esperada["@"]], rtol=1e-6)
    resumo = resume([medida], np.random.default_rng(0))
    assert resumo.caracteres == 5
    assert resumo.nats == pytest.approx((esperada["a"] + esperada["lua"] + esperada["@"]) / 5)
    assert len(por_posicao([medida])) == 5


def test_treino_conta_letras() -> None:
    """Quem nada sabe, e não aprende, erra ln 6 por token: as letras lidas dizem por quanto dividir."""
    v = vocabulario()
    modelo = constroi(len(v), (4,), janela=4)
    modelo.get_layer("logits").set_weights([np.zeros((4, len(v))), np.zeros(len(v))])
    treinador = Treinador(modelo, keras.optimizers.SGD(0.0), 2)
    a = Acompanhamento(Configuracao(taxa_aprendizado=1e-30, epocas=1), 2, len(v))
    ids = np.array([[3, 3, 4, 1], [2, 0, 5, 1]])  # 3 + 3 + 2 + 1 e 1 + 1 + 2 + 1 letras: 14 em 8 tokens
    nats, _ = _epoca(treinador, iter([(ids, ids)] * 2), a, v)
    assert nats == pytest.approx(8 * math.log(6) / 14, rel=1e-5)


def test_poema_e_geracao_param_por_letras() -> None:
    so_lua = [-99.0, -99.0, -99.0, 0.0, -99.0, -99.0]
    v = vocabulario()
    tokens = escreve(Fixo(so_lua, 1), v, Amostragem(1.0), Sorteio(0))
    assert poema(tokens, "@", 10) == "lualualual"  # do token que passa do tamanho, só as letras que cabem
    (gerado,) = gera_poemas(Fixo(so_lua, 1), v, Amostragem(1.0), caracteres=10, semente=0)
    assert gerado.texto == ("lua" * LIMITE)[:LIMITE]
    assert not gerado.acabou


def test_entrega_aos_poucos_parte_um_token() -> None:
    montado = Poema("@")
    for token in ("lua", "\n", "so", "l ", "@"):
        montado.recebe(token)
    assert montado.acabou
    pedacos = []
    while len(montado):
        pedacos.append(montado.entrega(2))
    assert pedacos == ["lu", "a\n", "so", "l"]


def test_ritmo_e_de_letras(monkeypatch: pytest.MonkeyPatch) -> None:
    """A espera de cada pedaço é a das letras dele, contada no relógio (de mentira, que só anda dormindo)."""
    agora = [0.0]
    esperas: list[float] = []

    def dorme(segundos: float) -> None:
        esperas.append(segundos)
        agora[0] += segundos

    monkeypatch.setattr("poema_top.geracao.poema.time.perf_counter", lambda: agora[0])
    monkeypatch.setattr("poema_top.geracao.poema.time.sleep", dorme)
    assert list(em_ritmo(["lua", "a"], 10)) == ["lua", "a"]
    assert esperas == pytest.approx([0.3, 0.1])
