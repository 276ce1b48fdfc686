"""Um modelo de sílabas no servidor: os quadros são de letras, no mesmo ritmo, e o poema é o do terminal."""

import asyncio
import shutil
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from websockets.asyncio.client import connect

from apoio.modelos import copia
from apoio.servidor import PRAZO, ate, le_ate, pede, quem_escreve, servidor
from conftest import Roda
from poema_top.geracao import checkpoint, prova
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import SEPARACAO, TAMANHO_MAXIMO, escreve, poema
from poema_top.geracao.sorteio import Sorteio
from poema_top.servidor.entrega import LEVAS
from poema_top.servidor.lote import Lote
from poema_top.servidor.pedido import Pedido

INICIOS = ["", "o ma", "a lu", "o fim, en", "zzz", "a "]


@pytest.mark.parametrize("qual", ["pasta_silabas", "pasta_palavras"])
def test_lote_com_tokens_de_varias_letras(qual: str, request: pytest.FixtureRequest) -> None:
    """Cada um recebe as letras da batida, nem mais nem menos, e o poema é o que escreveria sozinho."""
    treinado = checkpoint.le(request.getfixturevalue(qual))
    v, pedidos = treinado.vocabulario, [Pedido(0.7, inicio, i) for i, inicio in enumerate(INICIOS)]
    lote = Lote(treinado, len(pedidos))
    poemas, textos = [lote.entra(pedido) for pedido in pedidos], [""] * len(pedidos)
    while not all(p.acabou and not len(p) for p in poemas):
        lote.avanca(3)
        for i, montado in enumerate(poemas):
            novo = montado.entrega(3)
            assert len(novo) == 3 or montado.acabou
            textos[i] += novo
    for pedido, texto in zip(pedidos, textos, strict=True):
        tokens = escreve(Motor(treinado), v, Amostragem(0.7), Sorteio(pedido.semente), pedido.inicio)
        assert texto == poema(tokens, v.terminador)
        assert texto.startswith(pedido.inicio)
        assert len(texto) <= TAMANHO_MAXIMO


def test_passa_na_prova(pasta_silabas: Path, pasta_palavras: Path) -> None:
    for pasta in (pasta_silabas, pasta_palavras):
        assert prova.prova(pasta).impressao == checkpoint.le(pasta).impressao


POR_QUADRO = 3 * LEVAS  # três letras por batida


def test_os_quadros_sao_de_letras_no_ritmo_e_o_poema_e_o_do_terminal(pasta_silabas: Path, roda: Roda) -> None:
    async def quadros(endereco: str, fim: str = "") -> tuple[list[str], float]:
        async with connect(endereco) as conexao, asyncio.timeout(PRAZO):
            lidos, comeco = [str(await conexao.recv())], time.monotonic()
            async for quadro in conexao:
                lidos.append(str(quadro))
                if fim and fim in lidos[-1]:
                    break
        return lidos, time.monotonic() - comeco

    async def todos(ws: str) -> list[tuple[list[str], float]]:
        pedidos = [urlencode({"inicio": i, "semente": 5, "temperatura": 0.8}) for i in INICIOS[:3]]
        proprios = [quadros(f"{ws}meu?{pedido}") for pedido in pedidos]
        return await asyncio.gather(quadros(ws, SEPARACAO), *proprios)

    with servidor(pasta_silabas, "--ritmo", 30) as s:
        (comum, levou), *proprios = asyncio.run(todos(s.ws))
    *do_poema, ultimo = comum[1:]  # o primeiro é o poema até ali
    assert ultimo.endswith(SEPARACAO)
    assert {len(quadro) for quadro in do_poema[1:]} <= {POR_QUADRO}
    assert levou > 0.5 * (len(do_poema) - 2)
    for inicio, (lidos, durou) in zip(INICIOS, proprios, strict=False):
        assert {len(quadro) for quadro in lidos[:LEVAS][:-1]} <= {3}  # a primeira volta, batida a batida
        assert {len(quadro) for quadro in lidos[LEVAS:-1]} <= {POR_QUADRO}
        assert 1 <= len(lidos[-1]) <= POR_QUADRO
        assert durou > 0.1 * (len("".join(lidos)) / 3 - 3)
        opcoes = ["--modelo", pasta_silabas, "--semente", 5, "--temperaturas", "0,8", "--inicio", inicio]
        feito = roda("amostra", *opcoes, "--tamanho", TAMANHO_MAXIMO - len(inicio))
        do_terminal = feito.stdout.split("─" * 30 + "\n")[1].split("\n\n(semente")[0]
        assert "".join(lidos) == do_terminal
        assert do_terminal.startswith(inicio)


def test_um_espaco_antes_do_comeco_nao_muda_o_poema(pasta_silabas: Path) -> None:
    """ " lu" seria outra sílaba que "lu"; no terminal também não conta."""
    v = checkpoint.le(pasta_silabas).vocabulario
    assert Pedido.de_url("/ws/meu?inicio=+%0Ao+ma", v).inicio == "o ma"


def test_troca_um_modelo_de_caracteres_por_um_de_silabas(
    pasta_modelo: Path, pasta_silabas: Path, tmp_path: Path
) -> None:
    """O poema pedido antes acaba com o modelo de antes; o pedido depois já é do outro."""
    pasta = copia(pasta_modelo, tmp_path / "m")
    v = checkpoint.le(pasta).vocabulario

    def troca() -> None:
        def escreve_pasta(nova: Path) -> None:
            for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO):
                shutil.copy(pasta_silabas / nome, nova / nome)

        ficha = {**checkpoint.le(pasta_silabas).ficha, "criado_em": "depois"}
        checkpoint.grava(pasta, escreve_pasta, ficha)

    def sozinho(de: Path, semente: int) -> str:
        treinado = checkpoint.le(de)
        tokens = escreve(Motor(treinado), treinado.vocabulario, Amostragem(0.9), Sorteio(semente), "a lu")
        return poema(tokens, v.terminador)

    longo = max(range(10), key=lambda semente: len(sozinho(pasta_modelo, semente)))

    async def le() -> None:
        async with connect(f"{s.ws}meu?inicio=a+lu&semente={longo}&temperatura=0.9") as conexao:
            texto = await le_ate(conexao, "a lu")
            await asyncio.to_thread(troca)
            await asyncio.to_thread(ate, lambda: quem_escreve(s) == "depois")
            async with asyncio.timeout(PRAZO):
                async for quadro in conexao:
                    texto += str(quadro)
        assert texto == sozinho(pasta_modelo, longo)
        novo, codigo, _ = await pede(s, inicio="a lu", semente=1, temperatura=0.9)
        assert (novo, codigo) == (sozinho(pasta_silabas, 1), 1000)

    with servidor(pasta, "--ritmo", 30, "--recarrega") as s:
        asyncio.run(le())
