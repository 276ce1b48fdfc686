"""O que o systemd dá ao nginx e ao muro: conferido por ele, e as contas da memória, que têm de fechar."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from apoio.programas import SEM, programa
from conftest import RAIZ
from poema_top.medicao.nginx import PRAZO
from poema_top.medicao.um_nucleo import FOLGA

SYSTEMD = RAIZ / "systemd"
DO_SISTEMA = Path("/lib/systemd/system")
# O que se acrescenta ao que o Debian traz: onde vai, e de quem é.
ACRESCIMOS = {"nginx.service": "nginx_poema_top.conf", "logrotate.timer": "logrotate_poema_top.conf"}
MIB = 2**20
MAQUINA = 1500 * MIB  # a memória do menor servidor
POR_LEITOR = 62 * 1024  # bytes do nginx, medidos com todos chegando juntos; docs/servidor.md
PARADO = 16 * MIB  # o nginx sem ninguém


def _verifica(unidade: str, pasta: Path) -> str:
    comando = [programa("systemd-analyze"), "--no-pager", "verify", unidade]
    caminhos = {"SYSTEMD_UNIT_PATH": f"{pasta}:"}
    feito = subprocess.run(
        comando, env=os.environ | caminhos, capture_output=True, text=True, check=False, timeout=PRAZO
    )
    return feito.stderr


@pytest.mark.parametrize(("unidade", "acrescimo"), ACRESCIMOS.items())
def test_o_systemd_aceita_os_acrescimos(tmp_path: Path, unidade: str, acrescimo: str) -> None:
    if not (DO_SISTEMA / unidade).exists():
        pytest.skip(SEM + Path(unidade).stem)
    shutil.copy(DO_SISTEMA / unidade, tmp_path)
    pasta = tmp_path / f"{unidade}.d"
    pasta.mkdir()
    posto = pasta / "poema_top.conf"
    shutil.copy(SYSTEMD / acrescimo, posto)
    assert _verifica(unidade, tmp_path) == ""
    posto.write_text(re.sub(r"(OOMPolicy|OnCalendar)=\w+", r"\1=talvez", posto.read_text()))
    assert "talvez" in _verifica(unidade, tmp_path)  # a conferência confere


def test_o_systemd_aceita_o_servico_do_muro(tmp_path: Path) -> None:
    texto = (SYSTEMD / "poema_top_portas.service").read_text()
    copia = tmp_path / "poema_top_portas.service"
    copia.write_text(texto.replace("/usr/sbin/nft", programa("nft")))
    assert _verifica(copia.name, tmp_path) == ""


def _valor(arquivo: str, padrao: str) -> int:
    achado = re.search(padrao, (RAIZ / arquivo).read_text(encoding="utf-8"), re.MULTILINE)
    assert achado, f"{arquivo}: {padrao}"
    return int(achado[1])


def test_a_memoria_da_maquina_chega_para_todos() -> None:
    conexoes = _valor("nginx/poema_top.nft", r"^\s+ct count over (\d+) ")
    do_nginx = _valor("systemd/nginx_poema_top.conf", r"^MemoryMax=(\d+)M$") * MIB
    do_servico = _valor("systemd/poema_top.service", r"^MemoryMax=(\d+)M$") * MIB
    site = (RAIZ / "nginx" / "poema_top").read_text()
    zonas = sum(int(mega) for mega in re.findall(r"(?:zone=\w+|shared:\w+):(\d+)m", site)) * MIB
    assert conexoes * POR_LEITOR + zonas + PARADO < do_nginx
    assert do_nginx + do_servico < MAQUINA - 150 * MIB  # do sistema


def test_o_muro_fecha_antes_de_o_nginx_ficar_sem_lugar() -> None:
    conexoes = _valor("nginx/poema_top.nft", r"^\s+ct count over (\d+) ")
    lugares = _valor("docs/servidor.md", r"worker_connections (\d+)/")
    arquivos = _valor("docs/servidor.md", r"worker_rlimit_nofile (\d+);")
    assert FOLGA * 2 * conexoes < lugares < arquivos  # um leitor ocupa dois
    assert arquivos == _valor("systemd/nginx_poema_top.conf", r"^LimitNOFILE=(\d+)$")
    assert 4 * _valor("nginx/poema_top.nft", r"ip saddr ct count over (\d+) ") == _valor(
        "nginx/poema_top.nft", r"ip6 saddr & ffff:ffff:ffff:: ct count over (\d+) "
    )
