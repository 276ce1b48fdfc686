"""O servidor: um poema atrás do outro, escrito ao vivo para quem estiver na página."""

import asyncio
import errno
import logging
import re
import signal
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from poema_top import checkpoint
from poema_top.amostragem import Amostragem, escreve, poema
from poema_top.checkpoint import Checkpoint
from poema_top.comum import RAIZ, ErroPoema, executa, relativo
from poema_top.infere import RITMO, SEPARACAO, TEMPERATURA
from poema_top.motor import Motor
from poema_top.opcoes import le_opcoes, opcao, porta, positivo, temperatura

PAGINA = RAIZ / "index.html"
QUADRO = 0.1  # segundos entre dois quadros: dez por segundo bastam, a página alisa
PAUSA = 4.0  # segundos entre dois poemas
TAMANHO_MAXIMO = 1000  # caracteres; um poema que não termina é cortado aqui
MENSAGEM_MAXIMA = 1024  # bytes; o leitor não tem o que dizer


@dataclass
class Opcoes:
    """As opções de `just websocket`."""

    porta: int = opcao(8000, "porta em que o servidor escuta; 0 escolhe uma livre", type=porta)
    endereco: str = opcao("localhost", "endereço em que escuta; 0.0.0.0 aceita outras máquinas")
    temperatura: float = opcao(TEMPERATURA, "baixa repete, alta inventa", type=temperatura)
    ritmo: float = opcao(RITMO, "caracteres por segundo", type=positivo)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


class Escritor:
    """Escreve poemas inteiros; é chamado fora do laço de eventos."""

    def __init__(self, escolhido: Checkpoint, amostragem: Amostragem) -> None:
        """Carrega o motor do checkpoint."""
        self._terminador = escolhido.vocabulario.terminador
        self._caracteres = escreve(
            Motor(escolhido), escolhido.vocabulario, amostragem, np.random.default_rng()
        )

    def poema(self) -> str:
        """Um poema novo, nunca vazio, sem a sequência que separa dois poemas."""
        while True:
            texto = poema(self._caracteres, self._terminador, TAMANHO_MAXIMO)
            texto = re.sub(r"\n{3,}", "\n\n", texto.strip())
            if texto:
                return texto


class Transmissao:
    """O fluxo que todos leem: o poema atual e quem está lendo."""

    def __init__(self, escritor: Escritor, ritmo: float, pausa: float = PAUSA) -> None:
        """Prepara a transmissão; `transmite` a põe para andar.

        Args:
            escritor: de onde vêm os poemas.
            ritmo: caracteres por segundo.
            pausa: segundos entre dois poemas.
        """
        self._escritor = escritor
        self._ritmo = ritmo
        self._pausa = pausa
        self._atual = ""  # o que já foi escrito do poema atual
        self._leitores: set[ServerConnection] = set()
        self._ha_leitores = asyncio.Event()

    async def recebe(self, leitor: ServerConnection) -> None:
        """Atende um leitor até ele ir embora; o que ele mandar é lido e esquecido."""
        # Sem await entre as duas linhas: nenhum quadro cabe entre o poema até aqui e a entrada.
        broadcast([leitor], self._atual)
        self._leitores.add(leitor)
        self._ha_leitores.set()
        try:
            async for _ in leitor:
                pass
        finally:
            self._leitores.discard(leitor)
            if not self._leitores:
                self._ha_leitores.clear()

    async def transmite(self) -> None:
        """Escreve para sempre; dorme enquanto não há ninguém lendo."""
        while True:
            # O motor roda em outra thread: um poema leva milissegundos, e o laço não os espera.
            texto = await asyncio.to_thread(self._escritor.poema)
            await self._escreve(texto)
            self._envia(SEPARACAO)
            await asyncio.sleep(self._pausa)
            self._atual = ""

    async def _escreve(self, texto: str) -> None:
        """Envia o poema em quadros, pelo relógio: um atraso é recuperado no quadro seguinte."""
        relogio = asyncio.get_running_loop().time
        escritos, letras = 0, 0.0
        while escritos < len(texto):
            antes = relogio()
            await self._ha_leitores.wait()
            await asyncio.sleep(QUADRO)
            letras += min(relogio() - antes, 10 * QUADRO) * self._ritmo
            if (ate := min(int(letras), len(texto))) > escritos:
                self._envia(texto[escritos:ate])
                escritos = ate

    def _envia(self, trecho: str) -> None:
        self._atual += trecho
        broadcast(self._leitores, trecho)


