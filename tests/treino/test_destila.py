import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from conftest import OPCOES_MINUSCULAS, Roda, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.geracao.motor import Motor
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.corpus import Corpus
from poema_top.texto.janelas import janelas_da_epoca
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.destilacao import alvos_do_professor, mistura_com_o_texto


def test_mistura_e_uma_distribuicao_com_o_peso_pedido() -> None:
    logits = np.log(np.array([[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]], np.float32)) + 3
    mistura = mistura_com_o_texto(logits, np.array([[1, 2]], np.int32), 0.4)
    np.testing.assert_allclose(mistura[0, 0], [0.2, 0.1 + 0.6, 0.1], atol=1e-6)
    np.testing.assert_allclose(mistura[0, 1], [0.04, 0.08, 0.28 + 0.6], atol=1e-6)


def test_alvos_sao_o_que_o_professor_diz_poema_a_poema(pasta_modelo: Path, tmp_path: Path) -> None:
    """Contra o passo do LiteRT, caractere a caractere: outro caminho para as mesmas probabilidades."""
    v = checkpoint.le(pasta_modelo).vocabulario
    inteiro = Corpus.de_poemas(poemas_minusculos(70, semente=4), v)
    corpus = inteiro.so(inteiro.quais[::2])
    alvos = alvos_do_professor(pasta_modelo, 1.0, corpus, v, tmp_path)
    for qual in corpus.quais[[0, 7, 34]]:
        motor = Motor(checkpoint.le(pasta_modelo))
        anterior = v.id_separador
        for alvo, atual in zip(alvos.poema(qual), corpus.poema(qual), strict=True):
            logits = motor.avanca(np.array([anterior], np.int32))[0].astype(np.float64)
            p = np.exp(logits - logits.max())
            np.testing.assert_allclose(alvo, p / p.sum(), atol=2e-3)
            anterior = int(atual)


def test_janelas_do_professor_andam_com_as_do_texto(pasta_modelo: Path, tmp_path: Path) -> None:
    v = checkpoint.le(pasta_modelo).vocabulario
    corpus = Corpus.de_poemas(poemas_minusculos(70), v)
    alvos = alvos_do_professor(pasta_modelo, 1e-6, corpus, v, tmp_path)
    com = janelas_da_epoca(corpus, 2, 16, 0, 0, professor=alvos)
    for (ids, texto), (mesmos, distribuicao) in zip(janelas_da_epoca(corpus, 2, 16, 0, 0), com, strict=True):
        np.testing.assert_array_equal(ids, mesmos)
        np.testing.assert_array_equal(distribuicao.argmax(-1), texto)


def test_destilar_pelo_comando_e_retomar(
    pasta_modelo: Path, dataset_minusculo: Path, tmp_path: Path, roda: Roda
) -> None:
    comum = ["--dataset", dataset_minusculo, "--saida", tmp_path, *OPCOES_MINUSCULAS, "--unidades", 12, 12]
    feito = roda("treina", *comum, "--nome", "aluno", "--epocas", 2, "--professor", pasta_modelo)
    assert feito.returncode == 0, feito.stderr
    ficha = checkpoint.le(tmp_path / "aluno").ficha
    assert ficha["configuracao"]["professor"].endswith("mini")
    assert checkpoint.le(tmp_path / "aluno").vocabulario == checkpoint.le(pasta_modelo).vocabulario
    retomado = roda("treina", "--continua", tmp_path / "aluno", "--epocas", 3)
    assert retomado.returncode == 0, retomado.stderr
    assert "com o professor" not in retomado.stdout  # o que ele disse está guardado


def test_professor_de_outro_vocabulario_e_recusado(pasta_modelo: Path, tmp_path: Path) -> None:
    v = Vocabulario.de_poemas(["abc"])
    with pytest.raises(ErroPoema, match="outro vocabulário"):
        alvos_do_professor(pasta_modelo, 0.5, Corpus.de_poemas(["abc"], v), v, tmp_path)


def test_outro_treino_leu_o_mesmo_professor(
    pasta_modelo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O Windows recusa a troca de nome se o outro chegou antes e mapeou o arquivo: o dele serve."""
    v = checkpoint.le(pasta_modelo).vocabulario
    corpus = Corpus.de_poemas(poemas_minusculos(5), v)
    sozinho = alvos_do_professor(pasta_modelo, 0.5, corpus, v, tmp_path).linhas
    (feito,) = tmp_path.iterdir()
    guardado = feito.rename(tmp_path.parent / "guardado")

    def recusa(_de: Path, para: Path) -> None:
        shutil.copy(guardado, para)
        erro = PermissionError(errno.EACCES, "Access is denied")
        erro.winerror = 5
        raise erro

    monkeypatch.setattr("poema_top.base.sistema.ESPERA", 0.0)
    monkeypatch.setattr(os, "replace", recusa)
    np.testing.assert_array_equal(alvos_do_professor(pasta_modelo, 0.5, corpus, v, tmp_path).linhas, sozinho)
    assert list(tmp_path.iterdir()) == [feito]


def test_o_cache_fica_com_o_texto_codificado(dataset_minusculo: Path, pasta_modelo: Path) -> None:
    aberto = abre([dataset_minusculo], 0.1, 0, Molde())
    alvos_do_professor(pasta_modelo, 0.3, aberto.treino, aberto.vocabulario, aberto.cache)
    (guardado,) = aberto.cache.glob("professor-*-0.3-*")
    assert guardado.stat().st_size == 2 * len(aberto.treino.ids) * len(aberto.vocabulario)


def test_outra_divisao_nao_herda_as_distribuicoes_de_uma(dataset_minusculo: Path, pasta_modelo: Path) -> None:
    """Com outra semente, outros poemas entram no treino, e cada um deles tem a sua distribuição."""
    for semente in (0, 1):
        aberto = abre([dataset_minusculo], 0.4, semente, Molde())
        alvos = alvos_do_professor(pasta_modelo, 0.2, aberto.treino, aberto.vocabulario, aberto.cache)
        for qual in aberto.treino.quais:
            np.testing.assert_allclose(alvos.poema(qual).sum(-1, dtype=np.float32), 1, atol=1e-2)
