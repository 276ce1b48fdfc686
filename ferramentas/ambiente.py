"""Faz o .venv e o mantém em dia com os arquivos de requisitos; sem mudança, não faz nada.

Uso: python3 ferramentas/ambiente.py requirements-servidor.txt
"""

from __future__ import annotations

import sys

from preparo.estado import ErroPreparo, executa, prepara


def principal() -> None:
    """Prepara o .venv com os arquivos de requisitos da linha de comando."""
    arquivos = sys.argv[1:]
    if not arquivos or any(arquivo.startswith("-") for arquivo in arquivos):
        raise ErroPreparo("diga o arquivo: python3 ferramentas/ambiente.py requirements-servidor.txt")
    prepara(arquivos)


if __name__ == "__main__":
    executa(principal)
