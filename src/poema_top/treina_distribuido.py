"""Treina um modelo em várias máquinas (ou em dois processos desta, para experimentar)."""

import contextlib
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

from poema_top.comum import ErroPoema, executa
from poema_top.configuracao import Configuracao
from poema_top.distribuicao import Grupo
from poema_top.opcoes import inteiro_nao_negativo, le_opcoes, opcao
from poema_top.treina import padroes, roda


@dataclass(frozen=True)
class Opcoes(Configuracao):
    """As opções de `just treina-distribuido`: as de `just treina` e mais duas."""

    maquinas: tuple[str, ...] = opcao(
        (), "ENDEREÇO:PORTA de cada máquina, na mesma ordem em todas; sem ela, dois processos desta", type=str
    )
    esta: int = opcao(0, "a posição desta máquina na lista, de 0 em diante", type=inteiro_nao_negativo)


def principal() -> None:
    """Treina um modelo em várias máquinas; rode o mesmo em cada uma, mudando só --esta."""
    o = le_opcoes(Opcoes, principal.__doc__, padroes=padroes)
    for maquina in o.maquinas:
        if not maquina.rpartition(":")[0] or not maquina.rpartition(":")[2].isdecimal():
            raise ErroPoema(f"--maquinas pede ENDEREÇO:PORTA (veio {maquina!r}).")
    if o.maquinas and o.esta >= len(o.maquinas):
        raise ErroPoema(f"--esta vai de 0 a {len(o.maquinas) - 1} com estas --maquinas (veio {o.esta}).")
    c = Configuracao(**{campo.name: getattr(o, campo.name) for campo in fields(Configuracao)})
    if o.maquinas:
        _treina(c, Grupo(o.maquinas, o.esta))
    else:
        _em_dois_processos(c)


def _treina(c: Configuracao, grupo: Grupo) -> None:
    with contextlib.ExitStack() as pilha:
        if not grupo.chefe:  # só um conta a história
            vazio = pilha.enter_context(Path(os.devnull).open("w"))
            pilha.enter_context(contextlib.redirect_stdout(vazio))
        roda(c, grupo)


def _em_dois_processos(c: Configuracao) -> None:
    maquinas = [f"127.0.0.1:{porta}" for porta in portas_livres(2)]
    argumentos = [*sys.argv[1:], "--maquinas", *maquinas, "--esta", "1"]
    # Calado: o que ele teria a reclamar, este reclama também.
    comando = [sys.executable, "-m", "poema_top.treina_distribuido", *argumentos]
    outro = subprocess.Popen(comando, stderr=subprocess.DEVNULL)
    try:
        _treina(c, Grupo(maquinas))
        outro.wait()
    finally:
        outro.kill()
        outro.wait()


def portas_livres(quantas: int) -> list[int]:
    """Portas TCP desta máquina que ninguém usa agora."""
    with contextlib.ExitStack() as pilha:
        abertas = [pilha.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(quantas)]
        return [int(aberta.getsockname()[1]) for aberta in abertas]


if __name__ == "__main__":
    executa(principal)
