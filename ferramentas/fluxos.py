"""Confere os fluxos do GitHub Actions com o zizmor: se têm a forma certa, e se não abrem portas.

Ele é um programa só, sem módulo que o Python rode. Nada pergunta à rede.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

FLUXOS = Path(__file__).resolve().parents[1] / ".github"


def principal(fluxos: Path) -> int:
    """O status dele: 0 se não achou nada, e então só o diz numa linha."""
    zizmor = Path(sysconfig.get_path("scripts")) / "zizmor"
    opcoes = ["--offline", "--quiet", "--strict-collection", "--persona=pedantic"]
    return subprocess.run([str(zizmor), *opcoes, str(fluxos)], check=False).returncode


if __name__ == "__main__":
    sys.exit(principal(Path(sys.argv[1]) if sys.argv[1:] else FLUXOS))
