import json

import numpy as np

from apoio.conferencias import uma_linha
from apoio.llama import MODELO, llama_server
from conftest import Roda
from poema_top.medicao.letras import PARTES, _distancias


def test_a_distancia_e_zero_na_parte_certa() -> None:
    """Faltam 0,4; 0,28 são de "a" e "b", na proporção delas: são 0,7."""
    certa = {"a": 0.3 + 0.14, "b": 0.3 + 0.14, "c": 0.08, "d": 0.04}
    falta, das_ditas, *distancias = _distancias(certa, {"a": 0.3, "b": 0.3})
    np.testing.assert_allclose([falta, das_ditas], [0.4, 0.28])
    assert PARTES[int(np.argmin(distancias))] == 0.7
    np.testing.assert_allclose(min(distancias), 0, atol=1e-9)


def test_com_um_llama_de_verdade(roda: Roda) -> None:
    with llama_server() as servidor:
        feito = roda("mede", "letras", "--servidor", servidor, "--modelo-llm", MODELO, "--voltas", 1)
    assert feito.returncode == 0, feito.stderr
    medidas = json.loads(feito.stdout.splitlines()[-1])
    for de_umas in medidas.values():
        assert de_umas["letras"] > 0
        assert 0 < de_umas["falta"] < 1
        assert all(0 <= kl < 20 for kl in de_umas["kl"].values())
    uma_linha(
        roda("mede", "letras", "--servidor", "http://127.0.0.1:9/v1"), "nenhum servidor de LLM responde"
    )
