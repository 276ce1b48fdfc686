"""Parar e seguir: como se o treino nunca tivesse parado."""

import csv
import json
import signal
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from conftest import OPCOES_MINUSCULAS, Roda, ambiente, comando, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.treino.retomada import ARQUIVO, Retomada


def perdas(pasta: Path) -> list[tuple[float, float]]:
    with (pasta / checkpoint.HISTORICO).open() as arquivo:
        return [(float(e["treino_nats"]), float(e["validacao_nats"])) for e in csv.DictReader(arquivo)]


def opcoes(dados: Path, saida: Path, nome: str) -> list[object]:
    return [
        "--dataset", dados, "--saida", saida, "--nome", nome, "--epocas", 6, *OPCOES_MINUSCULAS,
        "--lote", 32, "--dropout", 0.2,
    ]  # fmt: skip


def mata_depois_de_gravar(pasta: Path, *argumentos: object) -> None:
    """Um SIGKILL assim que a pasta fica inteira: a gravação seguinte leva segundos, e ainda não acabou."""
    with subprocess.Popen(
        comando("treina", *argumentos), env=ambiente(), stdout=subprocess.DEVNULL
    ) as processo:
        while not (pasta / "ficha.json").exists():
            assert processo.poll() is None
        processo.kill()


def test_morto_e_retomado_da_as_mesmas_perdas(tmp_path: Path, roda: Roda) -> None:
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(200))
    inteiro = roda("treina", *opcoes(dados, tmp_path, "inteiro"))
    assert inteiro.returncode == 0, inteiro.stderr
    mata_depois_de_gravar(tmp_path / "partido", *opcoes(dados, tmp_path, "partido"))
    feitas = len(perdas(tmp_path / "partido"))
    assert 1 <= feitas < 6
    retomado = roda("treina", "--continua", tmp_path / "partido")
    assert retomado.returncode == 0, retomado.stderr
    assert f"depois de {feitas} época(s)" in retomado.stdout
    np.testing.assert_allclose(perdas(tmp_path / "partido"), perdas(tmp_path / "inteiro"), rtol=1e-6)
    pesos = [Retomada.de_pasta(tmp_path / nome).pesos for nome in ("inteiro", "partido")]
    for a, b in zip(*pesos, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_opcao_dada_na_retomada_vale(tmp_path: Path, roda: Roda) -> None:
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(200))
    assert roda("treina", *opcoes(dados, tmp_path, "m")).returncode == 0
    retomado = roda("treina", "--continua", tmp_path / "m", "--epocas", 8)
    assert retomado.returncode == 0, retomado.stderr
    assert len(perdas(tmp_path / "m")) == 8
    sem_pasta = roda("treina", "--saida", tmp_path, "--continua", "--epocas", 9)
    assert sem_pasta.returncode == 0, sem_pasta.stderr
    assert len(perdas(tmp_path / "m")) == 9


def test_dataset_mudado_nao_se_retoma(tmp_path: Path, roda: Roda) -> None:
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(200))
    assert roda("treina", *opcoes(dados, tmp_path, "m")).returncode == 0
    grava_poemas(dados, poemas_minusculos(201))
    retomado = roda("treina", "--continua", tmp_path / "m", "--epocas", 8)
    assert retomado.returncode == 2
    assert "--a-partir-de" in retomado.stderr
    assert retomado.stderr.count("\n") == 1


def test_a_partir_de_outro_modelo_guarda_o_vocabulario(
    tmp_path: Path, pasta_modelo: Path, roda: Roda
) -> None:
    outros = [p.replace("lua", "lüa ☾") for p in poemas_minusculos(150, semente=8)]
    dados = grava_poemas(tmp_path / "outros.txt", outros)
    comum = ["--dataset", dados, "--saida", tmp_path, "--epocas", 1, *OPCOES_MINUSCULAS]
    assert roda("treina", *comum, "--nome", "novo").returncode == 0
    afinado = roda("treina", *comum, "--nome", "afinado", "--a-partir-de", pasta_modelo, "--sem-cresce")
    assert afinado.returncode == 0, afinado.stderr
    assert "não conhece" in afinado.stdout
    assert "'☾'" in afinado.stdout
    escolhido = checkpoint.le(tmp_path / "afinado")
    assert escolhido.vocabulario == checkpoint.le(pasta_modelo).vocabulario
    assert perdas(tmp_path / "afinado")[0][0] < perdas(tmp_path / "novo")[0][0]
    errado = roda("treina", *comum, "--nome", "x", "--a-partir-de", pasta_modelo, "--unidades", 8)
    assert errado.returncode == 2
    assert errado.stderr.count("\n") == 1, errado.stderr


@pytest.mark.parametrize("conteudo", [b"", b"lixo" * 100, b"PK\x03\x04" + b"\0" * 50])
def test_retomada_estragada_e_recusada(tmp_path: Path, conteudo: bytes) -> None:
    (tmp_path / ARQUIVO).write_bytes(conteudo)
    with pytest.raises(ErroPoema, match="corrompido"):
        Retomada.de_pasta(tmp_path)
    (tmp_path / ARQUIVO).unlink()
    with pytest.raises(ErroPoema, match="não há de onde continuar"):
        Retomada.de_pasta(tmp_path)


def test_retomada_que_incharia_a_memoria_e_recusada(tmp_path: Path) -> None:
    """Cem megabytes de zeros em cem quilobytes: recusada pelo índice, sem abrir nada."""
    with zipfile.ZipFile(tmp_path / ARQUIVO, "w", zipfile.ZIP_DEFLATED) as pacote:
        pacote.writestr("json.npy", b"\0" * 100_000_000)
    assert (tmp_path / ARQUIVO).stat().st_size < 200_000
    with pytest.raises(ErroPoema, match="mais bytes do que tem"):
        Retomada.de_pasta(tmp_path)


@pytest.mark.parametrize("simples", [{"outra": 1}, [1], {"configuracao": 3}, "[" * 50_000])
def test_retomada_com_outros_campos_e_recusada(tmp_path: Path, simples: object) -> None:
    texto = simples if isinstance(simples, str) else json.dumps(simples)
    np.savez(tmp_path / ARQUIVO, json=np.array(texto))
    with pytest.raises(ErroPoema, match="corrompido"):
        Retomada.de_pasta(tmp_path)


def test_dois_treinos_na_mesma_pasta_o_segundo_diz_e_sai(tmp_path: Path, roda: Roda) -> None:
    """O primeiro segue como se nada fosse; o --continua ao lado dele também não entra."""
    dados = grava_poemas(tmp_path / "p.txt", poemas_minusculos(120))
    comum = ["--dataset", dados, "--saida", tmp_path, *OPCOES_MINUSCULAS]
    primeiro = subprocess.Popen(
        comando("treina", *comum, "--nome", "m", "--epocas", 10_000, "--paciencia", 0),
        env=ambiente(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert primeiro.stdout is not None
    while not primeiro.stdout.readline().startswith("época  2"):
        pass
    for segundo in (
        roda("treina", *comum, "--nome", "m", "--por-cima", "--epocas", 1),
        roda("treina", "--continua", tmp_path / "m", "--epocas", 20_000),
    ):
        uma_linha(segundo, "outro treino está gravando")
    primeiro.send_signal(signal.SIGINT)
    primeiro.communicate(timeout=600)
    assert primeiro.returncode == 0
    assert roda("treina", *comum, "--nome", "m", "--por-cima", "--epocas", 1).returncode == 0
