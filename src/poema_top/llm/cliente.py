"""O único cliente de LLM: Ollama, llama.cpp ou outro servidor compatível com a OpenAI."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import openai

from poema_top.base.erros import ErroPoema

SERVIDOR = "http://localhost:11434/v1"
MODELO = "llama3.1"
PRAZO = 120.0  # segundos por pedido
TENTATIVAS = 4
SIMULTANEOS = 4


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


def _e_endereco(servidor: str) -> bool:
    try:
        partes = urlsplit(servidor)
        return partes.scheme in ("http", "https") and bool(partes.hostname) and partes.port != 0
    except ValueError:
        return False


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
        """Prepara a conversa; nada é pedido ainda. A chave, se houver, vem de OPENAI_API_KEY.

        Raises:
            ErroPoema: o endereço do servidor não é um endereço.
        """
        if not _e_endereco(servidor):
            raise ErroPoema(
                f"--servidor pede o endereço de um servidor de LLM, como {SERVIDOR} (veio {servidor!r})."
            )
        self.servidor, self.modelo, self._simultaneos = servidor, modelo, simultaneos
        # A repetição é a do próprio cliente: 408, 409, 429, 5xx e conexão caída, de 0,5 s a 8 s.
        self._cliente = openai.OpenAI(
            base_url=servidor,
            api_key=os.environ.get("OPENAI_API_KEY") or "nenhuma",
            timeout=prazo,
            max_retries=tentativas - 1,
        )

    def confere(self) -> None:
        """Confere que o servidor responde e tem o modelo.

        Raises:
            ErroPoema: não responde, ou não tem.
        """
        modelos = self._tenta(lambda: [modelo.id for modelo in self._cliente.models.list()])
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
            lambda: self._cliente.chat.completions.create(
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

    def _tenta(self, chamada: Callable[[], Any]) -> Any:
        try:
            return chamada()
        except openai.APITimeoutError:
            raise ErroPoema(f"{self.servidor} demorou demais; tente um modelo menor.") from None
        except openai.APIConnectionError:
            raise ErroPoema(
                f"nenhum servidor de LLM responde em {self.servidor}; suba um (ollama serve) ou indique "
                "outro com --servidor."
            ) from None
        except openai.NotFoundError:
            raise ErroPoema(
                f"{self.servidor} não conhece o modelo {self.modelo} ou não é um servidor de LLM."
            ) from None
        except openai.APIStatusError as erro:
            raise ErroPoema(f"{self.servidor} recusou o pedido ({erro.status_code}).") from None
        except (openai.OpenAIError, ValueError, AttributeError) as erro:
            raise ErroPoema(f"{self.servidor} não respondeu como um servidor de LLM: {erro}") from None
