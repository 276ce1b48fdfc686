"""A página de um treino no ar enquanto ele corre, numa thread ao lado: nada dela faz o treino esperar."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from websockets.asyncio.server import Server

from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import abre_no_navegador, atura_o_laco_do_windows
from poema_top.servidor.escuta import DESPEDIDA, abre, novo_laco
from poema_top.servidor.lugar import Lugar
from poema_top.servidor.plateia import Noticia, Plateia


@contextmanager
def no_ar(o: Lugar) -> Iterator[Callable[[Noticia], None]]:
    """Abre a página, e a fecha no fim; entrega a função a que se conta o que acontece.

    Raises:
        ErroPoema: a porta está em uso ou é proibida, ou o endereço não é desta máquina.
    """
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # o terminal é do treino
    laco, plateia = novo_laco(), Plateia(o)
    atura_o_laco_do_windows(laco, lambda: None)  # se ele fechar a porta, o treino segue
    thread = threading.Thread(target=laco.run_forever, daemon=True)
    thread.start()
    try:
        servidor = asyncio.run_coroutine_threadsafe(abre(plateia, o), laco).result()
        transmissao = asyncio.run_coroutine_threadsafe(plateia.transmite(), laco)
        url = o.url(servidor.sockets)
        print(f"o treino, ao vivo, em {url}", flush=True)
        abre_no_navegador(url)
        try:
            with _contando_o_fim(plateia):
                yield plateia.conta
        finally:
            transmissao.cancel()
            despedida = asyncio.run_coroutine_threadsafe(_despede(plateia, servidor), laco)
            with contextlib.suppress(TimeoutError):  # de quem não responde não se espera mais
                despedida.result(2 * DESPEDIDA)
    finally:
        laco.call_soon_threadsafe(laco.stop)
        thread.join()
        laco.close()


@contextmanager
def _contando_o_fim(plateia: Plateia) -> Iterator[None]:
    """Diz a quem assiste que acabou, e, se não foi por bem, por quê."""
    motivo = "um erro, que está no terminal"
    try:
        yield
        motivo = ""
    except ErroPoema as erro:
        motivo = str(erro)
        raise
    except KeyboardInterrupt:
        motivo = "interrompido"
        raise
    finally:
        plateia.conta({"fase": "fim", **({"motivo": motivo} if motivo else {})})


async def _despede(plateia: Plateia, servidor: Server) -> None:
    plateia.diz()
    servidor.close()
    await servidor.wait_closed()
