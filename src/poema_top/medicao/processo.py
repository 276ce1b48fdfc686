"""Um comando nosso noutro processo: cada medida tem o seu, e nenhuma herda o que outra deixou na memória."""

import subprocess

from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import comando_python


def roda(o_que: str, modulo: str, *argumentos: object) -> str:
    """Roda `poema_top.<modulo>` e devolve o que ele escreveu; o que diz no stderr se vê na hora.

    Args:
        o_que: como o nomear, se falhar.
        modulo: o comando.
        argumentos: os dele.

    Raises:
        ErroPoema: acabou mal; o motivo já foi dito por ele.
    """
    comando = comando_python(modulo, *map(str, argumentos))
    feito = subprocess.run(comando, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if feito.returncode:
        raise ErroPoema(f"{o_que} falhou; o motivo está acima.")
    return feito.stdout
