"""O que um processo e os filhos dele escutam na rede, pelo que o Linux conta em /proc."""

import contextlib
import re
from pathlib import Path

ESCUTANDO = "0A"  # o estado de um socket TCP que aceita ligações
ABERTO = "07"  # e o de um UDP


def filhos(processo: int) -> list[int]:
    """Um processo, os filhos, os netos."""
    tarefas = Path(f"/proc/{processo}/task").glob("*/children")
    diretos = [int(filho) for tarefa in tarefas for filho in tarefa.read_text().split()]
    return [processo, *(neto for filho in diretos for neto in filhos(filho))]


def escuta(processo: int) -> list[str]:
    """Os endereços, em hexadecimal, em que um processo aceita o que vier: TCP e UDP, IPv4 e IPv6."""
    seus = set()
    for descritor in Path(f"/proc/{processo}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # fechou-se agora
            if achado := re.fullmatch(r"socket:\[(\d+)\]", str(descritor.readlink())):
                seus.add(achado[1])
    abertos = []
    for nome, estado in (("tcp", ESCUTANDO), ("tcp6", ESCUTANDO), ("udp", ABERTO), ("udp6", ABERTO)):
        for linha in Path(f"/proc/{processo}/net/{nome}").read_text().splitlines()[1:]:
            campos = linha.split()
            if campos[3] == estado and campos[9] in seus:
                abertos.append(f"{nome} {campos[1]}")
    return abertos
