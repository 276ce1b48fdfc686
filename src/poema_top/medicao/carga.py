"""Um gerador de carga para o servidor: milhares de leitores num processo só, com sockets crus."""

import select
import socket
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np

from poema_top.geracao.poema import SEPARACAO
from poema_top.medicao.colheita import Colheita

APERTO = (
    "GET {caminho} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXTO, FECHAMENTO, PING = 1, 8, 9
AMOSTRA = 10  # de quantos em quantos leitores se anota a hora de cada quadro; os outros só contam
COMECO = 60  # letras por que se conhece um poema: quem chegou antes viu mais deles, e contá-los não serve
COCHILO = 0.01  # segundos entre duas leituras; soma-se ao atraso medido
MASCARA = bytes(4)  # zeros: quem mede não precisa esconder nada


@dataclass
class Leitor:
    """Uma conexão, e em que ponto do fluxo ela está.

    Attributes:
        tomada: o socket.
        proprio: se lê um poema seu, e não o fluxo comum.
        anotado: se a hora de cada quadro dele conta; dos outros basta saber que chegam.
        pedido: quando conectou.
        resto: bytes de um quadro ainda incompleto.
        cifrado: se o aperto de mão do TLS acabou, quando o há.
        aceito: se o do websocket acabou.
        texto: o poema até aqui; None, se não se viu o começo dele.
        pontos: as letras até ali e a hora de cada quadro, enquanto não se sabe que poema é.
    """

    tomada: socket.socket
    proprio: bool
    anotado: bool
    pedido: float
    resto: bytes = b""
    cifrado: bool = False
    aceito: bool = False
    texto: str | None = None
    pontos: list[tuple[int, float]] = field(default_factory=list)


class Carga:
    """Conecta, lê e conta."""

    def __init__(self, porta: int) -> None:
        """Ninguém conectado ainda; o servidor está em 127.0.0.1."""
        self._destino = ("127.0.0.1", porta)
        self._host, self._amostra = "localhost", AMOSTRA
        self._poll = select.epoll()
        self._leitores: dict[int, Leitor] = {}
        self._parados: list[socket.socket] = []
        self._acaso = np.random.default_rng(0)
        self.colheita = Colheita()
        self.medindo = False

    @property
    def comuns(self) -> int:
        """Leitores do fluxo comum ligados agora."""
        return sum(leitor.aceito and not leitor.proprio for leitor in self._leitores.values())

    def entra(self, quantos: int, *, proprio: bool = False) -> None:
        """Conecta leitores, lendo os outros enquanto isso, e espera o aperto de mão de todos."""
        for i in range(quantos):
            self._conecta(proprio)
            if i % 100 == 99:
                self.le(0.0)
        prazo = time.monotonic() + 30
        while time.monotonic() < prazo and not all(x.aceito for x in self._leitores.values()):
            self.le(0.01)

    def para(self, quantos: int) -> None:
        """Conecta leitores que nunca leem."""
        for _ in range(quantos):
            tomada = socket.socket()
            tomada.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            tomada.connect(self._destino)
            tomada.sendall(APERTO.format(caminho="/ws/", host="localhost").encode())
            self._parados.append(tomada)

    def _conecta(self, proprio: bool) -> None:
        anotado = proprio or len(self._leitores) % self._amostra == 0
        leitor = Leitor(self._liga(proprio=proprio), proprio, anotado, time.monotonic())
        self._leitores[leitor.tomada.fileno()] = leitor
        self._poll.register(leitor.tomada.fileno(), select.EPOLLIN)
        self._pede(leitor)

    def _liga(self, *, proprio: bool) -> socket.socket:  # noqa: ARG002  # a de TLS quer saber
        """Uma conexão TCP que não espera por ninguém."""
        tomada = socket.create_connection(self._destino)
        tomada.setblocking(False)
        return tomada

    def _pede(self, leitor: Leitor) -> None:
        """Começa o aperto de mão do websocket."""
        consulta = urlencode({"semente": int(self._acaso.integers(2**53)), "temperatura": 0.8})
        caminho = f"/ws/meu?{consulta}" if leitor.proprio else "/ws/"
        leitor.tomada.send(APERTO.format(caminho=caminho, host=self._host).encode())

    def le(self, segundos: float) -> None:
        """Lê o que chegar até lá; cada poema próprio que acaba dá lugar a outro."""
        fim = time.monotonic() + segundos
        while True:
            for descritor, _ in self._poll.poll(max(0.0, fim - time.monotonic()), 4096):
                self._le_um(self._leitores[descritor])
            if time.monotonic() >= fim:
                return
            # Quem espera acordado custa caro a quem escreve: cada quadro viria acordá-lo.
            time.sleep(COCHILO)

    def _le_um(self, leitor: Leitor) -> None:
        try:
            dados = leitor.tomada.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):  # chegou algo, mas não o que se lê
            return
        except OSError:
            dados = b""
        if not dados:
            self._sai(leitor, normal=False)
            return
        if not (leitor.anotado or leitor.resto) and dados[0] == 0x81 and len(dados) == 2 + dados[1]:
            self.colheita.quadros += self.medindo  # um quadro de texto inteiro: o caso comum
            return
        agora = time.monotonic()
        dados = leitor.resto + dados
        if not leitor.aceito:
            cabecalho, fim, dados = dados.partition(b"\r\n\r\n")
            if not fim:
                leitor.resto = cabecalho
                return
            leitor.aceito = cabecalho.startswith(b"HTTP/1.1 101 ")
        leitor.resto = self._le_quadros(leitor, dados, agora)

    def _le_quadros(self, leitor: Leitor, dados: bytes, agora: float) -> bytes:
        """Interpreta os quadros inteiros de `dados`; devolve o que sobrou."""
        aqui = 0
        while len(dados) - aqui >= 2:
            tamanho, inicio = dados[aqui + 1], aqui + 2
            if tamanho == 126:
                tamanho, inicio = int.from_bytes(dados[aqui + 2 : aqui + 4], "big"), aqui + 4
            if len(dados) < inicio + tamanho:
                break
            self._quadro(leitor, dados[aqui] & 15, dados[inicio : inicio + tamanho], agora)
            aqui = inicio + tamanho
        return dados[aqui:]

    def _quadro(self, leitor: Leitor, tipo: int, conteudo: bytes, agora: float) -> None:
        if tipo == PING:
            leitor.tomada.send(bytes([0x8A, 0x80 | len(conteudo)]) + MASCARA + conteudo)
        elif tipo == FECHAMENTO:
            self._sai(leitor, normal=conteudo[:2] == b"\x03\xe8")
        elif tipo == TEXTO and leitor.proprio:
            if not leitor.texto and self.medindo:
                self.colheita.esperas.append(agora - leitor.pedido)
            leitor.texto = conteudo.decode()
        elif tipo == TEXTO:
            self.colheita.quadros += self.medindo
            if leitor.anotado:
                self._anota(leitor, conteudo.decode(), agora)

    def _anota(self, leitor: Leitor, texto: str, agora: float) -> None:
        if texto.endswith(SEPARACAO):
            leitor.texto, leitor.pontos = "", []
        elif leitor.texto is not None:
            leitor.texto += texto
            if self.medindo:
                leitor.pontos.append((len(leitor.texto), agora))
            if len(leitor.texto) >= COMECO:
                for letras, hora in leitor.pontos:
                    self.colheita.chegadas.setdefault((leitor.texto[:COMECO], letras), []).append(hora)
                leitor.pontos = []

    def _sai(self, leitor: Leitor, *, normal: bool) -> None:
        if self._leitores.pop(leitor.tomada.fileno(), None) is None:
            return
        self._poll.unregister(leitor.tomada.fileno())
        leitor.tomada.close()
        if not leitor.proprio:
            self.colheita.caidos += 1
            return
        self.colheita.terminados += normal
        self.colheita.recusados += not normal
        self._conecta(proprio=True)

    def encerra(self) -> None:
        """Larga todas as conexões de uma vez."""
        for tomada in [*self._parados, *(leitor.tomada for leitor in self._leitores.values())]:
            tomada.close()
        self._poll.close()