def responde_http(conexao: ServerConnection, pedido: Request) -> Response | None:
    """Responde a página na raiz, deixa passar o websocket em /ws/, e nega o resto."""
    caminho = urlsplit(pedido.path).path
    if caminho == "/ws/":
        if pedido.headers.get("Upgrade", "").lower() == "websocket":
            return None
        return conexao.respond(HTTPStatus.UPGRADE_REQUIRED, "aqui só se fala websocket\n")
    if caminho in ("/", "/index.html"):
        return _pagina()
    return conexao.respond(HTTPStatus.NOT_FOUND, "não há nada aqui\n")


def _pagina() -> Response:
    corpo = PAGINA.read_bytes()  # lida a cada pedido: quem a edita só recarrega
    cabecalhos = Headers(
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(corpo)),
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }
    )
    return Response(HTTPStatus.OK, "OK", cabecalhos, corpo)


async def abre(transmissao: Transmissao, endereco: str, numero_porta: int) -> Server:
    """Começa a escutar.

    Raises:
        ErroPoema: a porta está em uso ou é proibida, ou o endereço não é desta máquina.
    """
    try:
        return await serve(
            transmissao.recebe,
            endereco,
            numero_porta,
            process_request=responde_http,
            compression=None,  # quadros de poucas letras não encolhem, e comprimir custa CPU e memória
            max_size=MENSAGEM_MAXIMA,
            server_header=None,
        )
    except OSError as erro:
        if erro.errno == errno.EADDRINUSE:
            raise ErroPoema(f"a porta {numero_porta} já está em uso; escolha outra com --porta.") from None
        if erro.errno == errno.EACCES:
            raise ErroPoema(
                f"sem permissão para a porta {numero_porta}; use uma acima de 1023 com --porta."
            ) from None
        raise ErroPoema(f"não consegui escutar em {endereco}: confira o --endereco ({erro}).") from None


async def serve_ate_o_sinal(o: Opcoes, escolhido: Checkpoint) -> None:
    """Serve até SIGINT ou SIGTERM, e então fecha cada conexão com o código 1001."""
    fim = asyncio.Event()
    for sinal in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sinal, fim.set)
    escritor = Escritor(escolhido, Amostragem(o.temperatura))
    transmissao = Transmissao(escritor, o.ritmo)
    servidor = await abre(transmissao, o.endereco, o.porta)
    numero = servidor.sockets[0].getsockname()[1]
    print(f"modelo {relativo(escolhido.pasta)}")
    print(f"poemas em http://{o.endereco}:{numero}/ (Ctrl-C encerra)", flush=True)
    tarefa = asyncio.create_task(transmissao.transmite())
    espera = asyncio.create_task(fim.wait())
    try:
        # Se a transmissão falhar, o servidor não fica mudo: o erro sobe.
        await asyncio.wait({tarefa, espera}, return_when=asyncio.FIRST_COMPLETED)
        if tarefa.done():
            tarefa.result()
    finally:
        tarefa.cancel()
        espera.cancel()
        servidor.close()
        await servidor.wait_closed()
    print("encerrado.")


def principal() -> None:
    """Serve a página e escreve poemas ao vivo por websocket."""
    o = le_opcoes(Opcoes, principal.__doc__)
    escolhido = checkpoint.le(o.modelo)
    # As linhas de conexão e de aperto de mão da biblioteca não interessam a quem só pôs no ar.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    asyncio.run(serve_ate_o_sinal(o, escolhido))


if __name__ == "__main__":
    executa(principal)
