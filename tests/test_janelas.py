import numpy as np
import pytest

from conftest import poemas_minusculos
from poema_top.comum import ErroPoema
from poema_top.janelas import (
    Corpus,
    como_tf_data,
    janelas_classicas,
    janelas_da_epoca,
    passos_por_epoca,
)
from poema_top.vocabulario import Vocabulario


def corpus(quantos: int = 40) -> tuple[Corpus, Vocabulario]:
    poemas = poemas_minusculos(quantos)
    vocabulario = Vocabulario.de_poemas(poemas)
    return Corpus.de_poemas(poemas, vocabulario), vocabulario


def test_corpus_fecha_cada_poema_com_o_separador() -> None:
    v = Vocabulario.de_poemas(["ab", "c"])
    c = Corpus.de_poemas(["ab", "c"], v)
    assert v.decodifica(c.ids) == "ab@c@"
    assert [v.decodifica(c.poema(i)) for i in range(len(c))] == ["ab@", "c@"]
    sem = Vocabulario.de_poemas(["ab", "c"], terminador=False)
    assert sem.decodifica(Corpus.de_poemas(["ab", "c"], sem).ids) == "ab\nc\n"


def test_janelas_seguem_o_texto_e_o_alvo_e_o_caractere_seguinte() -> None:
    c, _ = corpus()
    lote, janela = 3, 7
    janelas = list(janelas_da_epoca(c, lote, janela, semente=1, epoca=0))
    assert len(janelas) == passos_por_epoca(c, lote, janela)
    texto = c.embaralhado(np.random.default_rng([1, 0]))
    por_fluxo = len(janelas) * janela
    for fluxo in range(lote):
        entrada = np.concatenate([x[fluxo] for x, _ in janelas])
        alvo = np.concatenate([y[fluxo] for _, y in janelas])
        inicio = fluxo * por_fluxo
        np.testing.assert_array_equal(entrada, texto[inicio : inicio + por_fluxo])
        np.testing.assert_array_equal(alvo, texto[inicio + 1 : inicio + 1 + por_fluxo])


def test_cada_epoca_tem_os_mesmos_poemas_noutra_ordem() -> None:
    c, v = corpus()
    textos = [v.decodifica(c.embaralhado(np.random.default_rng([0, e]))) for e in (0, 1, 0)]
    assert textos[0] == textos[2] != textos[1]
    assert sorted(textos[0].split("@")) == sorted(textos[1].split("@"))


def test_janelas_sao_vistas_sem_copia() -> None:
    c, _ = corpus()
    (x, y), *_ = janelas_da_epoca(c, 3, 7, 0, 0)
    assert x.base is not None
    assert np.shares_memory(x, y)


def test_tf_data_da_as_mesmas_janelas_e_passa_de_epoca() -> None:
    c, _ = corpus()
    passos = passos_por_epoca(c, 3, 7)
    esperado = [*janelas_da_epoca(c, 3, 7, 5, 2), *janelas_da_epoca(c, 3, 7, 5, 3)]
    obtido = list(como_tf_data(c, 3, 7, 5, primeira_epoca=2).take(2 * passos).as_numpy_iterator())
    for (x, y), (x_tf, y_tf) in zip(esperado, obtido, strict=True):
        np.testing.assert_array_equal(x, x_tf)
        np.testing.assert_array_equal(y, y_tf)


def test_texto_curto_diz_quantos_caracteres_faltam() -> None:
    c, _ = corpus(2)
    with pytest.raises(ErroPoema, match=r"64 janelas de 60 precisa de 3\.841"):
        passos_por_epoca(c, 64, 60)


def test_janelas_classicas_um_alvo_de_tres_em_tres() -> None:
    ids = np.arange(14, dtype=np.uint16)
    x, y = janelas_classicas(ids, janela=5, passo=3)
    assert x.tolist() == [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7], [6, 7, 8, 9, 10]]
    assert y.tolist() == [5, 8, 11]
    assert np.shares_memory(x, ids)
    with pytest.raises(ErroPoema, match="precisa de 6"):
        janelas_classicas(ids[:5], janela=5)
