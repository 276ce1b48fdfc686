"""O que o modelo leu, sem os poemas."""

from pathlib import Path

import pytest

from poema_top.base.erros import ErroPoema
from poema_top.texto.lembranca import ARQUIVO, Lembranca

LIDA = Lembranca.de_poemas(["O sol sai\n\na lua cai", "a lua cai\no mar vem"])


def test_versos_e_palavras() -> None:
    assert LIDA.copiados("o SOL sai \na lua\nO mar vem") == 2
    assert LIDA.desconhecidas("a lua sai do mar: Ninguém") == 2
    assert (LIDA.copiados(""), LIDA.desconhecidas("")) == (0, 0)
    vazia = Lembranca.de_poemas([])
    assert (vazia.copiados("o sol"), vazia.desconhecidas("o sol")) == (0, 2)


def test_no_disco(tmp_path: Path) -> None:
    assert Lembranca.le(tmp_path) is None
    LIDA.grava(tmp_path)
    outra = Lembranca.le(tmp_path)
    assert outra is not None
    assert outra.versos.tolist() == LIDA.versos.tolist()
    assert outra.copiados("a lua cai\no rio") == 1
    (tmp_path / ARQUIVO).write_bytes(b"PK")
    with pytest.raises(ErroPoema, match=r"lembranca\.npz está corrompido .*just critica --modelo"):
        Lembranca.le(tmp_path)
