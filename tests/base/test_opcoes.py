import argparse
import re
from dataclasses import dataclass
from typing import Any

import pytest

from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import inteiro_positivo


@dataclass
class _Opcoes:
    lote: int = opcao(128, "janelas por passo", type=inteiro_positivo)
    cresce: bool = opcao(True, "cresce")
    nome: str | None = opcao(None, "nome")
    ajustes: tuple[str, ...] = ()


def test_os_padroes_sabem_o_que_foi_pedido_mesmo_igual_ao_padrao() -> None:
    vistas: list[tuple[int, set[str]]] = []

    def padroes(lidas: argparse.Namespace, pedidas: set[str]) -> dict[str, Any]:
        vistas.append((lidas.lote, pedidas))
        return {"lote": 8, "ajustes": ("menor",)}

    lidas = le_opcoes(_Opcoes, None, ["--lote", "128", "--sem-cresce"], padroes)
    assert vistas == [(128, {"lote", "cresce"})]
    assert (lidas.lote, lidas.cresce, lidas.ajustes) == (128, False, ("menor",))
    assert le_opcoes(_Opcoes, None, [], padroes).lote == 8
    assert vistas[1] == (128, set())


def test_um_campo_comum_nao_e_opcao() -> None:
    assert le_opcoes(_Opcoes, None, ["--nome", "x"]) == _Opcoes(nome="x")


def test_as_herdadas_vem_depois_das_proprias(capsys: pytest.CaptureFixture[str]) -> None:
    @dataclass
    class Filha(_Opcoes):
        letras: int = opcao(3, "letras")

    with pytest.raises(SystemExit):
        le_opcoes(Filha, None, ["--help"])
    ajuda = capsys.readouterr().out.split("opções:")[1]
    assert re.findall(r"^  --([a-z]+)", ajuda, re.MULTILINE) == ["letras", "lote", "cresce", "nome"]


def test_negativo_com_virgula_e_um_numero() -> None:
    @dataclass
    class Graus:
        graus: float = opcao(0.0, "graus", type=lambda texto: float(texto.replace(",", ".")))

    assert le_opcoes(Graus, None, ["--graus", "-0,5"]).graus == -0.5
