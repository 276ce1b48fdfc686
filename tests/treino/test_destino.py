"""Onde o modelo vai ficar: nada se perde por cima, e o que não der se descobre antes de treinar."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import OPCOES_MINUSCULAS, Roda, ambiente, comando
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint, pastas
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.destino import reservado


def test_nome_de_um_modelo_que_existe_se_recusa(
    pasta_modelo: Path, dataset_minusculo: Path, roda: Roda
) -> None:
    comum = [
        "--dataset",
        dataset_minusculo,
        "--saida",
        pasta_modelo.parent,
        "--epocas",
        1,
        *OPCOES_MINUSCULAS,
    ]
    antes = pastas.versao(pasta_modelo)
    uma_linha(roda("treina", *comum, "--nome", "mini"), "já há um modelo", "--por-cima")
    assert pastas.versao(pasta_modelo) == antes


def test_por_cima_substitui_e_nao_vai_para_a_ficha(
    dataset_minusculo: Path, tmp_path: Path, roda: Roda
) -> None:
    comum = [
        "--dataset",
        dataset_minusculo,
        "--saida",
        tmp_path,
        "--nome",
        "m",
        "--epocas",
        1,
        *OPCOES_MINUSCULAS,
    ]
    assert roda("treina", *comum).returncode == 0
    antes = pastas.versao(tmp_path / "m")
    feito = roda("treina", *comum, "--por-cima")
    assert feito.returncode == 0, feito.stderr
    assert pastas.versao(tmp_path / "m") != antes
    assert "por_cima" not in checkpoint.le(tmp_path / "m").ficha["configuracao"]
    uma_linha(roda("treina", "--continua", tmp_path / "m", "--por-cima"), "--continua segue na mesma pasta")
    uma_linha(roda("treina", "--por-cima"), "diga qual")


def test_o_que_nao_e_modelo_nunca_se_substitui(tmp_path: Path) -> None:
    (tmp_path / "fotos").mkdir()
    (tmp_path / "fotos" / "gato.jpg").write_bytes(b"gato")
    (tmp_path / "carta").write_text("querida")
    for nome in ("fotos", "carta"):
        c = Configuracao(saida=tmp_path, nome=nome, por_cima=True)
        with pytest.raises(ErroPoema, match="não é um modelo"), reservado(c):
            pass
    assert (tmp_path / "fotos" / "gato.jpg").read_bytes() == b"gato"
    assert (tmp_path / "carta").read_text() == "querida"


def test_treinos_do_mesmo_segundo_ficam_em_pastas_diferentes(tmp_path: Path) -> None:
    c = Configuracao(saida=tmp_path / "m")
    while True:
        with reservado(c) as um, reservado(c) as dois, reservado(c) as tres:
            nomes = [pasta.name for pasta in (um, dois, tres)]
            assert len({um, dois, tres}) == 3
        if nomes[1:] == [f"{nomes[0]}-2", f"{nomes[0]}-3"]:  # senão o segundo virou no meio
            break
    assert re.fullmatch(r"\d{8}-\d{6}", nomes[0])
    assert not (tmp_path / "m").exists()  # nada foi gravado, e nada ficou


def test_saida_que_nao_se_grava_se_descobre_antes_de_ler_os_poemas(tmp_path: Path, roda: Roda) -> None:
    (tmp_path / "arquivo").write_text("não é pasta")
    for saida in (tmp_path / "arquivo", tmp_path / "arquivo" / "m", Path("/proc/m")):
        uma_linha(
            roda("treina", "--saida", saida, "--dataset", "nao-existe"), "não consigo gravar", "--saida"
        )


COMO_NINGUEM = """
import os, sys
import poema_top.treina
os.setuid(65534)  # depois dos imports, que podem estar onde só o root lê
sys.argv[:] = ["treina", *sys.argv[1:]]
poema_top.treina.executa(poema_top.treina.principal)
"""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="só o root vira outro usuário")
def test_sem_permissao_tambem(tmp_path: Path, dataset_minusculo: Path) -> None:
    tmp_path.chmod(0o755)
    feito = subprocess.run(
        [sys.executable, "-c", COMO_NINGUEM, "--dataset", dataset_minusculo, "--saida", tmp_path],
        env=ambiente(), capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    uma_linha(feito, "não consigo gravar", "sem permissão", "--saida")


def test_disco_cheio_tambem(tmp_path: Path, dataset_minusculo: Path) -> None:
    """O limite do processo recusa o que passa dele, como o disco: criar um arquivo ele ainda deixa."""
    feito = subprocess.run(
        comando("treina", "--dataset", dataset_minusculo, "--saida", tmp_path / "m"), env=ambiente(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    uma_linha(feito, "não consigo gravar", "--saida")
    assert not (tmp_path / "m").exists()
