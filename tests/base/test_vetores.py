"""Vetores no disco: o que volta é o que foi, ou uma linha que diz o que houve."""

from pathlib import Path

import numpy as np
import pytest

from poema_top.base.erros import ErroPoema
from poema_top.base.vetores import SOMA, acumula, diferencas, grava_vetores, le_vetores

UNS = {"a": np.arange(5, dtype=np.uint32), "b": np.eye(2, dtype=np.float16)}


@pytest.fixture
def arquivo(tmp_path: Path) -> Path:
    grava_vetores(tmp_path / "v.npz", UNS)
    return tmp_path / "v.npz"


def test_o_que_volta_e_o_que_foi(arquivo: Path) -> None:
    lidos = le_vetores(arquivo, ["a", "b"], "refaça.")
    for nome, vetor in UNS.items():
        np.testing.assert_array_equal(lidos[nome], vetor)
        assert lidos[nome].dtype == vetor.dtype
    antes = arquivo.read_bytes()
    grava_vetores(arquivo, UNS)
    assert arquivo.read_bytes() == antes


def _com(arquivo: Path, **trocados: object) -> None:
    """O mesmo arquivo com alguns vetores trocados e a soma de antes."""
    with np.load(arquivo) as lidos:
        todos = {nome: lidos[nome] for nome in lidos.files}
    np.savez(arquivo, **{**todos, **trocados})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "estrago", ["some", "trunca", "lixo", "vazio", "número", "tipo", "a mais", "soma", "pickle"]
)
def test_o_que_nao_presta_e_recusado(arquivo: Path, estrago: str) -> None:
    conteudo = arquivo.read_bytes()
    match estrago:
        case "some":
            arquivo.unlink()
        case "trunca":
            arquivo.write_bytes(conteudo[: len(conteudo) // 2])
        case "lixo":
            arquivo.write_bytes(conteudo[::-1])
        case "vazio":
            arquivo.write_bytes(b"")
        case "número":
            _com(arquivo, a=np.array([0, 1, 2, 3, 5], np.uint32))
        case "tipo":
            _com(arquivo, a=np.arange(5, dtype=np.int32))
        case "a mais":
            _com(arquivo, c=np.zeros(1))
        case "soma":
            _com(arquivo, **{SOMA: np.zeros(32, np.uint8)})
        case "pickle":
            _com(arquivo, a=np.array([{"um": "objeto"}], object))
    with pytest.raises(ErroPoema, match=r"v\.npz.*; refaça"):
        le_vetores(arquivo, ["a", "b"], "refaça.")


def test_o_que_se_abre_em_bytes_demais_nem_se_abre(arquivo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poema_top.base.vetores._TAMANHO_MAXIMO", 300)
    grava_vetores(arquivo, {"a": np.zeros(100_000)})
    with pytest.raises(ErroPoema, match="grande demais"):
        le_vetores(arquivo, ["a"], "refaça.")


def test_diferencas_e_a_volta() -> None:
    ordenados = np.array([3, 3, 7, 1 << 40], np.int64)
    assert diferencas(ordenados).tolist() == [3, 0, 4, (1 << 40) - 7]
    np.testing.assert_array_equal(acumula(diferencas(ordenados)), ordenados)
    grandes = np.array([5, (1 << 32) - 1], np.uint32)
    np.testing.assert_array_equal(acumula(diferencas(grandes)), grandes)
