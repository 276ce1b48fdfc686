"""O que muda de um sistema operacional para outro, atrás de funções pequenas."""

import asyncio
import contextlib
import errno
import importlib
import os
import re
import shutil
import signal
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from poema_top.base.erros import ErroPoema

# O SIGBREAK só existe no Windows: é o Ctrl-Break, e também a janela que se fecha.
SINAIS_DE_PARAR = tuple(s for s in signal.Signals if s.name in ("SIGINT", "SIGTERM", "SIGBREAK"))

TENTATIVAS, ESPERA = 20, 0.1  # um antivírus larga um arquivo em menos de dois segundos
_EM_USO = (5, 32)  # ERROR_ACCESS_DENIED e ERROR_SHARING_VIOLATION
_LEITOR_CAIU = (10053, 10054)  # WSAECONNABORTED e WSAECONNRESET
_CAIU_NA_PORTA = 64  # ERROR_NETNAME_DELETED
_ARQUIVOS_NO_MACOS = 10_240  # OPEN_MAX

# O que o Windows não deixa num nome, e os nomes que lá são de aparelhos.
_IMPROPRIO = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)


def nucleos_disponiveis() -> int:
    """Quantos núcleos este processo pode usar; fora do Linux, os que há."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def prende_a_um_nucleo() -> int | None:
    """Este processo, e os que ele abrir, passam a usar um núcleo só; None se não é o Linux."""
    if sys.platform != "linux":
        return None
    nucleo = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {nucleo})
    return nucleo


def comando_python(modulo: str, *argumentos: str) -> list[str]:
    """A linha que roda outro comando nosso num processo; no Windows, sem o `-X utf8`, ele falaria cp1252."""
    return [sys.executable, "-X", "utf8", "-m", f"poema_top.{modulo}", *argumentos]


def procura_programa(nome: str) -> str | None:
    """O caminho de um programa do sistema; os de quem administra nem sempre estão no PATH."""
    return shutil.which(nome, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")


def abre_no_navegador(url: str) -> bool:
    """Mostra uma página a quem está diante da máquina; devolve se havia alguém, e uma tela.

    Sem terminal (um script, a integração contínua), ou sem tela (um servidor, por ssh), não se abre nada.
    """
    tela = sys.platform in ("win32", "darwin") or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    if not tela or "CI" in os.environ or not sys.stdout.isatty():
        return False
    return webbrowser.open(url)


def serve_de_nome(nome: str) -> bool:
    """Se uma pasta pode ter este nome em qualquer sistema: um modelo viaja de uma máquina a outra."""
    return bool(nome) and not _IMPROPRIO.search(nome)


def substitui(de: Path, para: Path) -> None:
    """Dá a um arquivo, ou a uma pasta, outro nome; um arquivo que já o tenha é substituído.

    O Windows recusa enquanto outro processo (um antivírus, um visor de imagens) tem um dos dois aberto:
    insiste um pouco.

    Raises:
        OSError: EBUSY, se o outro não largou; ou o que o sistema recusou.
    """
    for restam in reversed(range(TENTATIVAS)):
        try:
            de.replace(para)
        except PermissionError as erro:
            if getattr(erro, "winerror", None) not in _EM_USO:
                raise
            if not restam:
                raise OSError(errno.EBUSY, "em uso por outro programa", str(para)) from erro
            time.sleep(ESPERA)
        else:
            return


def leva_ao_disco(caminho: Path) -> None:
    """Espera que um arquivo, ou os nomes que há numa pasta, estejam no disco mesmo que falte luz.

    O Windows só o faz por um descritor em que se possa escrever, e não abre pastas.
    """
    pasta = caminho.is_dir()
    try:
        descritor = os.open(caminho, os.O_RDONLY if pasta else os.O_RDWR)
    except PermissionError:
        if pasta:
            return
        raise
    try:
        os.fsync(descritor)
    finally:
        os.close(descritor)


def sobe_o_limite_de_arquivos() -> int | None:
    """Cada conexão é um arquivo aberto: usa todos os que o sistema deixa.

    Returns:
        Quantos são; None onde não se contam (no Windows).
    """
    if (resource := modulo("resource")) is None:
        return None
    atual, maximo = resource.getrlimit(resource.RLIMIT_NOFILE)
    for quantos in (maximo, max(atual, _ARQUIVOS_NO_MACOS)):  # o macOS diz "sem limite" e o recusa
        with contextlib.suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (quantos, maximo))
            return int(quantos)
    return int(atual)


def memoria_maxima() -> float | None:
    """O máximo de memória residente deste processo, em MB; None onde não há como saber (no Windows)."""
    estado = Path("/proc/self/status")
    if estado.exists():  # o ru_maxrss do Linux guarda o do processo pai, de antes do exec
        linhas = estado.read_text(encoding="utf-8").splitlines()
        return int(next(linha for linha in linhas if linha.startswith("VmHWM")).split()[1]) / 1024
    if (resource := modulo("resource")) is None:
        return None
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / (1 << 20)  # o macOS conta bytes


def terminal_com_cores() -> bool:
    """Se dá para colorir a saída; o terminal do Windows só entende as cores depois de um cmd as ligar."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return False
    if sys.platform == "win32":
        os.system("")  # noqa: S605, S607  # um comando vazio: só interessa o que fica ligado
    return True


