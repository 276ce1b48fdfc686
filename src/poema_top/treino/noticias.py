"""O que um treino conta a quem o assiste de fora: o treino não sabe quem é, e não espera por ninguém.

Uma notícia é um objeto JSON de poucos campos. Uma lista acrescenta-se à que já se contou; outro valor toma
o lugar do que havia. Assim todas as notícias juntas são também uma notícia, e é a de quem chega tarde.

| campo | o que é |
| --- | --- |
| fase | "preparo", "treino", "poemas" (já aprendeu, e vai escrever), "fim" |
| nome, lidos, guardados | a pasta do modelo; quantos poemas no treino e na validação |
| andamento | o ponto em que o treino está: `andamento` |
| epocas | lista: as medidas até agora, cada uma `da_epoca` |
| versos | lista: epoca, temperatura, e os versos que o modelo escreveu nela |
| poemas | lista: temperatura e texto, do modelo que ficou |
| comando | o que põe esse modelo no ar |
| motivo | por que o treino parou, se não foi no fim do tempo pedido |
"""

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from poema_top.treino.historico import Epoca

Noticia = dict[str, Any]
Conta = Callable[[Noticia], object]  # chamada a cada passo: tem de voltar logo


def a_ninguem(_noticia: Noticia) -> None:
    """Ninguém assiste."""


def andamento(epoca: int, perda: float, progresso: float, segundos: float) -> Noticia:
    """O ponto em que o treino está.

    Args:
        epoca: a que se lê.
        perda: a do passo, em nats por caractere.
        progresso: a fração do treino já feita, de 0 a 1.
        segundos: de treino até aqui; os que faltam são por regra de três, e null se nada se sabe ainda.
    """
    faltam = round(segundos * (1 - progresso) / progresso, 1) if progresso else None
    return {
        "epoca": epoca,
        "perda": _finito(round(perda, 4)),
        "progresso": round(progresso, 4),
        "segundos": round(segundos, 1),
        "faltam": faltam,
    }


def da_epoca(e: Epoca) -> Noticia:
    """O que se mediu numa época, com os nomes de `historico.csv`."""
    return {campo: _finito(valor) for campo, valor in asdict(e).items()}


def _finito(numero: float) -> float | None:
    """Em JSON não há infinito nem NaN, que são a perda de um treino que explodiu."""
    return numero if math.isfinite(numero) else None
