"""O que o servidor responde por HTTP: a página, o modelo para ela, a saúde e as métricas."""

import json
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from poema_top.base.arquivos import SITIO
from poema_top.geracao.checkpoint import PAGINA, Checkpoint
from poema_top.geracao.pagina import INDICE, endereco, indice
from poema_top.servidor.conexao import Conexao
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.portaria import Portaria
from poema_top.servidor.saude import Saude

HTML, JAVASCRIPT = "text/html; charset=utf-8", "text/javascript; charset=utf-8"
DOCUMENTOS = {
    "/": (SITIO / "index.html", HTML),
    "/index.html": (SITIO / "index.html", HTML),
    **{f"/{script.name}": (script, JAVASCRIPT) for script in SITIO.glob("*.js")},
}
SEMPRE_O_MESMO = "public, max-age=31536000, immutable"
FLUXO, PROPRIO = "/ws/", "/ws/meu"


class Respostas:
    """Decide o que fazer de cada pedido, antes de qualquer websocket."""

    def __init__(self, portaria: Portaria, metricas: Metricas, saude: Saude, treinado: Checkpoint) -> None:
        """`saude` diz o que `/saude` responde; `treinado` é o modelo que se dá à página."""
        self._portaria = portaria
        self._metricas = metricas
        self._saude = saude
        self._modelos: dict[str, bytes] = {}
        self.troca(treinado)

    def troca(self, treinado: Checkpoint) -> None:
        """Passa a dar à página este modelo; o de antes fica, para quem acaba de saber o nome dele.

        Um modelo que não tem o arquivo dela não se dá: ela escreve pelo servidor.
        """
        self._indice = b""
        if treinado.pagina is not None:
            soma = treinado.ficha["sha256"][PAGINA]
            self._indice = indice(soma)
            antes = list(self._modelos.items())[-1:]
            self._modelos = {**dict(antes), f"/{endereco(soma)}": treinado.pagina}

    def responde(self, conexao: ServerConnection, pedido: Request) -> Response | None:
        """A resposta de um pedido HTTP; None deixa passar o aperto de mão do websocket."""
        if not isinstance(conexao, Conexao):
            raise TypeError("o servidor foi montado sem a portaria")
        if not conexao.identifica(pedido):
            self._portaria.recusa("endereço", conexao.endereco)
            return recado(HTTPStatus.TOO_MANY_REQUESTS, "há leitores demais no seu endereço\n")
        try:
            caminho = urlsplit(pedido.path).path
        except ValueError:
            return recado(HTTPStatus.BAD_REQUEST, "não entendi o endereço\n")
        if caminho not in (FLUXO, PROPRIO):
            return self._documento(caminho, conexao, pedido)
        if pedido.headers.get("Upgrade", "").lower() == "websocket":
            if self._portaria.vem_de(pedido.headers.get_all("Origin"), conexao.endereco):
                return None
            return recado(HTTPStatus.FORBIDDEN, "daquela página não se conecta aqui\n")
        return recado(HTTPStatus.UPGRADE_REQUIRED, "aqui só se fala websocket\n")

    def _documento(self, caminho: str, conexao: Conexao, pedido: Request) -> Response:
        if documento := DOCUMENTOS.get(caminho):
            arquivo, tipo = documento
            return resposta(HTTPStatus.OK, arquivo.read_bytes(), tipo)  # quem o edita só recarrega
        if caminho == f"/{INDICE}" and self._indice:
            return resposta(HTTPStatus.OK, self._indice, "application/json")
        if modelo := self._modelos.get(caminho):
            return resposta(HTTPStatus.OK, modelo, "application/octet-stream", SEMPRE_O_MESMO)
        if caminho == "/saude":
            codigo = HTTPStatus.OK if self._saude.vive else HTTPStatus.SERVICE_UNAVAILABLE
            return resposta(codigo, json.dumps(self._saude.resposta()).encode(), "application/json")
        # As métricas são de quem cuida do servidor: da própria máquina, e não de trás do proxy.
        de_fora = pedido.headers.get_all("X-Forwarded-For") or not self._portaria.do_proxy(conexao.direto)
        if caminho == "/metricas" and not de_fora:
            tipo = "text/plain; version=0.0.4; charset=utf-8"
            return resposta(HTTPStatus.OK, self._metricas.texto(), tipo)
        return recado(HTTPStatus.NOT_FOUND, "não há nada aqui\n")


def recado(codigo: HTTPStatus, texto: str) -> Response:
    """Uma linha de texto, para quem olhar o que pediu."""
    return resposta(codigo, texto.encode(), "text/plain; charset=utf-8")


def resposta(codigo: HTTPStatus, corpo: bytes, tipo: str, validade: str = "no-cache") -> Response:
    """Um documento inteiro, com os cabeçalhos que todos levam; a conexão acaba nele."""
    cabecalhos = Headers(
        {
            "Content-Type": tipo,
            "Content-Length": str(len(corpo)),
            "Cache-Control": validade,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Connection": "close",
        }
    )
    if codigo is HTTPStatus.UPGRADE_REQUIRED:
        cabecalhos["Upgrade"] = "websocket"
    return Response(codigo, codigo.phrase, cabecalhos, corpo)
