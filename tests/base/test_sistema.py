"""O que muda de um sistema para outro, com o caminho dos outros sistemas forçado neste."""

import errno
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import ambiente
from poema_top.base import silencio, sistema
from poema_top.base.arquivos import grava_atomico
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema


def em_uso(winerror: int = 32) -> PermissionError:
    """O que o Windows levanta quando outro processo tem o arquivo aberto."""
    erro = PermissionError(errno.EACCES, "The process cannot access the file")
    erro.winerror = winerror
    return erro


@pytest.fixture
def recusa_trocas(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, OSError], list[object]]:
    """Faz o os.replace falhar tantas vezes; devolve a lista das chamadas."""

    def recusa(vezes: int, erro: OSError) -> list[object]:
        verdadeiro, feitas = os.replace, list[object]()

        def troca(de: Path, para: Path) -> None:
            feitas.append(de)
            if len(feitas) <= vezes:
                raise erro
            verdadeiro(de, para)

        monkeypatch.setattr(os, "replace", troca)
        monkeypatch.setattr(sistema, "ESPERA", 0.0)
        return feitas

    return recusa


@pytest.mark.parametrize("winerror", [5, 32])
def test_arquivo_em_uso_por_um_instante(
    tmp_path: Path, recusa_trocas: Callable[[int, OSError], list[object]], winerror: int
) -> None:
    feitas = recusa_trocas(2, em_uso(winerror))
    grava_atomico(tmp_path / "a", b"novo")
    assert len(feitas) == 3
    assert (tmp_path / "a").read_bytes() == b"novo"


def test_arquivo_em_uso_para_sempre(
    tmp_path: Path, recusa_trocas: Callable[[int, OSError], list[object]]
) -> None:
    recusa_trocas(10**6, em_uso())
    (tmp_path / "a").write_bytes(b"velho")
    with pytest.raises(OSError, match="em uso") as achado:
        grava_atomico(tmp_path / "a", b"novo")
    assert achado.value.errno == errno.EBUSY
    assert "feche-o" in descreve_erro_do_sistema(achado.value)
    assert (tmp_path / "a").read_bytes() == b"velho"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_falta_de_permissao_nao_espera(
    tmp_path: Path, recusa_trocas: Callable[[int, OSError], list[object]]
) -> None:
    feitas = recusa_trocas(10**6, PermissionError(errno.EACCES, "Permission denied"))
    with pytest.raises(PermissionError):
        grava_atomico(tmp_path / "a", b"novo")
    assert len(feitas) == 1


def test_leva_ao_disco_pasta_que_nao_se_abre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verdadeiro, modos = os.open, list[int]()

    def abre(caminho: Path, modo: int) -> int:
        if Path(caminho).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        modos.append(modo)
        return verdadeiro(caminho, modo)

    (tmp_path / "a").write_bytes(b"x")
    monkeypatch.setattr(os, "open", abre)
    sistema.leva_ao_disco(tmp_path)
    sistema.leva_ao_disco(tmp_path / "a")
    assert modos == [os.O_RDWR]  # o fsync do Windows recusa um descritor só de leitura


def test_leva_ao_disco_sem_permissao_no_arquivo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nega(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "a").write_bytes(b"x")
    monkeypatch.setattr(os, "open", nega)
    with pytest.raises(PermissionError):
        sistema.leva_ao_disco(tmp_path / "a")


def test_nucleos_sem_afinidade(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert sistema.nucleos_disponiveis() == os.cpu_count()
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert sistema.nucleos_disponiveis() == 1


def test_limite_de_arquivos_e_memoria_sem_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (sistema.memoria_maxima() or 0) > 1
    monkeypatch.setitem(sys.modules, "resource", None)
    assert sistema.sobe_o_limite_de_arquivos() is None
    monkeypatch.setattr(Path, "exists", lambda _: False)  # sem /proc
    assert sistema.memoria_maxima() is None


@pytest.mark.parametrize(
    ("nome", "serve"),
    [
        ("20260101-101010", True),
        ("com acento é", True),
        ("console", True),
        ("a.b", True),
        ("", False),
        ("v1:final", False),
        ("o que?", False),
        ("a\\b", False),
        ("ponto.", False),
        ("espaço ", False),
        ("CON", False),
        ("nul.txt", False),
        ("com1", False),
    ],
)
def test_nomes_que_servem_em_qualquer_sistema(nome: str, serve: bool) -> None:
    assert sistema.serve_de_nome(nome) is serve


def test_dll_ausente_em_uma_linha() -> None:
    with pytest.raises(ErroPoema, match=r"DLL load failed.*Visual C\+\+ Redistributable"), _carrega():
        raise ImportError("DLL load failed while importing _pywrap: não achei o módulo\nmais linhas")
    with pytest.raises(ModuleNotFoundError), _carrega():  # não instalado é outra história
        raise ModuleNotFoundError("No module named 'ai_edge_litert'")


def _carrega() -> Any:
    return sistema.explica_dll_ausente()


def test_cores_do_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert not sistema.terminal_com_cores()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    comandos = list[str]()
    monkeypatch.setattr(os, "system", comandos.append)
    assert sistema.terminal_com_cores()
    assert comandos == []
    monkeypatch.setattr(sys, "platform", "win32")
    assert sistema.terminal_com_cores()
    assert comandos == [""]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not sistema.terminal_com_cores()


def test_comando_de_outro_processo_fala_utf8() -> None:
    comando = sistema.comando_python("mede", "geracao")
    assert comando[0] == sys.executable
    assert comando[-3:] == ["-m", "poema_top.mede", "geracao"]
    diz = [*comando[:3], "-c", "import sys; print(sys.stdout.encoding, '🔝')"]
    latino = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    feito = subprocess.run(diz, env=latino, encoding="utf-8", capture_output=True, check=True)
    assert feito.stdout == "utf-8 🔝\n"


def test_calar_sem_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Com o pythonw não há stderr nem descritor 2."""

    def nega(_descritor: int) -> int:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(os, "dup", nega)
    with silencio.stderr_calado():
        feito = True
    assert feito


def test_so_ha_sinais_que_este_sistema_conhece() -> None:
    assert signal.SIGINT in sistema.SINAIS_DE_PARAR
    assert signal.SIGTERM in sistema.SINAIS_DE_PARAR


@pytest.mark.parametrize(
    ("mais", "abre"), [({"DISPLAY": ":0"}, True), ({}, False), ({"DISPLAY": ":0", "CI": "1"}, False)]
)
def test_so_abre_o_navegador_onde_ha_quem_o_veja(tmp_path: Path, mais: dict[str, str], abre: bool) -> None:
    """Num terminal de verdade; o navegador é um programa que anota o que lhe pediram."""
    aberto = tmp_path / "aberto"
    navegador = tmp_path / "navegador"
    navegador.write_text(f'#!/bin/sh\necho "$1" > {aberto}\n')
    navegador.chmod(0o755)
    dele = {
        nome: valor for nome, valor in ambiente().items() if nome not in ("DISPLAY", "WAYLAND_DISPLAY", "CI")
    }
    codigo = "import sys; from poema_top.base.sistema import abre_no_navegador as abre; sys.exit(abre('http://a/'))"
    nosso, do_filho = pty.openpty()
    with os.fdopen(nosso), os.fdopen(do_filho) as terminal:
        feito = subprocess.run(
            [sys.executable, "-c", codigo],
            env={**dele, "BROWSER": f"{navegador} %s", **mais},
            stdout=terminal,
            check=False,
        )
    assert feito.returncode == abre
    assert aberto.exists() == abre
