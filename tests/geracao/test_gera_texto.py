"""`just amostra` e `just infere`, como quem usa os vê."""

import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

from conftest import Roda, ambiente, comando
from poema_top.geracao import checkpoint
from poema_top.geracao.poema import em_ritmo
from poema_top.texto.divisao import de_validacao, impressoes
from poema_top.texto.poemas import le_poemas
from poema_top.texto.reservado import trecho_de_validacao


def test_amostra_um_poema_por_temperatura_e_repetivel(pasta_modelo: Path, roda: Roda) -> None:
    feito = roda("amostra", "--modelo", pasta_modelo, "--semente", 3, "--tamanho", 60)
    assert feito.returncode == 0, feito.stderr
    assert re.findall(r"temperatura (\S+) ", feito.stdout) == ["0,3", "0,6", "0,9"]
    assert feito.stdout == roda("amostra", "--modelo", pasta_modelo, "--semente", 3, "--tamanho", 60).stdout
    assert feito.stdout != roda("amostra", "--modelo", pasta_modelo, "--semente", 4, "--tamanho", 60).stdout


def test_amostra_respeita_temperaturas_tamanho_e_cortes(pasta_modelo: Path, roda: Roda) -> None:
    opcoes = ["--modelo", pasta_modelo, "--semente", 1, "--tamanho", 30]
    zero = roda("amostra", *opcoes, "--temperaturas", "0").stdout
    assert (
        zero.split("\n", 1)[1]
        == (roda("amostra", *opcoes, "--temperaturas", "0", "--top-k", 1).stdout.split("\n", 1)[1])
    )
    um_so = roda("amostra", *opcoes, "--temperaturas", 2, "--top-k", 1).stdout
    assert zero.replace("temperatura 0 ", "temperatura 2 ") == um_so
    corpo = um_so.split("─" * 30 + "\n")[1].split("\n\n(semente")[0]
    assert len(corpo) <= 30
    assert roda("amostra", *opcoes, "--temperaturas", 2, "--top-p", "1e-6").stdout == um_so
    assert roda("amostra", *opcoes, "--temperaturas", 2, "--min-p", 1).stdout == um_so


def test_infere_com_min_p_1_escreve_o_mais_provavel(pasta_modelo: Path, roda: Roda) -> None:
    opcoes = ["--modelo", pasta_modelo, "--ritmo", 0, "--tamanho", 200, "--semente", 1]
    zero = roda("infere", *opcoes, "--temperatura", 0).stdout
    assert zero != roda("infere", *opcoes, "--temperatura", 2).stdout
    assert zero == roda("infere", *opcoes, "--temperatura", 2, "--min-p", 1).stdout


def test_amostra_continua_um_inicio_e_avisa_o_que_trocou(pasta_modelo: Path, roda: Roda) -> None:
    feito = roda("amostra", "--modelo", pasta_modelo, "--inicio", "O SOL ☾ é", "--temperaturas", 0)
    assert feito.returncode == 0, feito.stderr
    assert "não conhece '☾'; deixei de fora" in feito.stdout
    assert "não conhece 'é'; usei 'e' no lugar" in feito.stdout
    assert "─\no sol  e" in feito.stdout


def test_amostra_continua_poema_da_validacao(pasta_modelo: Path, roda: Roda, dataset_minusculo: Path) -> None:
    feito = roda("amostra", "--modelo", pasta_modelo, "--de-validacao", "--semente", 2, "--temperaturas", 0)
    assert feito.returncode == 0, feito.stderr
    inicio = feito.stdout.split("não viu) ──\n")[1].split("\n\n──")[0]
    ficha = checkpoint.le(pasta_modelo).ficha
    poemas = le_poemas(dataset_minusculo)
    fora = de_validacao(impressoes(poemas), 0.05, ficha["configuracao"]["semente"])
    assert any(p.startswith(inicio) for p, guardado in zip(poemas, fora, strict=True) if guardado)
    assert fora.sum() == ficha["dataset"]["poemas_validacao"]


def test_dataset_que_mudou_nao_serve_de_validacao(pasta_modelo: Path, tmp_path: Path) -> None:
    import numpy as np
    import pytest

    from poema_top.base.erros import ErroPoema

    ficha = dict(checkpoint.le(pasta_modelo).ficha)
    mudado = tmp_path / "mudado.txt"
    mudado.write_text("um\n@\ndois\n@\n")
    ficha["configuracao"] = {**ficha["configuracao"], "dataset": str(mudado)}
    with pytest.raises(ErroPoema, match="mudou desde o treino"):
        trecho_de_validacao(ficha, np.random.default_rng(0))


def test_infere_continua_um_inicio_mais_longo_que_a_janela(pasta_modelo: Path, roda: Roda) -> None:
    inicio = "o sol sai\na lua cai\n" * 20 + "o"
    opcoes = ["--modelo", pasta_modelo, "--temperatura", 0, "--ritmo", 0, "--tamanho", len(inicio) + 20]
    feito = roda("infere", *opcoes, "--inicio", inicio)
    assert feito.returncode == 0, feito.stderr
    texto = feito.stdout.split("Ctrl-C encerra\n\n")[1]
    assert texto.startswith(inicio)
    assert len(texto.strip()) > len(inicio) + 5


def test_infere_escreve_poema_atras_de_poema(pasta_modelo: Path, roda: Roda) -> None:
    feito = roda("infere", "--modelo", pasta_modelo, "--ritmo", 0, "--tamanho", 3000, "--semente", 0)
    poemas = feito.stdout.split("Ctrl-C encerra\n\n")[1].split("\n\n\n")
    assert len(poemas) > 5
    assert "@" not in feito.stdout


def test_infere_no_terminal_pergunta_e_acaba_com_ctrl_c(pasta_modelo: Path) -> None:
    mestre, escravo = pty.openpty()
    processo = subprocess.Popen(
        comando("infere", "--modelo", pasta_modelo, "--ritmo", 200),
        env=ambiente(), stdin=escravo, stdout=escravo, stderr=escravo, start_new_session=True,
    )  # fmt: skip
    os.close(escravo)
    visto = ""

    def le_ate(pedaco: str) -> None:
        nonlocal visto
        while pedaco not in visto:
            visto += os.read(mestre, 4096).decode(errors="replace")

    le_ate("início (vazio")
    os.write(mestre, "a lua ☾\n".encode())
    le_ate("temperatura (vazio")
    os.write(mestre, b"0,5\n")
    le_ate("não conhece '☾'")
    le_ate("Ctrl-C encerra\r\n\r\na lua")
    processo.send_signal(signal.SIGINT)
    assert processo.wait(20) == 0
    os.close(mestre)
    assert "Traceback" not in visto


def test_ritmo_segue_o_relogio() -> None:
    comeco = time.monotonic()
    assert "".join(em_ritmo(iter("abcdef"), 100)) == "abcdef"
    assert time.monotonic() - comeco >= 0.06
