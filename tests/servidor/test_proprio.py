"""O poema de cada um: o pedido, o lote, os limites e o fim."""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from apoio.servidor import PRAZO, Servidor, le_ate, metricas, pede, quem_escreve, servidor
from conftest import Roda
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import TAMANHO_MAXIMO, Poema, escreve, poema
from poema_top.geracao.sorteio import Sorteio
from poema_top.servidor.lote import Lote
from poema_top.servidor.pedido import Pedido


@pytest.fixture(scope="module")
def escolhido(pasta_modelo: Path) -> Checkpoint:
    return checkpoint.le(pasta_modelo)


@pytest.fixture(scope="module")
def no_ar(pasta_modelo: Path) -> Iterator[Servidor]:
    with servidor(pasta_modelo, "--ritmo", 2000, "--proprios", 40) as s:
        yield s


def escreve_lote(lote: Lote, pedidos: list[Pedido], passos: int = 3) -> list[str]:
    """Os poemas inteiros, pedidos todos juntos e escritos de `passos` em `passos`."""
    poemas = [lote.entra(pedido) for pedido in pedidos]
    textos = [""] * len(poemas)
    while not all(poema.acabou for poema in poemas):
        lote.avanca(passos)
        textos = [texto + poema.entrega() for texto, poema in zip(textos, poemas, strict=True)]
    lote.limpa()
    return textos


def test_lote_e_o_que_cada_um_escreveria_sozinho(escolhido: Checkpoint) -> None:
    """Contra a geração de um fluxo só: nem a companhia nem a hora de entrar mudam o poema de ninguém."""
    v = escolhido.vocabulario
    pedidos = [Pedido(0.3 + 0.1 * (i % 9), ["", "o sol", "a lua"][i % 3], i) for i in range(30)]
    lote = Lote(escolhido, 40)
    juntos = escreve_lote(lote, pedidos)
    assert len(lote) == 0
    lote.entra(Pedido(1.5, "", 99))  # alguém que já ia no meio
    lote.avanca(17)
    assert escreve_lote(lote, pedidos[5:9], passos=1) == juntos[5:9]
    for pedido, texto in list(zip(pedidos, juntos, strict=True))[::5]:
        graus, sorteio = Amostragem(pedido.temperatura), Sorteio(pedido.semente)
        assert texto == poema(escreve(Motor(escolhido), v, graus, sorteio, pedido.inicio), v.terminador)
        assert texto.startswith(pedido.inicio)


def test_vagas_acabam_e_voltam(escolhido: Checkpoint) -> None:
    lote = Lote(escolhido, 2)
    escreve_lote(lote, [Pedido(0.8, "", 1), Pedido(0.8, "", 2)])
    lote.entra(Pedido(0.8, "", 1))
    lote.entra(Pedido(0.8, "", 2))
    with pytest.raises(IndexError):
        lote.entra(Pedido(0.8, "", 3))


def test_poema_que_nao_termina_e_cortado(escolhido: Checkpoint) -> None:
    (texto,) = escreve_lote(Lote(escolhido, 2), [Pedido(0.0, "o", 1)])
    assert 0 < len(texto) <= TAMANHO_MAXIMO


def test_poema_sai_arrumado_aos_poucos() -> None:
    """Sem espaço em volta nem linhas em branco a mais, e o vazio não conta como poema."""
    inteiro = "\n @\n  a lua \n\n\n\n cai\n\no mar\n \n@ sobra"
    for tokens in (inteiro, re.findall(r"@|[^@]{1,3}", inteiro)):  # de uma letra, e de várias
        aos_poucos, saida = Poema("@"), ""
        for token in tokens:
            aos_poucos.recebe(token)
            saida += aos_poucos.entrega(2)
            if aos_poucos.acabou:
                break
        assert saida + aos_poucos.entrega() == "a lua \n\n cai\n\no mar"
        assert aos_poucos.acabou


def test_o_mesmo_pedido_da_o_mesmo_poema_e_fecha_bem(no_ar: Servidor) -> None:
    async def pedem() -> list[tuple[str, int | None, str]]:
        iguais = [pede(no_ar, temperatura="0,8", inicio="O Sol", semente=7) for _ in range(3)]
        outros = [pede(no_ar, temperatura=0.8, semente=i) for i in range(8)]
        return await asyncio.gather(*iguais, *outros)

    feitos = asyncio.run(pedem())
    assert {codigo for _, codigo, _ in feitos} == {1000}
    assert feitos[0][0] == feitos[1][0] == feitos[2][0]
    assert feitos[0][0].startswith("o sol")
    assert len({texto for texto, _, _ in feitos[3:]}) > 4
    assert metricas(no_ar)['poema_poemas_total{fluxo="proprio"}'] >= 11


