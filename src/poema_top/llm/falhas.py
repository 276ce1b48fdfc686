"""O que um servidor de LLM fez de errado, numa linha, e se vale tentar de novo."""

import openai

from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import visivel
from poema_top.llm.chave import DE_OUTRO, OUTRO_SERVIDOR

# O que sai de uma conversa que correu mal: a rede, o relógio, ou uma resposta que não é de uma LLM.
ESPERADAS = (TimeoutError, openai.OpenAIError, ValueError, LookupError, AttributeError, TypeError)
CHEIO = (429, 503)
_PASSAM = (408, 409, 425, *CHEIO)  # e as de 500 em diante
_DITO = 160  # caracteres do que o servidor diz, numa linha nossa


class Passageira(ErroPoema):
    """Uma falha que tentar de novo, noutro servidor ou mais tarde, pode resolver.

    Attributes:
        cheio: o servidor tem mais pedidos do que aceita.
    """

    cheio = False


class Exagero(ValueError):
    """O corpo da resposta não cabe no que se aceita ler."""


def explica(erro: Exception, servidor: str, modelo: str, prazo: float, *, com_chave: bool) -> ErroPoema:
    """O erro de quem usa que corresponde a um de `ESPERADAS`."""
    if isinstance(erro, TimeoutError | openai.APITimeoutError):
        return Passageira(f"{servidor} não acabou de responder em {prazo:g} s; tente um modelo menor.")
    if isinstance(erro, openai.APIConnectionError):
        if isinstance(erro.__cause__, Exagero):
            return Passageira(f"{servidor} não respondeu como um servidor de LLM: {erro.__cause__}")
        return Passageira(
            f"nenhum servidor de LLM responde em {servidor}; suba um (ollama serve) ou indique "
            "outro com --servidor."
        )
    if isinstance(erro, openai.APIStatusError):
        return _do_status(erro, servidor, modelo, com_chave=com_chave)
    return Passageira(f"{servidor} não respondeu como um servidor de LLM: {visivel(str(erro), _DITO)}")


def _do_status(erro: openai.APIStatusError, servidor: str, modelo: str, *, com_chave: bool) -> ErroPoema:
    status = erro.status_code
    if status == 404:
        fim = "" if servidor.rstrip("/").endswith("/v1") else " O endereço costuma acabar em /v1."
        return ErroPoema(f"{servidor} não conhece o modelo {modelo} ou não é um servidor de LLM.{fim}")
    if status in (401, 403):
        fez = "recusou a chave" if com_chave else "pede uma chave"
        return ErroPoema(
            f"{servidor} {fez} ({status}); a chave vem de {DE_OUTRO}, e só vai ao endereço que estiver "
            f"em {OUTRO_SERVIDOR}."
        )
    if 300 <= status < 400:
        return ErroPoema(
            f"{servidor} manda pedir noutro endereço ({status}), e nada vai a um que "
            "não se pediu; se confia nele, indique-o com --servidor."
        )
    if status not in _PASSAM and status < 500:
        return ErroPoema(f"{servidor} recusou o pedido ({status}): {visivel(erro.message, _DITO)}")
    falha = Passageira(f"{servidor} recusou o pedido ({status}).")
    falha.cheio = status in CHEIO
    return falha
