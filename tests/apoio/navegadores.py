"""Os três navegadores em que a página tem de funcionar, e o mesmo onde não há rede nenhuma."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from apoio.cromo import cromo
from apoio.firefox import firefox
from apoio.navegador import PRAZO, Navegador
from apoio.programas import exige
from apoio.webkit import webkit
from conftest import RAIZ

NAVEGADORES: dict[str, Callable[[], AbstractContextManager[Navegador]]] = {
    "chromium": cromo, "firefox": firefox, "webkit": webkit,
}  # fmt: skip
# Um espaço de rede novo só tem a própria máquina, e apagada: acende-se, que por ela se dirige o navegador.
SEM_REDE = ("unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def avalia_sem_rede(qual: str, endereco: str, expressao: str) -> Any:
    """O que uma expressão vale numa página aberta onde nada mais se alcança."""
    exige("unshare", "ip")
    feito = subprocess.run(
        [*SEM_REDE, sys.executable, "-m", "apoio.navegadores", qual, endereco, expressao],
        env={**os.environ, "PYTHONPATH": f"{RAIZ / 'src'}{os.pathsep}{RAIZ / 'tests'}"},
        capture_output=True, text=True, check=False, timeout=2 * PRAZO,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    return json.loads(feito.stdout)


def _principal(qual: str, endereco: str, expressao: str) -> None:
    assert [nome for _, nome in socket.if_nameindex()] == ["lo"]
    with NAVEGADORES[qual]() as navegador:
        navegador.abre(endereco)
        print(json.dumps(navegador.avalia(expressao)))


if __name__ == "__main__":
    _principal(*sys.argv[1:])
