"""O nginx de verdade, com o arquivo de produção, e quem lhe faz pedidos vindos de onde quiser."""

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from apoio.programas import exige
from conftest import RAIZ
from poema_top.medicao import nginx
from poema_top.medicao.nginx import DOMINIO, PRAZO, comando

PADRAO = RAIZ / "modelos_treinados" / "padrao"
POR_CONEXAO = 20  # pedidos que se mandam numa conexão só: o que a porta 80 atende
# De onde o pedido diz vir: num teste só há endereços de loopback, e os limites olham a rede inteira.
DE_ONDE = "set_real_ip_from 127.0.0.0/8; real_ip_header X-Endereco-De-Teste;"


@dataclass(frozen=True)
class Resposta:
    codigo: int
    cabecalhos: dict[str, str]
    corpo: bytes


@dataclass
class Frente:
    pasta: Path
    http: int
    https: int
    confia: ssl.SSLContext
    redes: int = 0  # quantas já pediram alguma coisa

    def pede(self, caminho: str, *cabecalhos: str, porta: int = 0, rede: str = "") -> Resposta:
        """Um pedido HTTP/1.1 com o caminho tal e qual; sem `rede`, vem cada vez de uma que nunca pediu nada.

        Em claro se há `porta`, e por TLS se não.
        """
        self.redes += 1
        rede = rede or f"10.0.{self.redes // 256}.{self.redes % 256}"
        recebido = self._conversa(_pedido(caminho, rede, "Connection: close", *cabecalhos), porta)
        topo, _, corpo = recebido.partition(b"\r\n\r\n")
        primeira, *resto = topo.decode().split("\r\n")
        pares = (linha.split(": ", 1) for linha in resto)
        return Resposta(int(primeira.split()[1]), {nome.lower(): valor for nome, valor in pares}, corpo)

    def pede_em_fila(self, caminho: str, rede: str, porta: int = 0) -> list[int]:
        """O mesmo pedido, tantas vezes quantas cabem numa conexão, sem esperar resposta; os códigos delas."""
        fila = _pedido(caminho, rede) * (POR_CONEXAO - 1) + _pedido(caminho, rede, "Connection: close")
        respostas = self._conversa(fila, porta)
        return [int(codigo) for codigo in re.findall(rb"^HTTP/1\.1 (\d{3}) ", respostas, re.MULTILINE)]

    def abre(self, porta: int = 0) -> socket.socket:
        """Uma conexão pronta para o pedido: em claro se há `porta`, e por TLS se não."""
        aberto = socket.create_connection(("127.0.0.1", porta or self.https), PRAZO)
        return aberto if porta else self.confia.wrap_socket(aberto, server_hostname=DOMINIO)

    def _conversa(self, mensagem: bytes, porta: int) -> bytes:
        with self.abre(porta) as aberto:
            aberto.sendall(mensagem)
            return b"".join(iter(lambda: aberto.recv(65536), b""))

    def recarrega(self) -> None:
        """Faz o mesmo que `systemctl reload nginx`; volta quando o sinal foi dado, não atendido."""
        subprocess.run([*comando(self.pasta), "-s", "reload"], check=True, capture_output=True)

    def troca(self, velho: str, novo: str) -> None:
        """Edita o arquivo do site, como quem administra."""
        arquivo = self.pasta / "poema_top"
        texto = arquivo.read_text()
        assert velho in texto
        arquivo.write_text(texto.replace(velho, novo))


def _pedido(caminho: str, rede: str, *cabecalhos: str) -> bytes:
    host = () if any(c.lower().startswith("host:") for c in cabecalhos) else (f"Host: {DOMINIO}",)
    fixos = (f"X-Endereco-De-Teste: {rede}", "", "")
    return "\r\n".join((f"GET {caminho} HTTP/1.1", *host, *cabecalhos, *fixos)).encode()


@contextmanager
def frente(pasta: Path, tras: int) -> Iterator[Frente]:
    """O nginx no ar, à frente de quem escutar na porta `tras`."""
    exige("nginx", "openssl", "curl")
    with nginx.no_ar(pasta, tras, no_http=DE_ONDE) as n:
        yield Frente(pasta, n.http, n.https, n.confia)


def esgota(f: Frente, caminho: str, rede: str, porta: int = 0) -> int:
    """Pede até o nginx dizer que é demais; devolve quantas vezes pediu.

    Em fila, e não um de cada vez: dez pedidos soltos por segundo podem ser todos os que uma máquina ocupada
    consegue fazer, e o limite, que se refaz com o tempo, nunca chegaria.
    """
    for conexao in range(500):
        codigos = f.pede_em_fila(caminho, rede, porta)
        if 429 in codigos:
            return POR_CONEXAO * conexao + codigos.index(429) + 1
    raise AssertionError(f"{caminho} não tem limite")
