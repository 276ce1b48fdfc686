"""Vários servidores de LLM num trabalho só: um que cai dá aos outros o que fazia, e é tentado de novo."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from poema_top.base.erros import ErroPoema
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Continuacao, Pergunta, Resposta
from poema_top.llm.falhas import Passageira

ESPERA, MAIOR_ESPERA = 1.0, 60.0  # segundos até tentar de novo um servidor: dobra a cada falha seguida
INSISTE = 4  # vezes que se faz um pedido que falha: a culpa pode ser dele, e não de quem o recebe
DESISTE = 8  # falhas seguidas: com as esperas que dobram, uns dois minutos
CHEIO = (
    " Ele tem mais pedidos do que aceita: o Ollama atende um de cada vez, se não lhe disserem outra coisa "
    "(OLLAMA_NUM_PARALLEL), e recusa com 503 o que passe de 512 na fila (OLLAMA_MAX_QUEUE); um --paralelo "
    "menor manda menos."
)


class ComPergunta(Protocol):
    """Um pedido: o que se pergunta, e o que mais quem pede quiser saber dele."""

    @property
    def pergunta(self) -> Pergunta | Continuacao:
        """O que vai ao servidor."""


P = TypeVar("P", bound=ComPergunta)
Responde = Callable[[Pergunta | Continuacao], Awaitable[Resposta]]


@dataclass
class _Servidor:
    llm: LLM
    responde: Responde
    falhas: int = 0  # seguidas
    de_pe: asyncio.Event = field(default_factory=asyncio.Event)


class Servidores(Generic[P]):
    """Pede a todos ao mesmo tempo, tantos pedidos em cada um, até `para`.

    Um servidor que falha (não responde, demora, diz coisas sem sentido, está cheio) devolve os seus pedidos,
    que vão a quem estiver livre, e descansa; depois recebe um só, e todos quando o responder. O que recusa
    por um motivo que o tempo não muda (não tem o modelo, pede uma chave) sai de vez.
    """

    def __init__(
        self,
        llms: Sequence[LLM],
        paralelo: int,
        *,
        recebe: Callable[[P, Resposta, LLM], None],
        avisa: Callable[[str], None],
        espera: float = ESPERA,
    ) -> None:
        """Prepara o trabalho.

        Args:
            llms: um por servidor, sem repetições próprias (`tentativas=1`): quem repete é este.
            paralelo: pedidos em andamento em cada um.
            recebe: chamada a cada resposta, no laço de eventos: enquanto ela corre, nada mais corre.
            avisa: recebe o que quem usa precisa de saber, uma linha de cada vez.
            espera: segundos até tentar de novo um servidor que falhou uma vez.
        """
        self._llms, self._paralelo, self._recebe, self._avisa = llms, paralelo, recebe, avisa
        self._espera = espera
        self._devolvidos: deque[tuple[P, int]] = deque()  # e quantas vezes já falhou
        self._fim = asyncio.Event()
        self._erro: ErroPoema | None = None

    def para(self, erro: ErroPoema | None = None) -> None:
        """Encerra: o que está em andamento se larga."""
        self._erro = self._erro or erro
        self._fim.set()

    async def trabalha(self, pedidos: Iterator[P]) -> None:
        """Faz os pedidos, que não podem acabar antes de alguém chamar `para`.

        Raises:
            ErroPoema: nenhum servidor presta mais.
            OSError: o que `recebe` levantar, como o disco cheio.
        """
        self._pedidos = pedidos
        async with AsyncExitStack() as pilha:
            self._servidores = [
                _Servidor(llm, await pilha.enter_async_context(llm.aberta())) for llm in self._llms
            ]
            try:
                async with asyncio.TaskGroup() as grupo:
                    tarefas = [grupo.create_task(self._cuida(s)) for s in self._servidores]
                    await self._fim.wait()
                    for tarefa in tarefas:
                        tarefa.cancel()
            except ExceptionGroup as erros:
                raise erros.exceptions[0] from None
        if self._erro:
            raise self._erro

    async def _cuida(self, servidor: _Servidor) -> None:
        """Um servidor: os pedidos dele ao mesmo tempo, e o descanso depois de uma falha."""
        servidor.de_pe.set()
        trabalhos = [asyncio.ensure_future(self._trabalha_em(servidor)) for _ in range(self._paralelo)]
        try:
            await asyncio.gather(*trabalhos)
        except ErroPoema as erro:
            self._sai(servidor, erro)
        finally:
            for trabalho in trabalhos:
                trabalho.cancel()
            await asyncio.gather(*trabalhos, return_exceptions=True)

    async def _trabalha_em(self, servidor: _Servidor) -> None:
        while True:
            await servidor.de_pe.wait()
            if falha := await self._pergunta(servidor):
                await self._descansa(servidor, falha)

    async def _pergunta(self, servidor: _Servidor, *, novo: bool = False) -> Passageira | None:
        """Um pedido, dos devolvidos se não se quer um novo; se não chega a ter resposta, volta à fila."""
        do_comeco = novo or not self._devolvidos
        pedido, vezes = (next(self._pedidos), 0) if do_comeco else self._devolvidos.popleft()
        resposta = None
        try:
            resposta = await servidor.responde(pedido.pergunta)
        except Passageira as falha:
            return falha
        finally:
            if resposta is None and vezes + 1 < INSISTE:
                self._devolvidos.append((pedido, vezes + 1))
        servidor.falhas = 0
        if self._fim.is_set():  # a que chegou antes era a última
            return None
        try:
            self._recebe(pedido, resposta, servidor.llm)
        except ErroPoema as erro:  # que não é do servidor
            self.para(erro)
        return None

    async def _descansa(self, servidor: _Servidor, falha: Passageira) -> None:
        """Quem primeiro vê a falha espera, e experimenta com um pedido só; os outros aguardam."""
        if not servidor.de_pe.is_set():
            return
        servidor.de_pe.clear()
        self._avisa(f"{falha}{CHEIO if falha.cheio else ''} Tento de novo daqui a pouco.")
        ultima: Passageira | None = falha
        while ultima:
            servidor.falhas += 1
            if all(s.falhas >= DESISTE for s in self._servidores):
                self.para(ultima)
            await asyncio.sleep(min(self._espera * 2 ** (servidor.falhas - 1), MAIOR_ESPERA))
            ultima = await self._pergunta(servidor, novo=True)
        self._avisa(f"{servidor.llm.servidor} voltou.")
        servidor.de_pe.set()

    def _sai(self, servidor: _Servidor, erro: ErroPoema) -> None:
        """Tira de vez um servidor; sem nenhum outro, é o fim."""
        self._servidores.remove(servidor)
        if self._servidores:
            self._avisa(f"{erro} Sigo sem ele.")
        else:
            self.para(erro)
