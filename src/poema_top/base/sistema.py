"""O que muda de um sistema operacional para outro, atrás de funções pequenas."""

import contextlib
import os
import socket


def nucleos_disponiveis() -> int:
    """Quantos núcleos este processo pode usar."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def portas_livres(quantas: int) -> list[int]:
    """Portas TCP desta máquina que ninguém usa agora."""
    with contextlib.ExitStack() as pilha:
        abertas = [pilha.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(quantas)]
        return [int(aberta.getsockname()[1]) for aberta in abertas]
