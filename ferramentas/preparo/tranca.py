"""Um terminal de cada vez: dois que instalassem juntos deixariam o .venv pela metade."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGE = 2**30  # no Windows a tranca pega bytes do arquivo, e os do texto outro Python pode estar lendo


@contextmanager
def um_de_cada_vez() -> Iterator[None]:
    """Espera a sua vez. A tranca está neste arquivo, e o sistema a solta quando o processo acaba."""
    with Path(__file__).open("rb") as arquivo:
        if sys.platform == "win32":
            import msvcrt

            arquivo.seek(LONGE)
            msvcrt.locking(arquivo.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            try:
                fcntl.flock(arquivo, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("outro terminal está instalando; espero por ele...", file=sys.stderr, flush=True)
                fcntl.flock(arquivo, fcntl.LOCK_EX)
        yield
