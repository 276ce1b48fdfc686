"""O que se pergunta a uma LLM, e o que ela responde."""

from dataclasses import dataclass
from typing import Any

from poema_top.llm.palpites import Palpites


@dataclass(frozen=True)
class Resposta:
    """O que o servidor respondeu a um pedido, e quanto custou.

    Attributes:
        texto: o que escreveu, sempre gravável em UTF-8.
        entrada: tokens lidos.
        saida: tokens escritos.
        acabou: se foi ele que parou, e não o máximo de tokens.
        palpites: as probabilidades de cada token, se foram pedidas e se entendem com o texto.
    """

    texto: str
    entrada: int
    saida: int
    acabou: bool = True
    palpites: Palpites | None = None


@dataclass(frozen=True)
class Pergunta:
    """O que se pergunta: a conversa e como responder.

    Attributes:
        mensagens: pares (papel, texto), papel "system", "user" ou "assistant".
        esquema: o JSON Schema da resposta; None, texto livre.
        temperatura: a da LLM.
        semente: a da LLM, para quem a respeita.
        tokens: o máximo da resposta.
        parada: o texto em que a resposta acaba, sem fazer parte dela; "", nenhum.
        probabilidades: de quantos tokens, em cada lugar, se quer a probabilidade.
    """

    mensagens: tuple[tuple[str, str], ...]
    esquema: dict[str, Any] | None = None
    temperatura: float = 0.7
    semente: int = 0
    tokens: int = 256
    parada: str = ""
    probabilidades: int = 0


@dataclass(frozen=True)
class Continuacao:
    """Um texto que um modelo base continua; os outros campos são os de `Pergunta`."""

    texto: str
    temperatura: float = 0.7
    semente: int = 0
    tokens: int = 256
    parada: str = ""
    probabilidades: int = 0


def inteiro(valor: object) -> int:
    """Uma contagem que veio de fora; 0 se não é uma."""
    return valor if isinstance(valor, int) and 0 <= valor < 1 << 31 else 0
