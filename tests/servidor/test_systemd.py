"""O serviço do systemd: conferido pelo próprio systemd, e o comando dele rodado como ele o roda."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from apoio.programas import programa
from conftest import RAIZ

SERVICO = RAIZ / "systemd" / "poema_top.service"
INSTALADO = "/opt/poema_top"
EXPOSICAO_MAXIMA = 2.0  # de 0 (fechado) a 10
DO_SYSTEMD_254 = ("RestartSteps", "RestartMaxDelaySec")  # os mais velhos avisam e seguem
PRAZO = 30  # segundos


def _aqui() -> str:
    """O serviço com os caminhos desta máquina no lugar dos do servidor."""
    texto = SERVICO.read_text().replace(f"{INSTALADO}/.venv/bin/python", sys.executable)
    return texto.replace(INSTALADO, str(RAIZ))


def _valores(nome: str) -> list[str]:
    return re.findall(rf"^{nome}=(.*)$", _aqui(), re.MULTILINE)


@pytest.fixture
def servico(tmp_path: Path) -> Path:
    copia = tmp_path / SERVICO.name
    copia.write_text(_aqui())
    return copia


def _analisa(*argumentos: object) -> "subprocess.CompletedProcess[str]":
    comando = [programa("systemd-analyze"), "--no-pager", *map(str, argumentos)]
    return subprocess.run(comando, capture_output=True, text=True, check=False, timeout=PRAZO)


def test_o_systemd_nao_ve_erro(servico: Path) -> None:
    feito = _analisa("verify", servico)
    queixas = [q for q in feito.stderr.splitlines() if not any(chave in q for chave in DO_SYSTEMD_254)]
    assert queixas == []
    assert feito.returncode == 0


def test_o_systemd_ve_o_erro_que_houver(servico: Path) -> None:
    """A conferência de cima serve para alguma coisa."""
    servico.write_text(servico.read_text().replace("NoNewPrivileges=yes", "NoNewPrivileges=talvez"))
    assert "talvez" in _analisa("verify", servico).stderr


def test_o_servico_e_fechado(servico: Path) -> None:
    feito = _analisa("security", "--offline=true", f"--threshold={EXPOSICAO_MAXIMA * 10:.0f}", servico)
    assert feito.returncode == 0, feito.stdout
    nota = re.search(r"Overall exposure level for \S+: ([\d.]+)", feito.stdout)
    assert nota is not None
    assert float(nota[1]) < EXPOSICAO_MAXIMA


def test_o_comando_do_servico_avisa_que_esta_pronto_e_que_sai(tmp_path: Path) -> None:
    avisos = tmp_path / "avisos"
    ambiente = dict(par.split("=", 1) for linha in _valores("Environment") for par in shlex.split(linha))
    ambiente |= {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(avisos)}
    comando = shlex.split(_valores("ExecStart")[0].replace("--porta 8000", "--porta 0"))
    assert comando[-3:] == ["--recarrega", "--origens", "https://poema.top"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as escuta:
        escuta.bind(str(avisos))
        escuta.settimeout(PRAZO)
        processo = subprocess.Popen(
            comando, cwd=_valores("WorkingDirectory")[0], env=ambiente, stderr=subprocess.PIPE, text=True
        )
        try:
            assert escuta.recv(100) == b"READY=1"
            processo.send_signal(signal.SIGTERM)
            assert escuta.recv(100) == b"STOPPING=1"
            _, erro = processo.communicate(timeout=PRAZO)
        finally:
            processo.kill()
            processo.wait()
    assert (processo.returncode, erro) == (0, "")


def test_o_nginx_procura_o_servidor_onde_o_servico_o_poe() -> None:
    porta = re.search(r"--porta (\d+)", _valores("ExecStart")[0])
    assert porta is not None
    assert f"server 127.0.0.1:{porta[1]};" in (RAIZ / "nginx" / "poema_top").read_text()
