"""O que se pergunta a uma LLM, e o que ela responde."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resposta:
    """O que o servidor respondeu a um pedido, e quanto custou.

    Attributes:
        texto: o que escreveu, sempre gravável em UTF-8.
        entrada: tokens lidos.
        saida: tokens escritos.
        acabou: se foi ele que parou, e não o máximo de tokens.
    """

    texto: str
    entrada: int
    saida: int
    acabou: bool = True


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
    """

    mensagens: tuple[tuple[str, str], ...]
    esquema: dict[str, Any] | None = None
    temperatura: float = 0.7
    semente: int = 0
    tokens: int = 256
    parada: str = ""


@dataclass(frozen=True)
class Continuacao:
    """Um texto que um modelo base continua; os outros campos são os de `Pergunta`."""

    texto: str
    temperatura: float = 0.7
    semente: int = 0
    tokens: int = 256
    parada: str = ""
