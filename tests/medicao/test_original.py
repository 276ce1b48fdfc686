"""O modo do projeto original, em camadas do Keras."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import ORIGINAL, uma_linha
from conftest import Roda, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.medicao.original.janelas import Lotes, recorta
from poema_top.medicao.original.modelo import constroi
from poema_top.rede.modelo import carrega
from poema_top.texto.corpus import Corpus
from poema_top.texto.vocabulario import Vocabulario


def test_parametros_do_original() -> None:
    modelo = constroi(len(ORIGINAL), (128, 128), 60)
    assert [camada.count_params() for camada in modelo.layers] == [72_960, 99_072, 7_740]
    assert modelo.count_params() == 179_772


def test_um_alvo_de_tres_em_tres() -> None:
    ids = np.arange(14, dtype=np.uint16)
    x, y = recorta(ids, janela=5)
    assert x.tolist() == [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7], [6, 7, 8, 9, 10]]
    assert y.tolist() == [5, 8, 11]
    assert np.shares_memory(x, ids)
    with pytest.raises(ErroPoema, match="precisa de 6"):
        recorta(ids[:5], janela=5)


def test_lotes_leem_cada_janela_uma_vez() -> None:
    poemas = poemas_minusculos(40)
    v = Vocabulario.de_poemas(poemas, terminador=False)
    corpus = Corpus.de_poemas(poemas, v)
    lotes = Lotes(corpus, len(v), janela=10, lote=8)
    lotes.embaralha(np.random.default_rng(0))
    assert len(lotes) == -(-(corpus.tokens - 10) // 3) // 8
    assert lotes[0][0].shape == (8, 10, len(v))
    lidas = [
        (*x.argmax(-1).tolist(), int(y)) for i in range(len(lotes)) for x, y in zip(*lotes[i], strict=True)
    ]
    texto = [tuple(corpus.ids[i : i + 11].tolist()) for i in range(0, corpus.tokens - 10, 3)]
    # Cada uma uma vez (o texto repete janelas), e só a sobra do último lote fica de fora.
    assert not Counter(lidas) - Counter(texto)
    assert len(lidas) > len(texto) - 8
    assert lidas != texto[: len(lidas)]  # noutra ordem


def test_receita_classica_deixa_um_modelo_que_se_usa_e_se_retoma(
    dataset_minusculo: Path, tmp_path: Path, roda: Roda
) -> None:
    opcoes = ["--dataset", dataset_minusculo, "--saida", tmp_path, "--nome", "c", "--unidades", 12, 12]
    feito = roda("treina", "--receita", "classica", *opcoes, "--epocas", 2, "--janela", 20, "--lote", 32)
    assert feito.returncode == 0, feito.stderr
    assert feito.stdout.count("época ") == 2
    pasta = tmp_path / "c"
    lido = checkpoint.le(pasta)
    assert lido.vocabulario.terminador is None
    assert lido.ficha["modelo"]["unidades"] == [12, 12]
    assert [type(camada).__name__ for camada in carrega(pasta / checkpoint.MODELO).layers] == [
        "GRU",
        "GRU",
        "Dense",
    ]
    nos_logits = roda("infere", "--modelo", pasta, "--ritmo", 0, "--tamanho", 50)
    assert nos_logits.returncode == 0, nos_logits.stderr
    retomado = roda("treina", "--continua", pasta, "--epocas", 3)
    assert retomado.returncode == 0, retomado.stderr
    assert "retomando" in retomado.stdout
    with (pasta / checkpoint.HISTORICO).open() as arquivo:
        validacoes = [float(epoca["validacao_nats"]) for epoca in csv.DictReader(arquivo)]
    assert len(validacoes) == 3
    assert validacoes[-1] < validacoes[0]


def test_o_original_recusa_o_que_nao_tinha(dataset_minusculo: Path, tmp_path: Path, roda: Roda) -> None:
    opcoes = ["--dataset", dataset_minusculo, "--saida", tmp_path, "--janela", 20, "--lote", 32]
    uma_linha(roda("treina", "--receita", "classica", *opcoes, "--dropout", "0,2"), "não tem --dropout")
    assert not list(tmp_path.iterdir())
