"""`just gera` morto, interrompido ou sem disco: o que já veio fica, e nada se pergunta duas vezes."""

import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from apoio.conferencias import uma_linha
from apoio.gera import POEMAS, Escritor, EscritorQueEmperra, comecado, diario, ficha
from apoio.servidor_de_llm import servidor_de_llm
from conftest import PRAZO, Roda
from poema_top.texto.poemas import em_texto, le_poemas


@pytest.mark.parametrize("instante", [0, 1, 4])
def test_morto_e_retomado_nao_pergunta_nada_duas_vezes(instante: int, roda: Roda, tmp_path: Path) -> None:
    saida, escritor = tmp_path / "p.txt", EscritorQueEmperra(instante)
    opcoes = ["--saida", saida, "--quantidade", 7, "--paralelo", 1]
    with servidor_de_llm(escritor) as servidor, comecado(*opcoes, "--servidor", servidor) as processo:
        # Um de cada vez: se já pede o seguinte, o anterior está guardado.
        assert escritor.emperrou.wait(PRAZO)
        processo.send_signal(signal.SIGKILL)
        processo.communicate(timeout=PRAZO)
        escritor.fim.set()
    ouvidos, antes = escritor.ouvidos, diario(saida)
    assert len(antes) == ouvidos.total() == instante
    with saida.open("ab") as cortado:  # e como se a morte fosse a meio da escrita
        cortado.truncate(max(0, saida.stat().st_size - 10))
    outro = Escritor()
    outro.ouvidos = ouvidos
    with servidor_de_llm(outro) as servidor:
        feito = roda("gera", *opcoes, "--servidor", servidor)
    assert feito.returncode == 0, feito.stderr
    assert set(ouvidos.values()) == {1}
    assert diario(saida)[:instante] == antes
    assert saida.read_bytes() == em_texto(POEMAS[1:8])
    assert len(ficha(saida)["sessoes"]) == 2


def test_ctrl_c_acaba_ja_e_limpo(tmp_path: Path) -> None:
    saida, escritor = tmp_path / "p.txt", EscritorQueEmperra(2)
    opcoes = ["--saida", saida, "--paralelo", 1]
    with servidor_de_llm(escritor) as servidor, comecado(*opcoes, "--servidor", servidor) as processo:
        assert escritor.emperrou.wait(PRAZO)
        processo.send_signal(signal.SIGINT)
        escrito, erros = processo.communicate(timeout=PRAZO)
        escritor.fim.set()
    assert (processo.returncode, erros) == (130, "\ninterrompido.\n")
    assert "2 respostas, 2 aceitas" in escrito
    assert ficha(saida)["aceitas"] == 2


def test_disco_cheio_se_diz_e_nada_se_perde(roda: Roda, tmp_path: Path) -> None:
    saida, escritor, maximo = tmp_path / "p.txt", Escritor(), 1_100_000  # bytes por arquivo

    def enche(pedido: dict[str, Any]) -> tuple[int, str | bytes]:
        veio = escritor(pedido)
        return veio if escritor.ouvidos.total() <= 2 else (200, "a" * 300_000)

    opcoes = ["--saida", saida, "--quantidade", 5, "--paralelo", 1]
    with servidor_de_llm(enche) as servidor:
        feito = roda(
            "gera", *opcoes, "--servidor", servidor,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (maximo, maximo)),
        )  # fmt: skip
    uma_linha(feito, "não consigo gravar", "O que já veio está guardado: o mesmo comando continua.")
    assert len(diario(saida)) == 5  # duas que servem e três enormes; a quarta não coube
    with servidor_de_llm(escritor) as servidor:
        feito = roda("gera", *opcoes, "--servidor", servidor)
    assert feito.returncode == 0, feito.stderr
    assert sorted(escritor.ouvidos.values()) == [1] * 7 + [2]  # só a que não coube
    assert len(le_poemas(saida)) == 5
