"""Qual TensorFlow: o que usa uma GPU NVIDIA, onde uma responde, ou o que só usa a CPU, metade do tamanho."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

from preparo.estado import ErroPreparo

COM, SEM = "requirements-gpu.txt", "requirements-cpu.txt"
PRAZO = 20  # segundos que o nvidia-smi tem para responder
# Só para o Linux de PC o TensorFlow vem em dois pacotes, com CUDA e sem.
HA_ESCOLHA = sys.platform == "linux" and platform.machine() == "x86_64"


def requisitos(registro: Path) -> str:
    """O arquivo de requisitos do TensorFlow que serve a esta máquina.

    Vale, nesta ordem: POEMA_GPU (sim ou nao), o que está em `registro`, o que o nvidia-smi diz.

    Raises:
        ErroPreparo: POEMA_GPU diz outra coisa, ou pede o que não há para este sistema.
    """
    pedido = os.environ.get("POEMA_GPU", "").lower()
    if pedido not in ("", "sim", "nao", "não"):
        raise ErroPreparo(f"POEMA_GPU é sim ou nao, e não {pedido}.")
    if pedido == "sim" and not HA_ESCOLHA:
        raise ErroPreparo("só no Linux de PC o TensorFlow usa GPU NVIDIA (no Windows, dentro do WSL).")
    if pedido:
        return COM if pedido == "sim" else SEM
    try:
        return registro.read_text(encoding="utf-8")
    except OSError:
        return COM if HA_ESCOLHA and _responde() else SEM


@cache
def _responde() -> bool:
    """Se há aqui uma GPU NVIDIA com o driver dela no ar."""
    try:
        comando = ["nvidia-smi", "-L"]
        feito = subprocess.run(comando, capture_output=True, timeout=PRAZO, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return feito.returncode == 0 and b"GPU" in feito.stdout


def explica(escolhido: str) -> str:
    """Diz numa linha o que se escolheu, por quê, e como mudar."""
    if os.environ.get("POEMA_GPU"):
        return f"TensorFlow {'com CUDA' if escolhido == COM else 'para CPU'}: foi o que se pediu"
    if escolhido == COM:
        return "TensorFlow com CUDA: há uma GPU NVIDIA (para não usá-la, --sem-gpu)"
    if HA_ESCOLHA:
        return "TensorFlow para CPU: nenhuma GPU NVIDIA responde ao nvidia-smi (se houver uma, --gpu)"
    return "TensorFlow para CPU: é o que há para este sistema"


def tem_o_outro(escolhido: str, pacotes: Path) -> bool:
    """Se o outro TensorFlow já está lá: os dois são o mesmo módulo, e um por cima do outro o quebra."""
    outro = "tensorflow_cpu" if escolhido == COM else "tensorflow"
    return HA_ESCOLHA and any(pacotes.glob(f"{outro}-*.dist-info"))
