"""O servidor no ar: do primeiro socket ao último adeus."""

import asyncio
import errno
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Protocol

from websockets.asyncio import server
from websockets.http11 import Request, Response

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import (
    ao_pedirem_parada,
    atura_o_laco_do_windows,
    sobe_o_limite_de_arquivos,
)
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.servidor.conexao import com_portaria
from poema_top.servidor.lugar import Lugar
from poema_top.servidor.portaria import Portaria
from poema_top.servidor.saude import avisa_o_systemd
from poema_top.servidor.site import Opcoes, Site

MENSAGEM_MAXIMA = 1024  # bytes; o leitor não tem o que dizer
APERTO_DE_MAO = 5.0  # segundos para quem conecta dizer o que quer
PULSO = 60.0  # segundos entre dois pings; quem parou de ler, o próprio fluxo denuncia
RESPOSTA = 20.0  # segundos para responder a um
DESPEDIDA = 2.0  # segundos para o outro lado confirmar o fechamento
ULTIMA_HORA = 4.5  # segundos do pedido de parada ao fim, em qualquer estado
FILA_DE_ENTRADA = 4096  # conexões à espera de serem aceitas: muita gente chega junta


class Casa(Protocol):
    """O que se pede de quem atende à porta."""

    portaria: Portaria

    def responde(self, conexao: server.ServerConnection, pedido: Request, /) -> Response | None:
        """A resposta de um pedido HTTP; None deixa passar o aperto de mão do websocket."""

    def recebe(self, leitor: server.ServerConnection, /) -> Awaitable[None]:
        """Atende um websocket até ele acabar."""


async def abre(casa: Casa, o: Lugar) -> server.Server:
    """Começa a escutar.

    Raises:
        ErroPoema: a porta está em uso ou é proibida, ou o endereço não é desta máquina.
    """
    if not o.endereco:
        raise ErroPoema("--endereco veio vazio; para aceitar outras máquinas, é 0.0.0.0.")
    try:
        return await server.serve(
            casa.recebe,
            o.endereco,
            o.porta,
            process_request=casa.responde,
            compression=None,  # quadros de poucas letras não encolhem, e comprimir custa CPU e memória
            max_size=MENSAGEM_MAXIMA,
            max_queue=4,
            open_timeout=APERTO_DE_MAO,
            ping_interval=PULSO,
            ping_timeout=RESPOSTA,
            close_timeout=DESPEDIDA,
            server_header=None,
            create_connection=com_portaria(casa.portaria),
            backlog=FILA_DE_ENTRADA,
        )
    except (OSError, UnicodeError) as erro:  # UnicodeError: um nome que não se deixa escrever no DNS
        recusa = erro.errno if isinstance(erro, OSError) else None
        if recusa == errno.EADDRINUSE:
            raise ErroPoema(f"a porta {o.porta} já está em uso; escolha outra com --porta.") from None
        if recusa == errno.EACCES:
            raise ErroPoema(
                f"sem permissão para a porta {o.porta}; escolha outra, acima de 1023, com --porta."
            ) from None
        raise ErroPoema(f"não consegui escutar em {o.endereco}: confira o --endereco ({erro}).") from None


async def serve_ate_o_sinal(
    o: Opcoes, treinado: Checkpoint, ao_parar: Callable[[], object] = lambda: None
) -> None:
    """Serve até um dos `SINAIS_DE_PARAR`, chama `ao_parar` e fecha cada conexão com o código 1001.

    Raises:
        ErroPoema: os de `abre`, ou a porta que o Windows fechou sozinho.
    """
    fim, fechada = asyncio.Event(), asyncio.Event()
    laco = asyncio.get_running_loop()
    atura_o_laco_do_windows(laco, fechada.set)
    with ao_pedirem_parada(laco, fim.set):
        await _serve_ate(fim, fechada, o, treinado, ao_parar)


async def _serve_ate(
    fim: asyncio.Event,
    fechada: asyncio.Event,
    o: Opcoes,
    treinado: Checkpoint,
    ao_parar: Callable[[], object],
) -> None:
    site = Site(o, treinado)
    servidor = await abre(site, o)
    print(f"modelo {relativo(treinado.pasta)}")
    print(f"poemas em {o.url(servidor.sockets)} (Ctrl-C encerra)", flush=True)
    avisa_o_systemd("READY=1")
    tarefas = [asyncio.create_task(tarefa) for tarefa in [*site.tarefas(), fim.wait(), _falha_se(fechada)]]
    try:
        # Se uma das tarefas falhar, o servidor não fica mudo: o erro sobe.
        acabadas, _ = await asyncio.wait(tarefas, return_when=asyncio.FIRST_COMPLETED)
        for acabada in acabadas:
            acabada.result()
    finally:
        avisa_o_systemd("STOPPING=1")
        ao_parar()
        for tarefa in tarefas:
            tarefa.cancel()
        servidor.close()
        await servidor.wait_closed()
    print("encerrado.")


async def _falha_se(fechada: asyncio.Event) -> None:
    await fechada.wait()
    raise ErroPoema("o Windows fechou a porta do servidor; rode just websocket de novo.")


def novo_laco() -> asyncio.AbstractEventLoop:
    """O laço de eventos da uvloop, onde ela existe: gasta a metade da CPU."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def serve(o: Opcoes, treinado: Checkpoint) -> None:
    """Põe o site no ar e só volta quando alguém o encerra."""
    sobe_o_limite_de_arquivos()
    # O processo acaba na hora marcada, mesmo que uma thread esteja presa numa conta sem fim.
    ultima_hora = threading.Timer(ULTIMA_HORA, os._exit, [1])
    ultima_hora.daemon = True
    try:
        with asyncio.Runner(loop_factory=novo_laco) as laco:
            laco.run(serve_ate_o_sinal(o, treinado, ultima_hora.start))
    finally:
        ultima_hora.cancel()