@contextlib.contextmanager
def explica_dll_ausente() -> Iterator[None]:
    """Faz um erro de uma linha da falta das DLLs do C++, que o LiteRT pede e o Windows não traz.

    Raises:
        ErroPoema: o pacote está instalado, e o sistema não o carrega.
    """
    try:
        yield
    except ModuleNotFoundError:
        raise
    except ImportError as erro:
        motivo = str(erro).splitlines()[0]
        raise ErroPoema(
            f"uma biblioteca não carregou ({motivo}); no Windows, instale o Visual C++ Redistributable de "
            "https://aka.ms/vs/17/release/vc_redist.x64.exe"
        ) from None


def modulo(nome: str) -> Any:
    """Um módulo que só alguns sistemas têm, ou None."""
    try:
        return importlib.import_module(nome)
    except ImportError:
        return None


@contextlib.contextmanager
def ao_pedirem_parada(laco: asyncio.AbstractEventLoop, chama: Callable[[], object]) -> Iterator[None]:
    """Chama uma função no laço de eventos quando vem um dos `SINAIS_DE_PARAR`.

    O `add_signal_handler` do laço faria o mesmo, mas o do Windows não o tem.
    """

    def avisa(_sinal: int, _quadro: FrameType | None) -> None:
        laco.call_soon_threadsafe(chama)

    anteriores = {sinal: signal.signal(sinal, avisa) for sinal in SINAIS_DE_PARAR}
    try:
        yield
    finally:
        for sinal, anterior in anteriores.items():
            signal.signal(sinal, anterior or signal.SIG_DFL)  # None, se quem o pôs não foi o Python


def atura_o_laco_do_windows(laco: asyncio.AbstractEventLoop, a_porta_fechou: Callable[[], object]) -> None:
    """Trata o que só o laço do Windows faz quando um leitor cai.

    Ele mostra um traceback por leitor; e se o leitor caiu antes de ser aceito, fecha a porta a todos e segue
    mudo (cpython#93821), o que aqui vira uma chamada a `a_porta_fechou`.
    """

    def trata(laco: asyncio.AbstractEventLoop, contexto: dict[str, Any]) -> None:
        numero = getattr(contexto.get("exception"), "winerror", None)
        if numero == _CAIU_NA_PORTA:
            a_porta_fechou()
        elif numero not in _LEITOR_CAIU:
            laco.default_exception_handler(contexto)

    laco.set_exception_handler(trata)
