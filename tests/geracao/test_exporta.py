"""`just exporta`: o arquivo da página numa pasta que não o tem, e o modelo em camadas que o Keras já traz."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from apoio.modelos import refaz_a_ficha
from conftest import Roda
from poema_top.geracao import checkpoint, pastas
from poema_top.geracao.amostragem import distribuicao
from poema_top.geracao.motor import Motor

# Quem só tem o Keras: nem este projeto, nem as camadas dele.
SEM_O_PROJETO = """
import json, sys
import keras, numpy as np
modelo = keras.models.load_model(sys.argv[1])
tokens = json.load(open(sys.argv[2]))["tokens"]
ids = json.loads(sys.argv[3])
assert "poema_top" not in sys.modules
chances = np.asarray(modelo(np.array([ids])))[0]
np.testing.assert_allclose(np.asarray(modelo(np.array([ids[:1]])))[0], chances[:1], atol=1e-6)
print(json.dumps([tokens, chances.tolist()]))
"""


def de_antes(origem: Path, destino: Path) -> Path:
    """A pasta de um modelo treinado antes de haver o arquivo da página."""
    shutil.copytree(origem, destino)
    (destino / checkpoint.PAGINA).unlink()
    refaz_a_ficha(destino)
    return destino


@pytest.mark.parametrize("qual", ["pasta_modelo", "pasta_silabas", "pasta_palavras"])
def test_a_pasta_de_antes_ganha_o_arquivo_que_o_treino_gravaria(
    qual: str, request: pytest.FixtureRequest, tmp_path: Path, roda: Roda
) -> None:
    inteira = request.getfixturevalue(qual)
    pasta = de_antes(inteira, tmp_path / "antiga")
    assert checkpoint.le(pasta).pagina is None
    data = (pasta / checkpoint.FICHA).stat().st_mtime_ns
    feito = roda("exporta", "--modelo", pasta)
    assert feito.returncode == 0, feito.stderr
    assert "pagina.bin: " in feito.stdout
    lido = checkpoint.le(pasta)
    assert lido.pagina == checkpoint.le(inteira).pagina
    assert lido.ficha == checkpoint.le(inteira).ficha
    assert pastas.versao(pasta) is not None
    assert (pasta / checkpoint.FICHA).stat().st_mtime_ns == data  # não passou a ser o mais novo
    de_novo = roda("exporta", "--modelo", pasta)
    assert de_novo.stdout == feito.stdout


@pytest.mark.parametrize("qual", ["pasta_modelo", "pasta_silabas", "pasta_palavras"])
def test_o_keras_sozinho_da_as_mesmas_chances(
    qual: str, request: pytest.FixtureRequest, tmp_path: Path, roda: Roda
) -> None:
    pasta = request.getfixturevalue(qual)
    feito = roda("exporta", "keras", "--modelo", pasta, "--saida", tmp_path / "poeta.keras")
    assert feito.returncode == 0, feito.stderr
    treinado = checkpoint.le(pasta)
    v = treinado.vocabulario
    ids = [v.id_separador, *v.codifica("o sol sai\na lua cai").tolist()]
    alheio = subprocess.run(
        [sys.executable, "-c", SEM_O_PROJETO, "poeta.keras", "poeta.json", json.dumps(ids)],
        env={k: valor for k, valor in os.environ.items() if k != "PYTHONPATH"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert alheio.returncode == 0, alheio.stderr
    tokens, chances = json.loads(alheio.stdout)
    assert tokens == list(v.tokens)
    motor = Motor(treinado)
    for i, p in zip(ids, chances, strict=True):
        np.testing.assert_allclose(p, distribuicao(motor.avanca(np.array([i], np.int32))[0], 1.0), atol=1e-5)


@pytest.mark.parametrize(
    ("opcoes", "dito"),
    [
        (["keras"], "diga em --saida o arquivo"),
        (["keras", "--saida", "poeta.h5"], "que termina em .keras"),
        (["--saida", "x.bin"], "tire --saida"),
        (["torrada"], "valor inválido: 'torrada'"),
    ],
)
def test_pedido_errado_e_uma_linha(pasta_modelo: Path, roda: Roda, opcoes: list[str], dito: str) -> None:
    feito = roda("exporta", *opcoes, "--modelo", pasta_modelo)
    assert feito.returncode == 2
    assert dito in feito.stderr
    assert feito.stderr.count("\n") == 1
