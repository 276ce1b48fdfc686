"""Geração sem fim no terminal, em ritmo de leitura."""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top import checkpoint
from poema_top.amostra import avisa_trocas
from poema_top.amostragem import Amostragem, escreve
from poema_top.comum import ErroPoema, executa, relativo
from poema_top.motor import Motor
from poema_top.opcoes import (
    inteiro_nao_negativo,
    le_opcoes,
    nao_negativo,
    opcao,
    probabilidade,
    temperatura,
)

RITMO = 20.0  # caracteres por segundo: cerca de 200 palavras por minuto, a leitura em silêncio
TEMPERATURA = 0.6
SEPARACAO = "\n\n\n"  # entre dois poemas; dentro de um só há "\n" e "\n\n"


@dataclass
class Opcoes:
    """As opções de `just infere`."""

    inicio: str | None = opcao(None, "texto que o modelo continua (vazio: do nada)")
    temperatura: float | None = opcao(
        None, f"baixa repete, alta inventa (padrão: {TEMPERATURA})", type=temperatura
    )
    ritmo: float = opcao(RITMO, "caracteres por segundo; 0 é o mais depressa que der", type=nao_negativo)
    tamanho: int = opcao(0, "para depois de tantos caracteres; 0 não para", type=inteiro_nao_negativo)
    top_k: int = opcao(0, "só os k caracteres mais prováveis; 0 desliga", type=inteiro_nao_negativo)
    top_p: float = opcao(1.0, "só os caracteres mais prováveis que somem p; 1 desliga", type=probabilidade)
    semente: int | None = opcao(None, "repete o mesmo sorteio (padrão: um novo)", type=inteiro_nao_negativo)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


def em_ritmo(caracteres: Iterator[str], ritmo: float) -> Iterator[str]:
    """Entrega os caracteres no ritmo pedido (por segundo), pelo relógio: atrasos não se somam."""
    proximo = time.monotonic()
    for caractere in caracteres:
        if ritmo:
            proximo = max(proximo + 1 / ritmo, time.monotonic() - 1)
            time.sleep(max(0.0, proximo - time.monotonic()))
        yield caractere


def _pergunta(texto: str) -> str:
    try:
        return input(texto)
    except EOFError:
        return ""


def _completa(o: Opcoes) -> tuple[str, float]:
    """O início e a temperatura: os dados, os perguntados (num terminal) ou os padrões."""
    inicio, graus = o.inicio, o.temperatura
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if inicio is None:
        inicio = _pergunta("início (vazio para um poema do nada): ") if terminal else ""
    if graus is None:
        resposta = _pergunta(f"temperatura (vazio para {TEMPERATURA}): ") if terminal else ""
        try:
            graus = temperatura(resposta) if resposta.strip() else TEMPERATURA
        except argparse.ArgumentTypeError as erro:
            raise ErroPoema(f"a temperatura {erro}.") from None
    return inicio, graus


def principal() -> None:
    """Escreve poema atrás de poema no terminal até Ctrl-C."""
    o = le_opcoes(Opcoes, principal.__doc__)
    escolhido = checkpoint.le(o.modelo)
    inicio, graus = _completa(o)
    inicio, trocas = escolhido.vocabulario.aproveita(inicio)
    avisa_trocas(trocas)
    print(f"modelo {relativo(escolhido.pasta)}; Ctrl-C encerra\n", flush=True)
    caracteres = escreve(
        Motor(escolhido),
        escolhido.vocabulario,
        Amostragem(graus, o.top_k, o.top_p),
        np.random.default_rng(o.semente),
        inicio,
    )
    terminador = escolhido.vocabulario.terminador
    try:
        for escritos, caractere in enumerate(em_ritmo(caracteres, o.ritmo), 1):
            sys.stdout.write(SEPARACAO if caractere == terminador else caractere)
            if o.ritmo:
                sys.stdout.flush()
            if escritos == o.tamanho:
                break
    except KeyboardInterrupt:
        pass  # é assim que se encerra
    print()


if __name__ == "__main__":
    executa(principal)
