"""O que está atrás de cada receita do justfile: prepara o .venv e roda com o Python dele um comando.

Uso: roda.py REQUISITOS[+REQUISITOS] MODULO|ARQUIVO.py [argumentos]
     roda.py --receita LINHA RECEITA [argumentos]   (é o just do Windows, onde não há sh, que chama assim)
"""

from __future__ import annotations

import os
import sys

from preparo.estado import PYTHON, RAIZ, ErroPreparo, executa, prepara

PLACA = {"--gpu": "sim", "--sem-gpu": "nao"}


def principal() -> None:
    """Prepara e roda o que a linha de comando diz."""
    argumentos = sys.argv[1:]
    if argumentos[:1] == ["--receita"]:
        argumentos = _da_receita(argumentos[1], argumentos[3:])
        if argumentos[0] != "roda":
            _vira(argumentos)
        del argumentos[0]
    requisitos, o_que, *resto = argumentos
    if requisitos == "requirements.txt":  # a placa se escolhe antes de haver TensorFlow
        for opcao in [opcao for opcao in resto if opcao in PLACA]:
            os.environ["POEMA_GPU"] = PLACA[opcao]
            resto.remove(opcao)
    prepara(requisitos.split("+"))
    _vira([str(PYTHON), *([] if o_que.endswith(".py") else ["-m"]), o_que, *resto])


def _da_receita(linha: str, argumentos: list[str]) -> list[str]:
    """As palavras da linha de uma receita, com os argumentos no lugar de "$@"."""
    import shlex

    return [p for palavra in shlex.split(linha) for p in (argumentos if palavra == "$@" else [palavra])]


def _vira(comando: list[str]) -> None:
    """Deixa de ser este processo e passa a ser o do comando; o Windows não sabe isso, e espera por ele."""
    if os.name != "nt":
        os.execvp(comando[0], comando)
    import signal
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # o Ctrl-C é do comando
    try:
        sys.exit(subprocess.call(comando, cwd=RAIZ, env={**os.environ, "PYTHONUTF8": "1"}))
    except FileNotFoundError:
        raise ErroPreparo(f"o Windows não tem {comando[0]}; rode isto dentro do WSL.") from None


if __name__ == "__main__":
    executa(principal)