def test_o_terminal_escreve_o_poema_do_link(no_ar: Servidor, pasta_modelo: Path, roda: Roda) -> None:
    """Modelo, temperatura, começo e semente definem um poema, onde quer que se escreva."""
    for inicio, graus, semente in (("o sol", "0,8", 7), ("", "1,3", 2**53 - 1), ("A lua", "0", 0)):
        do_servidor, _, _ = asyncio.run(pede(no_ar, temperatura=graus, inicio=inicio, semente=semente))
        opcoes = ["--modelo", pasta_modelo, "--semente", semente]
        opcoes += ["--tamanho", TAMANHO_MAXIMO - len(inicio)]  # o começo não conta
        feito = roda("amostra", *opcoes, "--temperaturas", graus, "--inicio", inicio)
        assert feito.stdout.split("─" * 30 + "\n")[1].split("\n\n(semente")[0] == do_servidor


@pytest.mark.parametrize(
    ("campos", "motivo"),
    [
        ({"temperatura": "-1"}, "temperatura"),
        ({"temperatura": "nan"}, "temperatura"),
        ({"semente": "1.5"}, "semente"),
        ({"semente": 2**53}, "semente"),
        ({"inicio": "a" * 61}, "60 caracteres"),
        ({"inicio": "o ☾ sol 中"}, "não conheço estes caracteres: ☾中"),
        ({"inicio": "o@a"}, "não conheço estes caracteres: @"),
    ],
)
def test_pedido_ruim_fecha_com_o_motivo(no_ar: Servidor, campos: dict[str, object], motivo: str) -> None:
    texto, codigo, porque = asyncio.run(pede(no_ar, **campos))
    assert (texto, codigo) == ("", 1008)
    assert motivo in porque


def test_alem_do_maximo_pede_se_que_volte_depois(pasta_modelo: Path) -> None:
    with servidor(pasta_modelo, "--ritmo", 20, "--proprios", 2) as s:

        async def enche() -> None:
            async with connect(s.ws + "meu") as um, connect(s.ws + "meu") as dois:
                await um.recv()
                await dois.recv()
                texto, codigo, motivo = await pede(s)
                assert (texto, codigo) == ("", 1013)
                assert "tente de novo" in motivo

        asyncio.run(enche())
        # Quem desistiu no meio devolveu o lugar.
        texto, codigo, _ = asyncio.run(asyncio.wait_for(pede_ate_caber(s), PRAZO))
        assert codigo == 1000
        assert texto


async def pede_ate_caber(s: Servidor) -> tuple[str, int | None, str]:
    while True:
        feito = await pede(s, temperatura=0.9, semente=1)
        if feito[1] != 1013:
            return feito


def test_oficina_vazia_nao_aceita_pedido_impossivel(escolhido: Checkpoint) -> None:
    with pytest.raises(ErroPoema, match="não entendi"):
        Pedido.de_url("/ws/meu?inicio=%ff", escolhido.vocabulario)
    sem_nada = Pedido.de_url("/ws/meu", escolhido.vocabulario)
    assert sem_nada.inicio == ""
    assert sem_nada != Pedido.de_url("/ws/meu", escolhido.vocabulario)  # a semente é sorteada


def test_recarrega_o_modelo_novo_sem_derrubar_ninguem(
    tmp_path: Path, dataset_minusculo: Path, roda: Roda
) -> None:
    treina = [
        "treina",
        "--dataset",
        dataset_minusculo,
        "--saida",
        tmp_path,
        "--nome",
        "m",
        "--janela",
        16,
        "--por-cima",
    ]
    assert roda(*treina, "--epocas", 1, "--unidades", 8, "--lote", 8).returncode == 0
    with servidor(tmp_path / "m", "--ritmo", 300, "--pausa", 0, "--recarrega") as s:

        async def le() -> None:
            async with connect(s.ws) as conexao:
                antes = await asyncio.to_thread(quem_escreve, s)
                feito = await asyncio.to_thread(roda, *treina, "--epocas", 1, "--unidades", 12, "--lote", 8)
                assert feito.returncode == 0, feito.stderr
                while await asyncio.to_thread(quem_escreve, s) == antes:
                    await asyncio.wait_for(conexao.recv(), PRAZO)
                (tmp_path / "m" / checkpoint.FICHA).write_text("{}")  # um que não presta não derruba
                depois = (tmp_path / "m" / checkpoint.FICHA).stat()
                os.utime(tmp_path / "m" / checkpoint.FICHA, ns=(depois.st_atime_ns, depois.st_mtime_ns + 1))
                assert s.processo.stderr is not None
                while "recusado" not in await asyncio.to_thread(s.processo.stderr.readline):
                    await asyncio.wait_for(conexao.recv(), PRAZO)
                assert "\n" in await le_ate(conexao, "\n")

        asyncio.run(le())
