"""O crítico que vem com o projeto: o que ele prefere, e o que se confere antes de acreditar nele."""

from pathlib import Path

import numpy as np
import pytest

from poema_top.base.erros import ErroPoema
from poema_top.geracao import critico
from poema_top.geracao.critico import Critico
from poema_top.geracao.tracos import marcas

BOM = "a chuva cai na janela,\nmolha a terra do jardim.\na noite vem com ela\ne o vento chama por mim."
QUEBRADO = "a chuva caiu e janela,\nmolha o terra da jardim.\nque noite para de ela\nnão o vento chama e sim."


@pytest.fixture(scope="module")
def nosso() -> Critico:
    return Critico.le()


def test_marcas() -> None:
    assert marcas(" O mar,\nbeija-flor — 3!\n \n\nFim") == [
        "\n", "o", "mar", ",", "\n", "beija-flor", "!", "\n\n", "fim", "@",
    ]  # fmt: skip


def test_prefere_o_que_se_entende(nosso: Critico) -> None:
    bom, quebrado = nosso.julga([BOM, QUEBRADO])
    assert bom.gramatica > quebrado.gramatica + 2
    assert bom.coerencia > quebrado.coerencia
    assert bom.geral > quebrado.geral
    assert 0 <= min(quebrado) <= max(bom) <= 10


def test_as_notas_de_um_nao_dependem_dos_outros(nosso: Critico) -> None:
    juntos = nosso.julga([QUEBRADO, BOM, "sol", BOM])
    for poema, nota in zip([QUEBRADO, BOM, "sol", BOM], juntos, strict=True):
        assert nosso.julga([poema])[0] == pytest.approx(nota, abs=1e-4)
    assert nosso.julga([]) == []


@pytest.mark.parametrize("poema", ["", "@", "日本", "—\n—\n\n…", "a\n" * 400, "a" * 5000, "mar " * 300])
def test_le_qualquer_coisa(nosso: Critico, poema: str) -> None:
    assert np.isfinite(nosso.julga([poema, BOM])).all()


def test_vai_e_volta(nosso: Critico, tmp_path: Path) -> None:
    nosso.grava(tmp_path / "c.npz")
    assert (tmp_path / "c.npz").read_bytes() == critico.ARQUIVO.read_bytes()
    assert Critico.le(tmp_path / "c.npz").julga([BOM]) == nosso.julga([BOM])


def test_um_arquivo_que_nao_presta(tmp_path: Path) -> None:
    with pytest.raises(ErroPoema, match=r"não achei .*; refaça-o com: just critica"):
        Critico.le(tmp_path / "critico.npz")
    inteiro = critico.ARQUIVO.read_bytes()
    meio = len(inteiro) // 2
    (tmp_path / "critico.npz").write_bytes(inteiro[:meio] + bytes([inteiro[meio] ^ 1]) + inteiro[meio + 1 :])
    with pytest.raises(ErroPoema, match="está corrompido"):
        Critico.le(tmp_path / "critico.npz")
