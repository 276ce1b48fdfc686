"""O melhor de vários rascunhos, em `/ws/meu`: o mesmo que o terminal mostra, e quantos se podem pedir."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from apoio.rascunhos import Escolha, do_terminal
from apoio.servidor import Servidor, continua_no_ar, metricas, pede, servidor
from conftest import Roda
from poema_top.texto.lembranca import ARQUIVO

SEM_CRITICO = """
from pathlib import Path
from poema_top.geracao import critico
critico.ARQUIVO = Path("nenhum.npz")
"""


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 2000, "--por-endereco", 400) as s:
        yield s


def test_e_o_poema_que_o_terminal_mostra(no_ar: Servidor, pasta_modelo: Path, roda: Roda) -> None:
    """Pedidos todos juntos, de tamanhos diferentes: o motor é um só, e nada de um fica no outro."""
    pedidos: list[Escolha] = [
        (16, "0,8", "", 7),
        (3, "1,3", "o sol", 2**53 - 1),
        (16, "0", "A lua", 0),
        (2, "2", "a", 5),
    ]

    async def pedem() -> list[tuple[str, int | None, str]]:
        nomes = ("rascunhos", "temperatura", "inicio", "semente")
        return await asyncio.gather(*(pede(no_ar, **dict(zip(nomes, p, strict=True))) for p in pedidos))

    for pedido, (texto, codigo, _) in zip(pedidos, asyncio.run(pedem()), strict=True):
        assert codigo == 1000
        assert texto == do_terminal(roda, pasta_modelo, pedido)
    contados = metricas(no_ar)
    assert contados['poema_poemas_total{fluxo="proprio"}'] == len(pedidos)
    assert contados["poema_rascunhos"] == 0


def test_um_rascunho_e_o_poema_de_sempre(no_ar: Servidor) -> None:
    feitos = [
        asyncio.run(pede(no_ar, semente=3, **mais)) for mais in ({}, {"rascunhos": 1}, {"rascunhos": ""})
    ]
    assert feitos[0] == feitos[1] == feitos[2]
    assert feitos[0][0]
    assert asyncio.run(pede(no_ar, semente=3, rascunhos=16))[0] != feitos[0][0]


@pytest.mark.parametrize("quantos", ["0", "17", "-1", "1.5", "dois", "１６", "9" * 60, "1e1", " 2"])
def test_rascunhos_de_menos_demais_ou_que_nao_sao(no_ar: Servidor, quantos: str) -> None:
    motivo = "os rascunhos precisam ser um inteiro de 1 a 16"
    assert asyncio.run(pede(no_ar, rascunhos=quantos)) == ("", 1008, motivo)


@pytest.mark.parametrize(
    ("opcoes", "maximo"),
    [
        (["--rascunhos-proprios", 1], 1),
        (["--rascunhos-proprios", 4], 4),
        (["--proprios", 5], 5),  # não se oferece o que nunca caberia
        (["--por-endereco", 12], 3),
        (["--por-endereco", 4], 1),
    ],
)
def test_quantos_o_servidor_escreve(pasta_modelo: Path, opcoes: list[object], maximo: int) -> None:
    with servidor(pasta_modelo, "--ritmo", 2000, *opcoes) as s:
        assert asyncio.run(pede(s, rascunhos=maximo))[1] == 1000
        texto, codigo, motivo = asyncio.run(pede(s, rascunhos=maximo + 1))
        assert (texto, codigo) == ("", 1008)
        assert ("aqui não se escrevem rascunhos" if maximo == 1 else f"de 1 a {maximo}") in motivo


@pytest.mark.parametrize(("muda", "porque"), [(SEM_CRITICO, "não achei"), ("", ARQUIVO)])
def test_sem_quem_escolha_o_servidor_sobe_e_diz(
    pasta_modelo: Path, tmp_path: Path, muda: str, porque: str
) -> None:
    """Sem o crítico, ou com a lembrança do modelo estragada, só os rascunhos faltam."""
    modelo = Path(shutil.copytree(pasta_modelo, tmp_path / "m"))
    if not muda:
        (modelo / ARQUIVO).write_bytes(b"lixo")
    with servidor(modelo, "--ritmo", 2000, muda=muda) as s:
        assert asyncio.run(pede(s, rascunhos=16))[1] == 1008
        assert asyncio.run(pede(s))[1] == 1000
        continua_no_ar(s)
        _, _, registro = s.encerra()
    (dita,) = [linha for linha in registro.splitlines() if "rascunhos" in linha]
    assert "os poemas saem sem rascunhos" in dita
    assert porque in dita


def test_sem_o_que_o_modelo_leu_avisa_uma_vez_e_escreve(pasta_modelo: Path, tmp_path: Path) -> None:
    esquecido = Path(shutil.copytree(pasta_modelo, tmp_path / "m"))
    (esquecido / ARQUIVO).unlink()
    with servidor(esquecido, "--ritmo", 2000, "--rascunhos", 2) as s:
        assert asyncio.run(pede(s, rascunhos=16))[1] == 1000
        _, _, registro = s.encerra()
    assert registro.count("não se vê o que ele copia") == 1
