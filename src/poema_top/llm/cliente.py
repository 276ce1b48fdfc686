"""O único cliente de LLM: Ollama, llama.cpp ou outro servidor compatível com a OpenAI."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import openai

from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import visivel
from poema_top.llm import probabilidades
from poema_top.llm.chave import chave_de, nesta_maquina, origem
from poema_top.llm.conversa import Continuacao, Pergunta, Resposta, inteiro
from poema_top.llm.falhas import ESPERADAS, explica
from poema_top.llm.transporte import cliente_http

SERVIDOR = "http://localhost:11434/v1"
MODELO = "llama3.1"
PRAZO = 300.0  # segundos por pedido, da primeira tentativa à última letra da resposta
TENTATIVAS = 4
SIMULTANEOS = 4
# De quem o servidor diz que são os modelos: é assim que se sabe qual ele é.
TIPOS = {"library": "Ollama", "llamacpp": "llama.cpp", "vllm": "vLLM"}
PORTA_DO_OLLAMA = 11434


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
        self._de_quem: str | None = None
        self._chave, self._origem = chave_de(servidor), de

    def confere(self) -> str:
        """Confere que o servidor responde e tem o modelo; devolve o tipo dele, um de `TIPOS` ou "outro".

        Raises:
            ErroPoema: não responde, ou não tem.
        """
        modelos = self._tenta(self._modelos)
        achado = self._achado(modelos)
        if achado is None:
            tem = visivel(", ".join(sorted(modelos)), 300) or "nenhum"
            raise ErroPoema(
                f"{self.servidor} não tem o modelo {self.modelo} (tem: {tem}); escolha outro com "
                f"--modelo-llm ou, no Ollama, baixe-o: ollama pull {self.modelo}"
            )
        return TIPOS.get(modelos[achado], "Ollama" if self._origem[2] == PORTA_DO_OLLAMA else "outro")

    async def _modelos(self, cliente: openai.AsyncOpenAI) -> dict[str, str]:
        """Cada modelo do servidor, e de quem ele diz que é."""
        return {str(modelo.id): str(modelo.owned_by) async for modelo in cliente.models.list()}

    def _achado(self, modelos: dict[str, str]) -> str | None:
        """O Ollama chama de "llama3.1:latest" o que se pede como "llama3.1"."""
        return next((nome for nome in (self.modelo, f"{self.modelo}:latest") if nome in modelos), None)

    def responde(self, pedido: Pergunta | Continuacao) -> Resposta:
        """Faz uma pergunta.

        Raises:
            ErroPoema: o servidor não respondeu, recusou ou demorou demais.
        """
        resposta: Resposta = self._tenta(lambda cliente: self._pede(cliente, pedido))
        return resposta

    def em_paralelo(self, tarefas: Sequence[Callable[[], Any]]) -> Iterator[Any]:
        """Roda as tarefas, algumas de cada vez; os resultados vêm na ordem delas."""
        with ThreadPoolExecutor(self._simultaneos) as fila:
            futuros = [fila.submit(tarefa) for tarefa in tarefas]
            try:
                for futuro in futuros:
                    yield futuro.result()
            finally:
                fila.shutdown(cancel_futures=True)  # a primeira falha encerra as que nem começaram

    @asynccontextmanager
    async def aberta(self) -> AsyncIterator[Callable[[Pergunta | Continuacao], Awaitable[Resposta]]]:
        """Uma conversa de muitas perguntas, pelas mesmas conexões; cada uma tem os erros de `responde`."""
        async with self._cliente() as cliente:

            async def responde(pedido: Pergunta | Continuacao) -> Resposta:
                resposta: Resposta = await self._no_prazo(self._pede(cliente, pedido))
                return resposta

            yield responde

    async def _pede(self, cliente: openai.AsyncOpenAI, pedido: Pergunta | Continuacao) -> Resposta:
        if pedido.probabilidades and await self._e_llama_cpp(cliente):
            return await probabilidades.do_llama_cpp(cliente, self.servidor, pedido)
        comum: dict[str, Any] = {
            "model": self.modelo,
            "temperature": pedido.temperatura,
            "seed": pedido.semente,
            "max_tokens": pedido.tokens,
        }
        if pedido.parada:
            comum["stop"] = [pedido.parada]
        if isinstance(pedido, Continuacao):
            return _lida(await cliente.completions.create(prompt=pedido.texto, **comum))
        if pedido.esquema is not None:
            formato = {"name": "resposta", "strict": True, "schema": pedido.esquema}
            comum["response_format"] = {"type": "json_schema", "json_schema": formato}
        if pedido.probabilidades:
            comum |= {"logprobs": True, "top_logprobs": pedido.probabilidades}
        mensagens: Any = [{"role": papel, "content": texto} for papel, texto in pedido.mensagens]
        return _lida(await cliente.chat.completions.create(messages=mensagens, **comum))

    async def _e_llama_cpp(self, cliente: openai.AsyncOpenAI) -> bool:
        """Pergunta-se uma vez só: é pelo caminho dele que as probabilidades vêm inteiras."""
        if self._de_quem is None:
            modelos = await self._modelos(cliente)
            self._de_quem = modelos.get(self._achado(modelos) or "", "")
        return TIPOS.get(self._de_quem) == "llama.cpp"

    def _tenta(self, conversa: Conversa) -> Any:
        async def uma_so() -> Any:
            async with self._cliente() as cliente:
                return await conversa(cliente)

        return asyncio.run(self._no_prazo(uma_so()))

    async def _no_prazo(self, conversa: Awaitable[Any]) -> Any:
        """Um pedido, com as repetições dele, dentro do prazo inteiro.

        Os prazos da biblioteca são de cada leitura: com um servidor que mandasse uma letra por minuto ela não
        acabaria.
        """
        try:
            async with asyncio.timeout(self._prazo):
                return await conversa
        except ESPERADAS as erro:
            com_chave = self._chave is not None
            raise explica(erro, self.servidor, self.modelo, self._prazo, com_chave=com_chave) from None

    def _cliente(self) -> openai.AsyncOpenAI:
        chave = self._chave or "nenhuma"
        # A repetição é a do próprio cliente: 408, 409, 429, 5xx e conexão caída, de 0,5 s a 8 s.
        return openai.AsyncOpenAI(
            base_url=self.servidor,
            api_key=chave,
            timeout=self._prazo,
            max_retries=self._tentativas - 1,
            http_client=cliente_http(
                chave, com_tls=self._origem[0] == "https", so_aqui=nesta_maquina(self._origem)
            ),
        )


def _lida(feita: Any) -> Resposta:
    """A resposta, com cada parte do tipo que diz ser: a biblioteca não confere nenhuma.

    Raises:
        ValueError: falta o texto, ou não é um texto.
        AttributeError: não é uma resposta.
    """
    if not isinstance(feita.choices, list) or not feita.choices:
        raise ValueError("não veio nenhuma resposta")
    escolha, gasto = feita.choices[0], feita.usage
    conversa = feita.object != "text_completion"
    texto = escolha.message.content if conversa else escolha.text
    if not isinstance(texto or "", str):
        raise ValueError("a resposta não é um texto")  # noqa: TRY004  o que veio de fora, e não um tipo nosso
    return Resposta(
        (texto or "").encode("utf-8", "replace").decode(),  # JSON pode trazer meio par substituto
        inteiro(getattr(gasto, "prompt_tokens", 0)),
        inteiro(getattr(gasto, "completion_tokens", 0)),
        escolha.finish_reason != "length",
        probabilidades.da_conversa(escolha) if conversa else None,
    )
