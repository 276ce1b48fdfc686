"""Amostras de um modelo treinado, a várias temperaturas."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poema_top import checkpoint, reservado
from poema_top.amostragem import Amostragem, escreve, poema
from poema_top.checkpoint import Checkpoint
from poema_top.comum import ErroPoema, decimal, executa, relativo
from poema_top.motor import Motor
from poema_top.opcoes import (
    inteiro_nao_negativo,
    inteiro_positivo,
    le_opcoes,
    opcao,
    probabilidade,
    temperatura,
)

TEMPERATURAS = (0.3, 0.6, 0.9)
TAMANHO = 400


@dataclass
class Opcoes:
    """As opções de `just amostra`."""

    temperaturas: tuple[float, ...] = opcao(
        TEMPERATURAS, "temperaturas: baixa repete, alta inventa", type=temperatura
    )
    inicio: str = opcao("", "texto que o modelo continua (sem ele, o poema vem do nada)")
    de_validacao: bool = opcao(
        False, "continua um trecho sorteado de um poema que o modelo não viu no treino"
    )
    tamanho: int = opcao(TAMANHO, "máximo de caracteres por amostra", type=inteiro_positivo)
    top_k: int = opcao(0, "só os k caracteres mais prováveis; 0 desliga", type=inteiro_nao_negativo)
    top_p: float = opcao(1.0, "só os caracteres mais prováveis que somem p; 1 desliga", type=probabilidade)
    semente: int | None = opcao(None, "repete o mesmo sorteio (padrão: um novo)", type=inteiro_nao_negativo)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


def avisa_trocas(trocas: dict[str, str]) -> None:
    """Conta a quem usa o que o modelo não conhecia no início pedido, e o que foi usado no lugar."""
    for desconhecido, usado in trocas.items():
        feito = f"usei {usado!r} no lugar" if usado else "deixei de fora"
        print(f"aviso: o modelo não conhece {desconhecido!r}; {feito}.")


def mostra_amostras(
    escolhido: Checkpoint,
    temperaturas: tuple[float, ...] = TEMPERATURAS,
    *,
    inicio: str = "",
    tamanho: int = TAMANHO,
    top_k: int = 0,
    top_p: float = 1.0,
    semente: int | None = None,
) -> None:
    """Escreve um poema por temperatura; o mesmo sorteio em todas, para que só ela mude."""
    motor, vocabulario = Motor(escolhido), escolhido.vocabulario
    inicio, trocas = vocabulario.aproveita(inicio)
    avisa_trocas(trocas)
    if semente is None:
        semente = int(np.random.default_rng().integers(1 << 32))
    for t in temperaturas:
        sorteador = np.random.default_rng(semente)
        caracteres = escreve(motor, vocabulario, Amostragem(t, top_k, top_p), sorteador, inicio)
        print(f"\n── temperatura {decimal(t, 2).rstrip('0').rstrip(',')} " + "─" * 30)
        print(poema(caracteres, vocabulario.terminador, len(inicio) + tamanho).strip("\n"))
    print(f"\n(semente {semente})")


def trecho_de_validacao(ficha: Any, sorteador: np.random.Generator) -> str:
    """O começo de um poema da validação, cortado num fim de verso sorteado.

    Raises:
        ErroPoema: os de `reservado.textos`.
    """
    poemas = reservado.textos(ficha).validacao
    sorteado = poemas[int(sorteador.integers(len(poemas)))]
    versos = sorteado.split("\n")
    return "\n".join(versos[: int(sorteador.integers(1, max(2, len(versos))))]) + "\n"


def principal() -> None:
    """Mostra o que um modelo escreve, a várias temperaturas."""
    o = le_opcoes(Opcoes, principal.__doc__)
    if o.inicio and o.de_validacao:
        raise ErroPoema("escolha entre --inicio e --de-validacao.")
    escolhido = checkpoint.le(o.modelo)
    print(f"modelo {relativo(escolhido.pasta)}")
    inicio = o.inicio
    if o.de_validacao:
        inicio = trecho_de_validacao(escolhido.ficha, np.random.default_rng(o.semente))
        print(f"\n── início (de um poema que o modelo não viu) ──\n{inicio}".rstrip())
    mostra_amostras(
        escolhido,
        o.temperaturas,
        inicio=inicio,
        tamanho=o.tamanho,
        top_k=o.top_k,
        top_p=o.top_p,
        semente=o.semente,
    )


if __name__ == "__main__":
    executa(principal)
