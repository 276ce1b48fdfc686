"""O servidor: um poema atrás do outro, ao vivo para todos, e um só seu para quem pedir."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from poema_top import checkpoint
from poema_top.amostragem import Amostragem
from poema_top.checkpoint import Checkpoint
from poema_top.comum import ErroPoema, executa, relativo
from poema_top.infere import RITMO, TEMPERATURA
from poema_top.metricas import Metricas
from poema_top.opcoes import inteiro_positivo, le_opcoes, nao_negativo, opcao, porta, positivo, temperatura
from poema_top.portaria import Conexao, Limites, Portaria, com_portaria
from poema_top.proprios import Proprios
from poema_top.respostas import PROPRIO, Respostas
from poema_top.transmissao import PAUSA, Escritor, Transmissao

registro = logging.getLogger("poema")

MENSAGEM_MAXIMA = 1024  # bytes; o leitor não tem o que dizer
APERTO_DE_MAO = 5.0  # segundos para quem conecta dizer o que quer
PULSO = 60.0  # segundos entre dois pings; quem parou de ler, o próprio fluxo denuncia
RESPOSTA = 20.0  # segundos para responder a um
DESPEDIDA = 2.0  # segundos para o outro lado confirmar o fechamento
RONDA = 2.0  # segundos entre duas olhadas na pasta dos modelos
ACABADAS = 10_000  # conexões entre duas voltas inteiras do coletor de ciclos
FILA_DE_ENTRADA = 4096  # conexões à espera de serem aceitas: muita gente chega junta


@dataclass
class Opcoes:
    """As opções de `just websocket`."""

    porta: int = opcao(8000, "porta em que o servidor escuta; 0 escolhe uma livre", type=porta)
    endereco: str = opcao("localhost", "endereço em que escuta; 0.0.0.0 aceita outras máquinas")
    temperatura: float = opcao(TEMPERATURA, "baixa repete, alta inventa", type=temperatura)
    ritmo: float = opcao(RITMO, "caracteres por segundo", type=positivo)
    pausa: float = opcao(PAUSA, "segundos entre dois poemas", type=nao_negativo)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)
    recarrega: bool = opcao(
        False, "passa a usar um modelo mais novo assim que ele aparece, entre dois poemas"
    )
    origens: tuple[str, ...] = opcao(
        (), "páginas que podem conectar, como https://poema.top (padrão: qualquer uma)", type=str
    )
    conexoes: int = opcao(12_000, "máximo de conexões", type=inteiro_positivo)
    por_endereco: int = opcao(100, "máximo de conexões de um endereço de rede", type=inteiro_positivo)
    proprios: int = opcao(500, "máximo de poemas pedidos ao mesmo tempo", type=inteiro_positivo)
    proxies: tuple[str, ...] = opcao(
        ("127.0.0.1", "::1"), "redes dos proxies em cujo X-Forwarded-For se acredita", type=str
    )


class Site:
    """As partes do servidor ligadas umas às outras."""

    def __init__(self, o: Opcoes, escolhido: Checkpoint) -> None:
        """Carrega os motores; nada escuta ainda."""
        self._opcoes = o
        self._metricas = Metricas()
        self.portaria = Portaria(Limites(o.conexoes, o.por_endereco, o.proxies), self._metricas)
        self._transmissao = Transmissao(self._escritor(escolhido), o.ritmo, self._metricas, o.pausa)
        self._proprios = Proprios(escolhido, o.ritmo, o.proprios, self._metricas)
        self._saude = {"estado": "ok", **_quem_e(escolhido)}
        self.respostas = Respostas(self.portaria, self._metricas, self._saude)
        self._conhecido = _versao(escolhido.pasta)

    def _escritor(self, escolhido: Checkpoint) -> Escritor:
        return Escritor(escolhido, Amostragem(self._opcoes.temperatura))

    async def recebe(self, leitor: ServerConnection) -> None:
        """Encaminha quem conectou."""
        if not isinstance(leitor, Conexao) or leitor.request is None:
            raise TypeError("o servidor foi montado sem a portaria")
        leitor.aperta_a_saida()
        proprio = urlsplit(leitor.request.path).path == PROPRIO
        try:
            await (self._proprios if proprio else self._transmissao).recebe(leitor)
        except ConnectionClosed:
            pass  # foi embora sem se despedir
        except Exception:
            registro.exception("falha ao atender")  # a biblioteca o diria, mas está calada
            raise

    def tarefas(self) -> list[Coroutine[Any, Any, None]]:
        """O que corre enquanto o servidor está no ar."""
        ronda = [self._recarrega()] if self._opcoes.recarrega else []
        return [*self._transmissao.tarefas(), self._proprios.escreve(), self._poupa_o_coletor(), *ronda]

    async def _poupa_o_coletor(self) -> None:
        """Uma vez por segundo, tira da conta do coletor de ciclos tudo o que existe.

        Com dez mil leitores cada volta dele pararia o servidor por meio segundo, e quase à toa: das
        conexões que acabam só deixam ciclos as que nem chegaram ao fim do aperto de mão. Por elas, a
        volta inteira é dada quando não há ninguém para esperar, ou a cada `ACABADAS` conexões.
        """
        recolhidas = 0
        while True:
            await asyncio.sleep(1.0)
            novas = self.portaria.acabadas - recolhidas
            if novas > ACABADAS or (novas and self.portaria.vazia):
                recolhidas = self.portaria.acabadas
                gc.unfreeze()
                gc.collect()
            gc.freeze()

    async def _recarrega(self) -> None:
        """Troca de modelo quando aparece outro; um que não presta é anunciado, e fica o de antes."""
        while True:
            await asyncio.sleep(RONDA)
            with contextlib.suppress(ErroPoema, OSError):  # no meio de uma troca de pastas, fica para depois
                pasta = self._opcoes.modelo or checkpoint.mais_nova()
                if (versao := _versao(pasta)) == self._conhecido:
                    continue
                self._conhecido = versao
                try:
                    novo = await asyncio.to_thread(checkpoint.le, pasta)
                    escritor = await asyncio.to_thread(self._escritor, novo)
                    self._proprios.troca(novo)
                except ErroPoema as erro:
                    registro.warning("modelo recusado: %s", erro)
                    continue
                self._transmissao.escritor = escritor
                self._saude.update(_quem_e(novo))
                registro.info("modelo novo: %s", relativo(pasta))


def _versao(pasta: Path) -> tuple[Path, int]:
    return pasta, (pasta / checkpoint.FICHA).stat().st_mtime_ns


def _quem_e(escolhido: Checkpoint) -> dict[str, Any]:
    return {"modelo": escolhido.nome, "criado_em": escolhido.ficha.get("criado_em")}


async def abre(site: Site, o: Opcoes) -> Server:
    """Começa a escutar.

    Raises:
        ErroPoema: a porta está em uso ou é proibida, ou o endereço não é desta máquina.
    """
    try:
        return await serve(
            site.recebe,
            o.endereco,
            o.porta,
            origins=[Origin(origem) for origem in o.origens] or None,
            process_request=site.respostas.responde,
            compression=None,  # quadros de poucas letras não encolhem, e comprimir custa CPU e memória
            max_size=MENSAGEM_MAXIMA,
            max_queue=4,
            open_timeout=APERTO_DE_MAO,
            ping_interval=PULSO,
            ping_timeout=RESPOSTA,
            close_timeout=DESPEDIDA,
            server_header=None,
            create_connection=com_portaria(site.portaria),
            backlog=FILA_DE_ENTRADA,
        )
    except OSError as erro:
        if erro.errno == errno.EADDRINUSE:
            raise ErroPoema(f"a porta {o.porta} já está em uso; escolha outra com --porta.") from None
        if erro.errno == errno.EACCES:
            raise ErroPoema(
                f"sem permissão para a porta {o.porta}; use uma acima de 1023 com --porta."
            ) from None
        raise ErroPoema(f"não consegui escutar em {o.endereco}: confira o --endereco ({erro}).") from None


async def serve_ate_o_sinal(o: Opcoes, escolhido: Checkpoint) -> None:
    """Serve até SIGINT ou SIGTERM, e então fecha cada conexão com o código 1001."""
    fim = asyncio.Event()
    for sinal in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sinal, fim.set)
    site = Site(o, escolhido)
    servidor = await abre(site, o)
    numero = servidor.sockets[0].getsockname()[1]
    print(f"modelo {relativo(escolhido.pasta)}")
    print(f"poemas em http://{o.endereco}:{numero}/ (Ctrl-C encerra)", flush=True)
    avisa_o_systemd("READY=1")
    tarefas = [asyncio.create_task(tarefa) for tarefa in [*site.tarefas(), _espera(fim)]]
    try:
        # Se uma das tarefas falhar, o servidor não fica mudo: o erro sobe.
        acabadas, _ = await asyncio.wait(tarefas, return_when=asyncio.FIRST_COMPLETED)
        for acabada in acabadas:
            acabada.result()
    finally:
        avisa_o_systemd("STOPPING=1")
        for tarefa in tarefas:
            tarefa.cancel()
        servidor.close()
        await servidor.wait_closed()
    print("encerrado.")


async def _espera(fim: asyncio.Event) -> None:
    await fim.wait()


def avisa_o_systemd(estado: str) -> None:
    """Diz ao systemd, se é ele que manda, que o servidor está pronto ou de saída (sd_notify(3))."""
    if destino := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(estado.encode(), destino.replace("@", "\0", 1) if destino[0] == "@" else destino)


def _laco() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """O laço de eventos da uvloop, onde ela existe: gasta a metade da CPU."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def principal() -> None:
    """Serve a página e escreve poemas ao vivo por websocket."""
    o = le_opcoes(Opcoes, principal.__doc__)
    escolhido = checkpoint.le(o.modelo)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    # As linhas de aperto de mão da biblioteca não interessam a quem só pôs no ar.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    _sobe_o_limite_de_arquivos()
    with asyncio.Runner(loop_factory=_laco()) as laco:
        laco.run(serve_ate_o_sinal(o, escolhido))


def _sobe_o_limite_de_arquivos() -> None:
    """Cada conexão é um arquivo aberto: usa todos os que o sistema deixa."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, maximo = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (maximo, maximo))


if __name__ == "__main__":
    executa(principal)
