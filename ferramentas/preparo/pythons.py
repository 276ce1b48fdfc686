"""Acha nesta máquina um Python que sirva para fazer o .venv."""

from __future__ import annotations

import os
import subprocess
import sys

from preparo.estado import VERSOES, ErroPreparo, versao_de

PRAZO = 30  # segundos que um Python tem para dizer a versão


def base() -> list[str]:
    """O comando de um Python de 3.11 a 3.13 com venv; de preferência o que está rodando isto.

    Raises:
        ErroPreparo: não há nenhum.
    """
    numeros = [".".join(map(str, v)) for v in reversed(VERSOES)]
    if os.name == "nt":
        outros = [*(["py", f"-{n}"] for n in numeros), ["python"]]
    else:
        outros = [["python3"], *([f"python{n}"] for n in numeros)]
    # O _base_executable de um Python de dentro do .venv é o de fora, que fica quando o .venv se apaga.
    deste = getattr(sys, "_base_executable", "") or sys.executable
    for comando in ([deste], *outros):
        if versao(comando, "venv, ensurepip") in VERSOES:
            return comando
    raise ErroPreparo(
        "preciso de Python 3.11, 3.12 ou 3.13 com venv (no Debian e no Ubuntu: apt install python3-venv, ou "
        "python3.11-venv onde o python3 for mais velho; nos outros: https://www.python.org/downloads/)."
    )


def versao(comando: list[str], importa: str = "sys") -> tuple[int, ...]:
    """Pergunta a versão a um Python, que deve saber importar o que se diz; vazia se ele não roda."""
    programa = f"import sys, {importa}; print('%d.%d' % sys.version_info[:2])"
    try:
        feito = subprocess.run(
            [*comando, "-I", "-c", programa], capture_output=True, text=True, timeout=PRAZO, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return versao_de(feito.stdout.strip())
