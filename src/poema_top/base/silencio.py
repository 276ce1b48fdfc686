"""Segura o que bibliotecas nativas escrevem no terminal por conta própria."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from poema_top.base import interrupcao


@contextmanager
def stderr_calado() -> Iterator[None]:
    """Segura o que o código nativo escrever no stderr; se algo falhar, mostra tudo.

    O TensorFlow e o LiteRT comentam a máquina em inglês ao carregar, antes de qualquer ajuste deles
    valer (tensorflow#100442): só trocando o descritor 2 dá para calá-los.
    """
    if sys.stderr:
        sys.stderr.flush()
    try:
        verdadeiro = os.dup(2)
    except OSError:  # ninguém ouve (o pythonw do Windows nem tem stderr): não há o que calar
        yield
        return
    with tempfile.TemporaryFile() as guardado:
        os.dup2(guardado.fileno(), 2)
        interrupcao.escreve_em(verdadeiro)
        try:
            yield
        except Exception:
            if not interrupcao.pedida():
                guardado.seek(0)
                os.write(verdadeiro, guardado.read())
            raise
        finally:
            os.dup2(verdadeiro, 2)
            interrupcao.escreve_em(2)
            os.close(verdadeiro)
