"""Importa o TensorFlow sem as linhas em inglês que ele escreve ao ser carregado."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# Lida pelo TensorFlow ao ser carregado: mostra erros, cala o resto.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@contextmanager
def stderr_calado() -> Iterator[None]:
    """Segura o que o código nativo escrever no stderr; se algo falhar, mostra tudo.

    As mensagens do carregamento saem antes de TF_CPP_MIN_LOG_LEVEL valer (tensorflow#100442), e só
    trocando o descritor 2 dá para calá-las.
    """
    sys.stderr.flush()
    verdadeiro = os.dup(2)
    with tempfile.TemporaryFile() as guardado:
        os.dup2(guardado.fileno(), 2)
        try:
            yield
        except BaseException:
            guardado.seek(0)
            os.write(verdadeiro, guardado.read())
            raise
        finally:
            os.dup2(verdadeiro, 2)
            os.close(verdadeiro)


with stderr_calado():
    import keras

__all__ = ["keras"]
