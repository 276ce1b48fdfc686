"""Quem assiste a um treino: a página dele, o que já se contou, e as conexões de quem o vê.

Por `/ws/treino` vão notícias em JSON (a forma delas está em `treino/noticias.py`). A primeira é tudo o que já
se contou; cada uma das seguintes, o que há de novo. Nada do que um leitor manda é lido.
"""

import asyncio
import contextlib
import json
import re
import threading
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from poema_top.base.arquivos import SITIO
from poema_top.servidor.conexao import Conexao
from poema_top.servidor.enderecos import desta_maquina
from poema_top.servidor.entrega import derruba_parados, entrega, quadro
from poema_top.servidor.lugar import Lugar
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.portaria import Limites, Portaria
from poema_top.servidor.respostas import HTML, JAVASCRIPT, recado, resposta

Noticia = dict[str, Any]

DO_TREINO = SITIO / "treino"  # o que é só desta página; o resto é da outra
PAGINA = DO_TREINO / "treino.html"
SCRIPTS = {
    f"/{script.name}": script for script in (*DO_TREINO.glob("*.js"), SITIO / "pena.js", SITIO / "canal.js")
}
# Não é o caminho do fluxo: na mesma porta pode haver depois o site, e abas de um e de outro.
ASSISTE = "/ws/treino"
ESTILO = re.compile(r"(?<=<style>).*?(?=</style>)", re.DOTALL)
COMPASSO = 0.5  # segundos entre dois quadros
SINAL_DE_VIDA = 20.0  # segundos sem novidade até um quadro vazio: a página dá por morta uma conexão calada
ATRASO_MAXIMO = 1 << 22  # bytes à espera de um leitor: a história inteira de um treino de muitas épocas cabe


class Plateia:
    """Guarda o que o treino conta, e o repete a quem chega."""

    def __init__(self, o: Lugar) -> None:
        """Ninguém ainda, e nada contado; `o` diz onde se vai escutar."""
        self._metricas = Metricas()
        self.portaria = Portaria(Limites(), self._metricas)
        self._so_daqui = desta_maquina(o.endereco)
        self._contado, self._novidades = Noticia(), Noticia()
        self._tranca = threading.Lock()  # o treino conta numa thread, e o laço de eventos é de outra
        self._leitores: set[Conexao] = set()
        self._calada = 0.0  # segundos desde o último quadro

    def conta(self, noticia: Noticia) -> None:
        """Junta uma notícia ao que há por dizer, e volta já: quem a dá está treinando."""
        with self._tranca:
            _junta(self._novidades, noticia)

    def responde(self, conexao: ServerConnection, pedido: Request) -> Response | None:
        """A página e os scripts dela; None deixa passar o aperto de mão do websocket."""
        if not isinstance(conexao, Conexao):
            raise TypeError("o servidor foi montado sem a portaria")
        if not conexao.identifica(pedido):
            return recado(HTTPStatus.TOO_MANY_REQUESTS, "há leitores demais no seu endereço\n")
        try:
            caminho, permitido = urlsplit(pedido.path).path, self._vem_da_pagina(pedido)
        except ValueError:
            return recado(HTTPStatus.BAD_REQUEST, "não entendi o endereço\n")
        if not permitido:
            return recado(HTTPStatus.FORBIDDEN, "de lá não se assiste a este treino\n")
        if caminho == ASSISTE:
            quer = pedido.headers.get("Upgrade", "").lower() == "websocket"
            return None if quer else recado(HTTPStatus.UPGRADE_REQUIRED, "aqui só se fala websocket\n")
        return _documento(caminho)

    def _vem_da_pagina(self, pedido: Request) -> bool:
        """Se quem pede é a própria página, ou um programa, e não outra página que o navegador tem aberta.

        Os versos podem ser de poemas que ninguém publicou. Uma página alheia poderia pedi-los a localhost, e
        conhece-se pelo Origin; ou dar ao seu próprio domínio o endereço desta máquina, e a essa trai o Host.
        """
        host = ",".join(pedido.headers.get_all("Host"))
        if self._so_daqui and not desta_maquina(urlsplit(f"//{host}").hostname or ""):
            return False
        return all(urlsplit(origem).netloc == host for origem in pedido.headers.get_all("Origin"))

    async def recebe(self, leitor: ServerConnection) -> None:
        """Atende um leitor até ele ir embora."""
        if not isinstance(leitor, Conexao):
            raise TypeError("o servidor foi montado sem a portaria")
        leitor.esquece_o_pedido()
        entrega([leitor], _em_quadro(self._contado))
        self._leitores.add(leitor)
        try:
            with contextlib.suppress(ConnectionClosed):  # foi embora sem se despedir
                async for _ in leitor:
                    pass
        finally:
            self._leitores.discard(leitor)

    async def transmite(self) -> None:
        """De meio em meio segundo, para sempre, diz o que há de novo."""
        while True:
            await asyncio.sleep(COMPASSO)
            # Antes de dizer: o que está à espera é de antes, que o novo ainda nem partiu.
            derruba_parados(self._leitores, self._metricas, ATRASO_MAXIMO)
            self.diz()

    def diz(self) -> None:
        """Manda a todos o que há por dizer."""
        with self._tranca:
            novidades, self._novidades = self._novidades, Noticia()
        _junta(self._contado, novidades)
        self._calada += COMPASSO
        if novidades or self._calada >= SINAL_DE_VIDA:
            entrega(self._leitores, _em_quadro(novidades))
            self._calada = 0.0


def _documento(caminho: str) -> Response:
    if caminho == "/":
        return resposta(HTTPStatus.OK, _pagina(), HTML)
    if script := SCRIPTS.get(caminho):
        return resposta(HTTPStatus.OK, script.read_bytes(), JAVASCRIPT)
    return recado(HTTPStatus.NOT_FOUND, "não há nada aqui\n")


def _pagina() -> bytes:
    """A página do treino, com o estilo da outra antes do que é só dela; quem as edita só recarrega."""
    estilo = ESTILO.findall((SITIO / "index.html").read_text(encoding="utf-8"))[0]
    html = PAGINA.read_text(encoding="utf-8")
    return ESTILO.sub(lambda dela: estilo + dela[0], html, count=1).encode()


def _junta(contado: Noticia, noticia: Noticia) -> None:
    """Listas se acrescentam; qualquer outro valor toma o lugar do que havia."""
    for campo, valor in noticia.items():
        if isinstance(valor, list):
            contado.setdefault(campo, []).extend(valor)
        else:
            contado[campo] = valor


def _em_quadro(noticia: Noticia) -> bytes:
    return quadro(json.dumps(noticia, ensure_ascii=False))
