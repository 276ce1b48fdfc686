"""Um processo de cada vez: dois treinos na mesma pasta misturariam os arquivos um do outro."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import modulo


@contextmanager
def sozinho(caminho: Path, ocupado: str) -> Iterator[None]:
    """Segura um arquivo de tranca enquanto durar; o sistema o solta mesmo de um processo que foi morto.

    O arquivo fica onde está: apagá-lo deixaria dois processos com trancas de arquivos diferentes.

    Raises:
        ErroPoema: outro processo a segura; `ocupado` é a mensagem.
        OSError: o disco recusou.
    """
    with caminho.open("ab") as arquivo:
        try:
            _tranca(arquivo.fileno())
        except OSError:
            raise ErroPoema(ocupado) from None
        try:
            yield
        finally:
            _destranca(arquivo.fileno())


def _tranca(descritor: int) -> None:
    if msvcrt := modulo("msvcrt"):
        msvcrt.locking(descritor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl = modulo("fcntl")
        fcntl.flock(descritor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _destranca(descritor: int) -> None:
    """No Windows a tranca precisa ser solta antes de o arquivo fechar."""
    if msvcrt := modulo("msvcrt"):
        msvcrt.locking(descritor, msvcrt.LK_UNLCK, 1)
