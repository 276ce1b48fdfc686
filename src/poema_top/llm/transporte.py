"""O que sai daqui num pedido a um servidor de LLM, e quanto se lê do que ele manda."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2  # o HTTP da biblioteca openai
import openai

from poema_top.llm.falhas import Exagero

MAIOR_RESPOSTA = 4 << 20  # bytes: um poema tem mil, e a lista dos modelos de um servidor, cem mil
# O que um pedido leva, além da chave. A biblioteca acrescentaria o sistema, as versões e o que houver nas
# variáveis OPENAI_*, que são para a OpenAI.
_CABECALHOS = {
    "host",
    "accept",
    "connection",
    "content-type",
    "content-length",
    "user-agent",
}


class _AteOMaximo(httpx2.AsyncByteStream):
    """O corpo de uma resposta, até o máximo: um servidor que escrevesse sem fim encheria a memória."""

    def __init__(self, corpo: httpx2.AsyncByteStream) -> None:
        self._corpo = corpo

    async def __aiter__(self) -> AsyncIterator[bytes]:
        lidos = 0
        async for pedaco in self._corpo:
            lidos += len(pedaco)
            if lidos > MAIOR_RESPOSTA:
                raise Exagero(f"a resposta passa de {MAIOR_RESPOSTA >> 20} MB")
            yield pedaco

    async def aclose(self) -> None:
        await self._corpo.aclose()


def cliente_http(chave: str, *, com_tls: bool, so_aqui: bool) -> Any:
    """O cliente HTTP: não segue desvios, só manda os cabeçalhos precisos e só lê até o máximo.

    Args:
        chave: a do servidor.
        com_tls: sem TLS, não há por que ler os certificados.
        so_aqui: o que fica nesta máquina não passa por um proxy.
    """

    async def so_o_preciso(pedido: Any) -> None:
        for nome in set(pedido.headers) - _CABECALHOS:
            del pedido.headers[nome]
        pedido.headers["authorization"] = f"Bearer {chave}"
        pedido.headers["accept-encoding"] = "identity"  # comprimido, um máximo de bytes não diz nada

    async def com_medida(resposta: Any) -> None:
        if resposta.headers.get("content-encoding", "identity") != "identity":
            raise Exagero("a resposta veio comprimida, e não se pediu assim")
        resposta.stream = _AteOMaximo(resposta.stream)

    return openai.DefaultAsyncHttpxClient(
        follow_redirects=False,
        event_hooks={"request": [so_o_preciso], "response": [com_medida]},
        verify=com_tls,
        trust_env=not so_aqui,
    )
