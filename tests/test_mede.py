import json
from pathlib import Path

from conftest import Roda
from poema_top.mede_geracao import VARIANTES


def test_mede_geracao_compara_as_quatro_na_mesma_rodada(pasta_modelo: Path, roda: Roda) -> None:
    feito = roda("mede", "geracao", "--modelo", pasta_modelo, "--voltas", 1, "--segundos", "0,2")
    assert feito.returncode == 0, feito.stderr
    medidas = json.loads(feito.stdout.splitlines()[-1])
    assert list(medidas) == list(VARIANTES)
    for medida in medidas.values():
        assert medida["por_segundo"] > 0
        assert medida["primeiro_s"] > 0
        assert medida["memoria_mb"] > 1
    tabela = [linha for linha in feito.stdout.splitlines() if "MB" in linha]
    assert len(tabela) == len(VARIANTES)
    assert "1,0 ×" in tabela[0]
