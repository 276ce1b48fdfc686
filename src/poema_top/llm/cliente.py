"""O único cliente de LLM: Ollama, llama.cpp ou outro servidor compatível com a OpenAI."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import openai

from poema_top.base.erros import ErroPoema
from poema_top.llm.chave import DE_OUTRO, OUTRO_SERVIDOR, chave_de, nesta_maquina, origem

SERVIDOR = "http://localhost:11434/v1"
MODELO = "llama3.1"
PRAZO = 300.0  # segundos por pedido, da primeira tentativa à última letra da resposta
TENTATIVAS = 4
SIMULTANEOS = 4
# O que um pedido leva, além da chave. A biblioteca acrescentaria o sistema, as versões e o que houver nas
# variáveis OPENAI_*, que são para a OpenAI.
_CABECALHOS = {
    "host",
    "accept",
    "accept-encoding",
    "connection",
    "content-type",
    "content-length",
    "user-agent",
}


@dataclass(frozen=True)
class Resposta:
    """O que o servidor respondeu a um pedido, e quanto custou."""

    texto: str
    entrada: int  # tokens
    saida: int  # tokens


@dataclass(frozen=True)
class Pergunta:
    """O que se pergunta: a conversa e como responder.

    Attributes:
        mensagens: pares (papel, texto), papel "system", "user" ou "assistant".
        esquema: o JSON Schema da resposta; None, texto livre.
        temperatura: a da LLM.
        semente: a da LLM, para quem a respeita.
        tokens: o máximo da resposta.
    """

    mensagens: tuple[tuple[str, str], ...]
    esquema: dict[str, Any] | None = None
    temperatura: float = 0.7
    semente: int = 0
    tokens: int = 256


Conversa = Callable[[openai.AsyncOpenAI], Awaitable[Any]]


class LLM:
    """Conversa com um servidor; as falhas passageiras são repetidas com espera que dobra."""

    def __init__(
        self,
        servidor: str = SERVIDOR,
        modelo: str = MODELO,
        *,
        prazo: float = PRAZO,
        tentativas: int = TENTATIVAS,
        simultaneos: int = SIMULTANEOS,
    ) -> None:
        """Prepara a conversa; nada é pedido ainda. A chave, se houver, é a de `chave.chave_de`.

        Raises:
            ErroPoema: o endereço do servidor não é um endereço, ou a chave não pode ir a ele.
        """
        de = origem(servidor)
        if de is None:
            raise ErroPoema(
                f"--servidor pede o endereço de um servidor de LLM, como {SERVIDOR} (veio {servidor!r})."
            )
        self.servidor, self.modelo, self._simultaneos = servidor, modelo, simultaneos
        self._prazo, self._tentativas = prazo, tentativas
        self._chave, self._origem = chave_de(servidor), de

    def confere(self) -> None:
        """Confere que o servidor responde e tem o modelo.

        Raises:
            ErroPoema: não responde, ou não tem.
        """

        async def lista(cliente: openai.AsyncOpenAI) -> list[str]:
            return [modelo.id async for modelo in cliente.models.list()]

        modelos = self._tenta(lista)
        # O Ollama chama de "llama3.1:latest" o que se pede como "llama3.1".
        if not any(nome in (self.modelo, f"{self.modelo}:latest") for nome in modelos):
            tem = ", ".join(sorted(modelos)) or "nenhum"
            raise ErroPoema(
                f"{self.servidor} não tem o modelo {self.modelo} (tem: {tem}); escolha outro com "
                f"--modelo-llm ou, no Ollama, baixe-o: ollama pull {self.modelo}"
            )

    def responde(self, pergunta: Pergunta) -> Resposta:
        """Faz uma pergunta.

        Raises:
            ErroPoema: o servidor não respondeu, recusou ou demorou demais.
        """
        extras: dict[str, Any] = {}
        if pergunta.esquema is not None:
            formato = {"name": "resposta", "strict": True, "schema": pergunta.esquema}
            extras["response_format"] = {"type": "json_schema", "json_schema": formato}
        mensagens: Any = [{"role": papel, "content": texto} for papel, texto in pergunta.mensagens]
        feita = self._tenta(
            lambda cliente: cliente.chat.completions.create(
                model=self.modelo,
                messages=mensagens,
                temperature=pergunta.temperatura,
                seed=pergunta.semente,
                max_tokens=pergunta.tokens,
                **extras,
            )
        )
        gasto = feita.usage
        return Resposta(
            (feita.choices[0].message.content if feita.choices else None) or "",
            gasto.prompt_tokens if gasto else 0,
            gasto.completion_tokens if gasto else 0,
        )

    def em_paralelo(self, tarefas: Sequence[Callable[[], Any]]) -> Iterator[Any]:
        """Roda as tarefas, algumas de cada vez; os resultados vêm na ordem delas."""
        with ThreadPoolExecutor(self._simultaneos) as fila:
            futuros = [fila.submit(tarefa) for tarefa in tarefas]
            try:
                for futuro in futuros:
                    yield futuro.result()
            finally:
                fila.shutdown(cancel_futures=True)  # a primeira falha encerra as que nem começaram

    def _tenta(self, conversa: Conversa) -> Any:
        try:
            return asyncio.run(self._conversa(conversa))
        except (TimeoutError, openai.APITimeoutError):
            raise ErroPoema(
                f"{self.servidor} não acabou de responder em {self._prazo:g} s; tente um modelo menor."
            ) from None
        except openai.APIConnectionError:
            raise ErroPoema(
                f"nenhum servidor de LLM responde em {self.servidor}; suba um (ollama serve) ou indique "
                "outro com --servidor."
            ) from None
        except openai.NotFoundError:
            raise ErroPoema(
                f"{self.servidor} não conhece o modelo {self.modelo} ou não é um servidor de LLM."
            ) from None
        except (openai.AuthenticationError, openai.PermissionDeniedError) as erro:
            pede = f"a chave vem de {DE_OUTRO}, e só vai ao endereço que estiver em {OUTRO_SERVIDOR}."
            fez = "recusou a chave" if self._chave else "pede uma chave"
            raise ErroPoema(f"{self.servidor} {fez} ({erro.status_code}); {pede}") from None
        except openai.APIStatusError as erro:
            if 300 <= erro.status_code < 400:
                raise ErroPoema(
                    f"{self.servidor} manda pedir noutro endereço ({erro.status_code}), e nada vai a um que "
                    "não se pediu; se confia nele, indique-o com --servidor."
                ) from None
            raise ErroPoema(f"{self.servidor} recusou o pedido ({erro.status_code}).") from None
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as erro:
            raise ErroPoema(f"{self.servidor} não respondeu como um servidor de LLM: {erro}") from None

    async def _conversa(self, conversa: Conversa) -> Any:
        """Um pedido, com as repetições dele, dentro do prazo inteiro.

        Os prazos da biblioteca são de cada leitura: com um servidor que mandasse uma letra por minuto ela não
        acabaria.
        """
        chave = self._chave or "nenhuma"

        async def so_o_preciso(pedido: Any) -> None:
            for nome in set(pedido.headers) - _CABECALHOS:
                del pedido.headers[nome]
            pedido.headers["authorization"] = f"Bearer {chave}"

        http = openai.DefaultAsyncHttpxClient(
            follow_redirects=False,
            event_hooks={"request": [so_o_preciso]},
            verify=self._origem[0] == "https",  # sem TLS, não há por que ler os certificados
            trust_env=not nesta_maquina(self._origem),  # o que fica aqui não passa por um proxy
        )
        # A repetição é a do próprio cliente: 408, 409, 429, 5xx e conexão caída, de 0,5 s a 8 s.
        cliente = openai.AsyncOpenAI(
            base_url=self.servidor,
            api_key=chave,
            timeout=self._prazo,
            max_retries=self._tentativas - 1,
            http_client=http,
        )
        async with asyncio.timeout(self._prazo), cliente:
            return await conversa(cliente)
