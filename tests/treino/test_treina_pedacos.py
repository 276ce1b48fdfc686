"""`just treina` com sílabas e palavras: retomar, partir de outro, aprender com um professor, e os enganos."""

import argparse
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from conftest import OPCOES_MINUSCULAS, Roda, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import distribuicao
from poema_top.geracao.motor import Motor
from poema_top.rede.modelo import constroi
from poema_top.texto.corpus import Corpus
from poema_top.texto.crescimento import crescido
from poema_top.texto.pedacos import PALAVRA, SILABA
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.ajuste import ajusta
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.dados import MAXIMO, Dados
from poema_top.treino.destilacao import alvos_do_professor
from poema_top.treino.retomada import Retomada
from poema_top.treino.treinador import otimizador

DA_REDE = ("tokens", "entrada", "dimensoes", "saida_atada", "unidades")


def da_rede(pasta: Path) -> list[Any]:
    feita = checkpoint.le(pasta).ficha["configuracao"]
    return [feita[nome] for nome in DA_REDE]


def treina(roda: Roda, dados: Path, saida: Path, *opcoes: object) -> Any:
    return roda("treina", "--dataset", dados, "--saida", saida, "--nome", "m", "--epocas", 1, *opcoes)


def test_o_treino_aprende_e_a_ficha_diz_com_que(pasta_silabas: Path, pasta_palavras: Path) -> None:
    assert da_rede(pasta_silabas) == ["silabas", "embedding", 16, True, [24, 24]]
    assert da_rede(pasta_palavras) == ["palavras", "embedding", 16, False, [24, 24]]
    for pasta, tipo in ((pasta_silabas, SILABA), (pasta_palavras, PALAVRA)):
        treinado = checkpoint.le(pasta)
        assert treinado.vocabulario.tipo == tipo
        assert treinado.ficha["validacao"]["nats_por_caractere"] < 0.6


def test_retomado_segue_com_os_mesmos_tokens(pasta_silabas: Path, tmp_path: Path, roda: Roda) -> None:
    pasta = Path(shutil.copytree(pasta_silabas, tmp_path / "m"))
    feito = roda("treina", "--continua", pasta, "--epocas", 7)
    assert feito.returncode == 0, feito.stderr
    assert "depois de 5 época(s)" in feito.stdout
    assert len((pasta / checkpoint.HISTORICO).read_text().splitlines()) == 1 + 7
    assert da_rede(pasta) == da_rede(pasta_silabas)
    assert checkpoint.le(pasta).vocabulario == checkpoint.le(pasta_silabas).vocabulario
    uma_linha(roda("treina", "--continua", pasta, "--epocas", 9, "--dimensoes", 8), "tem outra rede")


@pytest.mark.parametrize("mudam", [{"dimensoes": 0, "atada": False}, {"atada": False}, {"dropout": 0.0}, {}])
def test_nem_outra_rede_nem_outro_otimizador_se_retomam(mudam: dict[str, Any], pasta_silabas: Path) -> None:
    v, feita = checkpoint.le(pasta_silabas).vocabulario, Retomada.de_pasta(pasta_silabas)
    rede = {"dimensoes": 16, "atada": True, "dropout": 0.1, **mudam}
    modelo = constroi(len(v), (24, 24), 16, v.id_terminador, **rede)
    feito = otimizador("muon" if mudam else "adam", modelo)
    feito.build(modelo.trainable_variables)
    with pytest.raises(ErroPoema, match="tem outra rede, ou outro otimizador"):
        feita.aplica(modelo, feito)


def test_parte_de_um_de_silabas_que_cresce(pasta_silabas: Path, tmp_path: Path, roda: Roda) -> None:
    """Sem dizer como é a rede: tudo se herda, e só os caracteres novos entram."""
    dados = grava_poemas(
        tmp_path / "p.txt", [p.replace("lua", "lüa ☾") for p in poemas_minusculos(40, semente=8)]
    )
    feito = treina(roda, dados, tmp_path, "--a-partir-de", pasta_silabas)
    assert feito.returncode == 0, feito.stderr
    assert "o vocabulário cresceu em 2: 'ü' (como 'u'), '☾' (do nada)" in feito.stdout
    assert da_rede(tmp_path / "m") == da_rede(pasta_silabas)
    velho = checkpoint.le(pasta_silabas).vocabulario
    assert checkpoint.le(tmp_path / "m").vocabulario == crescido(velho, ["ü☾"])


def test_aluno_de_um_professor_de_silabas(
    pasta_silabas: Path, dataset_minusculo: Path, tmp_path: Path, roda: Roda
) -> None:
    """O aluno fica com os tokens do professor, e não com a rede dele."""
    opcoes = [*OPCOES_MINUSCULAS, "--unidades", 12, "--professor", pasta_silabas]
    feito = treina(roda, dataset_minusculo, tmp_path, *opcoes)
    assert feito.returncode == 0, feito.stderr
    assert da_rede(tmp_path / "m") == ["silabas", "one-hot", 64, False, [12]]
    assert checkpoint.le(tmp_path / "m").vocabulario == checkpoint.le(pasta_silabas).vocabulario


