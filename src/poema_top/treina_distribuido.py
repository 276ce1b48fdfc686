"""Treina um modelo em várias máquinas (ou em dois processos desta, para experimentar)."""

import contextlib
import multiprocessing
import os
import re
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from poema_top.base import interrupcao
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.silencio import stderr_calado
from poema_top.base.valores import inteiro_nao_negativo
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.grupo import Grupo
from poema_top.treino.par import Par, Ponta
from poema_top.treino.preparo import Treina, padroes, roda

AVISO = (
    "aviso: --maquinas exige uma rede privada, só delas: a porta fica aberta, sem senha, em todas as redes "
    "da máquina, e quem chegar a ela lê e grava os seus arquivos (como fechá-la: docs/treino.md).\n"
)


@dataclass(frozen=True)
class Opcoes(Configuracao):
    """As opções de `just treina-distribuido`: as de `just treina` e mais duas."""

    maquinas: tuple[str, ...] = opcao(
        (),
        "ENDEREÇO:PORTA de cada máquina, na mesma ordem em todas, e só numa rede privada; sem ela, dois "
        "processos desta",
        type=str,
    )
    esta: int = opcao(0, "a posição desta máquina na lista, de 0 em diante", type=inteiro_nao_negativo)


def principal() -> None:
    """Treina um modelo em várias máquinas; rode o mesmo em cada uma, mudando só --esta."""
    o = le_opcoes(Opcoes, principal.__doc__, padroes=padroes)
    if o.receita == "classica":
        raise ErroPoema("a receita do original treina numa máquina só: just treina --receita classica.")
    for maquina in o.maquinas:
        if not _e_maquina(maquina):
            raise ErroPoema(f"--maquinas pede ENDEREÇO:PORTA, a porta de 1 a 65535 (veio {maquina!r}).")
    if len(o.maquinas) == 1 or len(set(o.maquinas)) < len(o.maquinas):
        raise ErroPoema("--maquinas pede duas ou mais, todas diferentes; sem ela, são dois processos desta.")
    if o.maquinas and o.esta >= len(o.maquinas):
        raise ErroPoema(f"--esta vai de 0 a {len(o.maquinas) - 1} com estas --maquinas (veio {o.esta}).")
    c = Configuracao.de(o)
    if o.maquinas:
        sys.stderr.write(AVISO)
        _treina(c, Grupo(o.maquinas, o.esta))
    else:
        _em_dois_processos(c)


def _e_maquina(texto: str) -> bool:
    endereco, _, porta = texto.rpartition(":")
    return bool(re.fullmatch(r"[^\s,]+", endereco)) and porta.isdecimal() and 1 <= int(porta) <= 65535


def _treina(c: Configuracao, grupo: Grupo) -> None:
    with contextlib.ExitStack() as pilha:
        if not grupo.chefe:  # só um conta a história
            vazio = pilha.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            pilha.enter_context(contextlib.redirect_stdout(vazio))
        roda(c, lambda _: _no_grupo(grupo), chefe=grupo.chefe)


def _no_grupo(grupo: Grupo) -> Treina:
    with interrupcao.carregando():
        from poema_top.treino.laco import treina

    return partial(treina, grupo=grupo)


def _em_dois_processos(c: Configuracao) -> None:
    contexto = multiprocessing.get_context("spawn")  # com o TensorFlow, um fork não serve
    ponta, outra_ponta = contexto.Pipe()
    outro = contexto.Process(target=_o_outro, args=(c, outra_ponta))
    with stderr_calado():  # e ele assim fica: o que teria a reclamar, este reclama também
        outro.start()
    outra_ponta.close()  # só ele a tem: quando acabar, este o nota
    try:
        _treina(c, Grupo(par=Par(ponta, chefe=True)))
        outro.join()
    finally:
        outro.kill()
        outro.join()


def _o_outro(c: Configuracao, ponta: Ponta) -> None:
    executa(lambda: _treina(c, Grupo(par=Par(ponta, chefe=False))))


if __name__ == "__main__":
    executa(principal)
