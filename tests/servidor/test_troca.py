import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ambiente
from poema_top.geracao import checkpoint


@pytest.fixture
def gravador(pasta_modelo: Path, tmp_path: Path) -> Iterator[Path]:
    """Outro processo que grava e regrava uma pasta, sem parar, com um número de volta em cada arquivo."""
    destino = tmp_path / "m"
    codigo = """
import json, sys
from pathlib import Path
from poema_top.geracao import checkpoint, pastas
origem, destino = Path(sys.argv[1]), Path(sys.argv[2])
ficha = json.loads((origem / checkpoint.FICHA).read_text())
for volta in range(10**9):
    def escreve(pasta):
        (pasta / checkpoint.PASSO).write_bytes((origem / checkpoint.PASSO).read_bytes() + str(volta).encode())
        (pasta / checkpoint.VOCABULARIO).write_bytes((origem / checkpoint.VOCABULARIO).read_bytes())
    checkpoint.grava(destino, escreve, {**ficha, "volta": volta})
    print(volta, flush=True)
"""
    processo = subprocess.Popen(
        [sys.executable, "-c", codigo, str(pasta_modelo), str(destino)],
        env=ambiente(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert processo.stdout is not None
    processo.stdout.readline()
    yield destino
    assert processo.poll() is None
    processo.kill()
    processo.communicate()


def test_quem_le_no_meio_de_uma_troca_le_uma_versao_inteira(gravador: Path) -> None:
    voltas = []
    while len(voltas) < 100 or len(set(voltas)) < 6:
        lido = checkpoint.le(gravador)
        voltas.append(lido.ficha["volta"])
        assert lido.passo.endswith(str(lido.ficha["volta"]).encode())
    assert voltas == sorted(voltas)