def test_o_professor_diz_uma_distribuicao_por_token(pasta_silabas: Path, tmp_path: Path) -> None:
    """Contra o passo do LiteRT."""
    treinado = checkpoint.le(pasta_silabas)
    v = treinado.vocabulario
    corpus = Corpus.de_poemas(poemas_minusculos(5, semente=4), v)
    alvos = alvos_do_professor(pasta_silabas, 1.0, corpus, v, tmp_path)
    assert alvos.linhas.shape == (corpus.tokens, len(v))
    motor, lido = Motor(treinado), v.id_separador
    for alvo, atual in zip(alvos.poema(3), corpus.poema(3), strict=True):
        p = distribuicao(motor.avanca(np.array([lido], np.int32)), 1.0)[0]
        np.testing.assert_allclose(alvo, p, atol=2e-3)
        lido = int(atual)


def test_dois_processos_treinam_a_receita_de_silabas(
    dataset_minusculo: Path, tmp_path: Path, roda: Roda
) -> None:
    opcoes = ["--dataset", dataset_minusculo, "--saida", tmp_path, "--nome", "m", "--epocas", 1]
    feito = roda("treina_distribuido", *opcoes, *OPCOES_MINUSCULAS, "--receita", "silabas")
    assert feito.returncode == 0, feito.stderr
    assert "processo 0 de 2" in feito.stdout
    assert checkpoint.le(tmp_path / "m").vocabulario.tipo == SILABA


def test_sem_letras_nao_ha_silabas(tmp_path: Path, roda: Roda) -> None:
    dados = grava_poemas(tmp_path / "p.txt", ["12, 34", "5 - 6"])
    for tokens in ("silabas", "palavras"):
        uma_linha(treina(roda, dados, tmp_path, "--tokens", tokens, "--do-zero"), "não há letras no texto")


ENGANOS: list[tuple[list[object], str]] = [
    (["--tokens", "silabas", "--saida-atada"], "junte --entrada embedding"),
    (["--receita", "silabas", "--entrada", "one-hot"], "--sem-saida-atada"),
    (["--tokens", "silabas", "--max-vocabulario", 5], "--max-vocabulario 5 é pouco"),
    (["--tokens", "palavras", "--max-vocabulario", 9999], "--max-vocabulario 9.999 é demais"),
    (["--receita", "classica", "--tokens", "silabas", "--janela", 16], "não tem --tokens"),
    (["--tokens", "letras"], "valor inválido: 'letras'"),
    (["--a-partir-de", "pasta_silabas", "--tokens", "palavras"], "é de silabas: peça --tokens silabas"),
    (["--a-partir-de", "pasta_modelo", "--receita", "silabas"], "é de caracteres: peça"),
    (["--professor", "pasta_modelo", "--tokens", "palavras"], "é de caracteres: peça"),
    (["--professor", "pasta_palavras", "--receita", "silabas"], "é de palavras: peça"),
    (["--a-partir-de", "pasta_silabas", "--dimensoes", 8], "é de outra rede"),
    (["--a-partir-de", "pasta_silabas", "--max-vocabulario", 30], "é o do modelo de partida"),
]


@pytest.mark.parametrize(("opcoes", "diz"), ENGANOS)
def test_enganos_de_quem_usa(
    opcoes: list[object], diz: str, request: pytest.FixtureRequest, tmp_path: Path, roda: Roda
) -> None:
    dados = request.getfixturevalue("dataset_minusculo")
    trocadas = [request.getfixturevalue(str(o)) if str(o).startswith("pasta_") else o for o in opcoes]
    uma_linha(treina(roda, dados, tmp_path, *trocadas), diz)
    assert not (tmp_path / "m").exists()


def test_outros_tokens_nao_se_continuam(pasta_modelo: Path, roda: Roda) -> None:
    feito = roda("treina", "--continua", pasta_modelo, "--tokens", "palavras", "--epocas", 9)
    uma_linha(feito, "é de caracteres: peça --tokens caracteres")


@pytest.mark.parametrize("tokens", ["caracteres", "silabas", "palavras"])
def test_o_lote_ajustado_cabe_nos_tokens_que_ha(tokens: str, tmp_path: Path) -> None:
    """Palavras longas são poucos tokens: pelas letras, o lote seria grande demais."""
    for quantas in (6, 40, 200, 1000):
        poemas = [f"paralelepípedo{'s' * (i % 2)} inconstitucionalissimamente {i}" for i in range(quantas)]
        dados = grava_poemas(tmp_path / "p.txt", poemas)
        lidas = argparse.Namespace(**vars(Configuracao(dataset=(dados,), tokens=tokens)))
        c = Configuracao(dataset=(dados,), tokens=tokens, **ajusta(lidas, {"do_zero", "tokens"}).valores)
        assert Dados.de(c).treino.tokens > c.lote * c.janela


def test_o_poema_enorme_conta_se_em_letras(tmp_path: Path) -> None:
    enorme = "\n".join(poemas_minusculos(900, semente=5))
    poemas = [*poemas_minusculos(50), enorme]
    v = Vocabulario.de_poemas(poemas, tipo=SILABA)
    corpus = Corpus.de_poemas(poemas, v)
    dados = Dados(v, corpus, corpus, "", {}, tmp_path)
    so_treino, com_validacao = dados.enormes()
    letras = f"{len(enorme) + 1:,}".replace(",", ".")
    assert f"tem {letras} caracteres" in so_treino
    contam = int(v.letras[corpus.poema(50)[:MAXIMO]].sum())
    assert MAXIMO < contam < len(enorme)
    assert "só os primeiros " + f"{contam:,}".replace(",", ".") in com_validacao
