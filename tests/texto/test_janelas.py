import errno
import os
import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from conftest import grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.corpus import Corpus
from poema_top.texto.janelas import Embaralhado, Plano, janelas_da_epoca, passos_por_epoca
from poema_top.texto.vocabulario import Vocabulario


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
    assert len(janelas) == passos_por_epoca(c.tokens, lote, janela)
    texto = Embaralhado(c, np.random.default_rng([1, 0])).trecho(0, c.tokens)
    por_fluxo = len(janelas) * janela
    for fluxo in range(lote):
        entrada = np.concatenate([x[fluxo] for x, _ in janelas])
        alvo = np.concatenate([y[fluxo] for _, y in janelas])
        inicio = fluxo * por_fluxo
        np.testing.assert_array_equal(entrada, texto[inicio : inicio + por_fluxo])
        np.testing.assert_array_equal(alvo, texto[inicio + 1 : inicio + 1 + por_fluxo])


def test_cada_epoca_tem_os_mesmos_poemas_noutra_ordem() -> None:
    c, v = corpus()
    embaralhados = [Embaralhado(c, np.random.default_rng([0, e])) for e in (0, 1, 0)]
    textos = [v.decodifica(e.trecho(0, c.tokens)) for e in embaralhados]
    assert textos[0] == textos[2] != textos[1]
    assert sorted(textos[0].split("@")) == sorted(textos[1].split("@"))


def test_trecho_e_o_pedaco_do_texto_inteiro() -> None:
    c, _ = corpus()
    e = Embaralhado(c, np.random.default_rng(0))
    texto, acaso = e.trecho(0, c.tokens), np.random.default_rng(1)
    assert len(texto) == c.tokens
    for inicio, fim in np.sort(acaso.integers(c.tokens, size=(50, 2)), axis=1):
        np.testing.assert_array_equal(e.trecho(inicio, fim + 1), texto[inicio : fim + 1])


def test_as_epocas_se_seguem_sem_fim() -> None:
    c, _ = corpus()
    plano = Plano(c, lote=3, janela=7, semente=5)
    esperado = [*janelas_da_epoca(c, 3, 7, 5, 2), *janelas_da_epoca(c, 3, 7, 5, 3)]
    obtido = list(islice(plano.epocas(primeira=2), 2 * plano.passos))
    for (x, y), (outro_x, outro_y) in zip(esperado, obtido, strict=True):
        np.testing.assert_array_equal(x, outro_x)
        np.testing.assert_array_equal(y, outro_y)


def test_corpus_no_disco_e_o_da_memoria(tmp_path: Path) -> None:
    poemas = poemas_minusculos(60)
    caminho = grava_poemas(tmp_path / "p.txt", poemas)
    aberto = abre([caminho], 0.2, 0, Molde())
    vocabulario, treino, validacao = aberto.vocabulario, aberto.treino, aberto.validacao
    assert vocabulario == Vocabulario.de_poemas(poemas)
    assert treino.ids.dtype == np.uint8
    lidos = [vocabulario.decodifica(c.poema(i)) for c in (treino, validacao) for i in c.quais]
    assert sorted(lidos) == sorted(f"{p}@" for p in poemas)
    assert 2 < len(validacao) < 25
    # A segunda abertura usa o que está gravado; um arquivo mudado é codificado de novo.
    assert abre([caminho], 0.2, 0, Molde()).treino.caracteres == treino.caracteres
    grava_poemas(caminho, poemas[:30])
    assert len(abre([caminho], 0.0, 0, Molde()).treino) == 30


def test_corpus_com_o_vocabulario_de_outro_troca_o_desconhecido(tmp_path: Path) -> None:
    caminho = grava_poemas(tmp_path / "p.txt", ["o SÓL ☾", "a"])
    vocabulario = Vocabulario.de_poemas(["o sol a"])
    aberto = abre([caminho], 0.0, 0, vocabulario)
    assert vocabulario.decodifica(aberto.treino.ids) == "o sol @a@"
    assert aberto.trocas == {"ó": "o", "☾": ""}


@pytest.mark.parametrize("outro_chegou", [True, False])
def test_dois_treinos_codificam_o_mesmo_texto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outro_chegou: bool
) -> None:
    """O Windows recusa a troca de nome se o outro chegou antes: o dele serve."""

    def recusa(de: Path, para: Path) -> None:
        if outro_chegou:
            shutil.copytree(de, para, dirs_exist_ok=True)
        erro = PermissionError(errno.EACCES, "Access is denied")
        erro.winerror = 5
        raise erro

    monkeypatch.setenv("POEMA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("poema_top.base.sistema.ESPERA", 0.0)
    monkeypatch.setattr(os, "replace", recusa)
    caminho = grava_poemas(tmp_path / "p.txt", poemas_minusculos(20))
    if outro_chegou:
        assert len(abre([caminho], 0.0, 0, Molde()).treino) == 20
    else:
        with pytest.raises((OSError, ErroPoema), match=r"em uso|outro programa"):
            abre([caminho], 0.0, 0, Molde())
    assert len(list((tmp_path / "cache").iterdir())) == outro_chegou


def test_texto_curto_diz_quantos_caracteres_faltam() -> None:
    c, _ = corpus(2)
    with pytest.raises(ErroPoema, match=r"64 janelas de 60 precisa de 3\.841"):
        passos_por_epoca(c.tokens, 64, 60)
