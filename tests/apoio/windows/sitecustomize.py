"""Tira do Python o que o do Windows não tem, e o faz recusar o que ele recusa: um ensaio dele no Linux.

O Python roda este arquivo sozinho ao começar, se esta pasta está no PYTHONPATH. Não é o Windows: é o que se
sabe dele de antemão, para que um descuido apareça aqui.
"""

import asyncio
import builtins
import contextlib
import errno
import fcntl
import io
import locale
import math
import mmap
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

AUSENTES: dict[Any, tuple[str, ...]] = {
    os: (
        *("fork", "forkpty", "sched_getaffinity", "sched_setaffinity", "sysconf", "mkfifo"),
        *("getuid", "geteuid", "getgid", "getegid", "getpgid", "setsid", "killpg", "chown", "fchmod"),
        *("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "register_at_fork"),
    ),
    signal: ("SIGKILL", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGALRM", "SIGUSR1", "setitimer", "alarm"),
    select: ("epoll", "poll"),
    mmap: tuple(nome for nome in dir(mmap) if nome.startswith("MADV_")),
}
MODULOS_AUSENTES = ("resource", "pty", "tty", "termios", "fcntl", "pwd", "grp", "syslog", "uvloop")


def tranca(descritor: int, modo: int, _bytes: int) -> None:
    """O que o msvcrt.locking faz, com o flock daqui."""
    fcntl.flock(descritor, fcntl.LOCK_EX | fcntl.LOCK_NB if modo == MSVCRT.LK_NBLCK else fcntl.LOCK_UN)


MSVCRT = types.ModuleType("msvcrt")
MSVCRT.LK_UNLCK, MSVCRT.LK_NBLCK, MSVCRT.locking = 0, 2, tranca
sys.modules["msvcrt"] = MSVCRT
TIQUE = 1 / 64  # segundos: o passo do time.monotonic do Windows até o Python 3.12
COMPARTILHADO, NEGADO = 32, 5  # ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED


def recusa(caminho: Any, numero: int) -> PermissionError:
    erro = PermissionError(errno.EACCES, "recusado, como no Windows", os.fspath(caminho))
    erro.winerror = numero
    return erro


def abertos() -> set[Path]:
    """Os arquivos que este processo tem abertos ou mapeados."""
    achados = set()
    for descritor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # um deles era o da própria listagem
            achados.add(descritor.readlink())
    with _io_open("/proc/self/maps", encoding="utf-8") as mapas:
        achados |= {Path(linha.split(maxsplit=5)[5].strip()) for linha in mapas if "/" in linha}
    return achados


def confere_livre(caminho: Any) -> None:
    """Um arquivo aberto, ou uma pasta com um aberto dentro, não muda de nome nem se apaga."""
    absoluto = Path(caminho).resolve()
    if any(aberto.is_relative_to(absoluto) for aberto in abertos()):
        raise recusa(caminho, COMPARTILHADO)


def livre(funcao: Callable[..., Any]) -> Callable[..., Any]:
    def chama(caminho: Any, *resto: Any, **opcoes: Any) -> Any:
        confere_livre(caminho)
        return funcao(caminho, *resto, **opcoes)

    return chama


def troca_de_nome(funcao: Callable[..., Any], *, por_cima: bool) -> Callable[..., Any]:
    def chama(de: Any, para: Any) -> None:
        confere_livre(de)
        confere_livre(para)
        if Path(para).is_dir():
            raise recusa(para, NEGADO)
        if not por_cima and Path(para).exists():
            raise FileExistsError(errno.EEXIST, "já existe, como no Windows", os.fspath(para))
        funcao(de, para)

    return chama


def abre(  # noqa: PLR0917  # os argumentos são os do open
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    *resto: Any,
    **mais: Any,
) -> Any:
    # Com `opener`, quem abre é outro: o tempfile passa a pasta.
    if not (isinstance(file, int) or mais.get("opener")) and Path(os.fsdecode(file)).is_dir():
        raise recusa(file, NEGADO)
    if "b" not in mode:
        encoding = "cp1252" if encoding in (None, "locale") else encoding
        newline = "\r\n" if newline is None and set(mode) & set("wax") else newline
    return _io_open(file, mode, buffering, encoding, errors, newline, *resto, **mais)


def abre_descritor(caminho: Any, *resto: Any, **opcoes: Any) -> int:
    if Path(os.fsdecode(caminho)).is_dir():
        raise recusa(caminho, NEGADO)
    return _os_open(caminho, *resto, **opcoes)


def sincroniza(descritor: int) -> None:
    if _fcntl(descritor, _F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "só para leitura, como no Windows")
    _fsync(descritor)


class Mapa(mmap.mmap):
    @property
    def madvise(self) -> Any:  # type: ignore[override]
        raise AttributeError("madvise")


def par_de_sockets(family: Any = None, *resto: Any, **opcoes: Any) -> Any:
    return _socketpair(_AF_UNIX if family is None else family, *resto, **opcoes)


def nao_ha(*_argumentos: Any, **_opcoes: Any) -> Any:
    raise NotImplementedError


_io_open, _os_open, _fsync, _monotonic = io.open, os.open, os.fsync, time.monotonic
_fcntl, _F_GETFL = fcntl.fcntl, fcntl.F_GETFL
_socketpair, _AF_UNIX = socket.socketpair, socket.AF_UNIX

io.open = builtins.open = abre  # type: ignore[assignment]
os.open, os.fsync = abre_descritor, sincroniza
os.rename = troca_de_nome(os.rename, por_cima=False)
os.replace = troca_de_nome(os.replace, por_cima=True)
os.unlink, os.remove, os.rmdir = livre(os.unlink), livre(os.remove), livre(os.rmdir)
shutil._use_fd_functions = False
tempfile.TemporaryFile = tempfile.NamedTemporaryFile  # o do Linux apaga o arquivo aberto
mmap.mmap = Mapa  # type: ignore[misc]
time.monotonic = lambda: math.floor(_monotonic() / TIQUE) * TIQUE
socket.socketpair = par_de_sockets  # type: ignore[assignment]
del socket.AF_UNIX
locale.getencoding = lambda: "cp1252"
locale.getpreferredencoding = lambda *_: "cp1252"
for laco in (asyncio.BaseEventLoop, asyncio.SelectorEventLoop):
    for nome in ("add_signal_handler", "create_unix_server", "create_unix_connection"):
        setattr(laco, nome, nao_ha)
for modulo, nomes in AUSENTES.items():
    for nome in nomes:
        if hasattr(modulo, nome):
            delattr(modulo, nome)
for nome in MODULOS_AUSENTES:
    sys.modules[nome] = None  # type: ignore[assignment]
# Nenhum arquivo nosso se abre com a codificação do sistema; o que as bibliotecas fazem é com elas.
warnings.filterwarnings("ignore", category=EncodingWarning)
warnings.filterwarnings("error", category=EncodingWarning, module=r"poema_top(\.|$)|__main__$")
