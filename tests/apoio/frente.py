"""O nginx de verdade, com o arquivo de produção, numa pasta temporária e em portas livres.

Do arquivo só mudam os lugares: portas, certificado, pastas, o endereço do servidor de trás.
"""

import os
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from apoio.programas import exige, programa
from conftest import RAIZ

DOMINIO = "poema.top"
PADRAO = RAIZ / "modelos_treinados" / "padrao"
PRAZO = 120  # segundos: só para um teste quebrado não ficar pendurado
POR_CONEXAO = 20  # pedidos que o nginx atende numa conexão só

PRINCIPAL = """\
{dono}
daemon off;
worker_processes 1;
worker_rlimit_nofile 4096;
pid {pasta}/nginx.pid;
error_log {pasta}/erros.log notice;
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; application/javascript js; }}
    client_body_temp_path {pasta}/corpo;
    proxy_temp_path {pasta}/proxy;
    fastcgi_temp_path {pasta}/fastcgi;
    uwsgi_temp_path {pasta}/uwsgi;
    scgi_temp_path {pasta}/scgi;
    # De onde o pedido diz vir: num teste só há endereços de loopback, e os limites olham a rede inteira.
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Endereco-De-Teste;
    include {pasta}/poema_top;
}}
"""


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


def porta_livre() -> int:
    with socket.create_server(("127.0.0.1", 0)) as escuta:
        return int(escuta.getsockname()[1])


def certifica(pasta: Path) -> ssl.SSLContext:
    """Um certificado para o domínio, feito na hora; quem confia nele."""
    subprocess.run(
        [
            programa("openssl"), "req", "-x509", "-nodes", "-days", "2",
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-subj", f"/CN={DOMINIO}", "-addext", f"subjectAltName=DNS:{DOMINIO}",
            "-keyout", pasta / "privkey.pem", "-out", pasta / "fullchain.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return ssl.create_default_context(cafile=pasta / "fullchain.pem")


def nestes_lugares(producao: str, pasta: Path, portas: dict[str, str]) -> str:
    """Um arquivo de produção com os lugares deste teste; das outras letras não muda nenhuma."""
    lugares = portas | {
        "/etc/letsencrypt/live/poema.top": str(pasta),
        "/var/www/html": str(pasta / "desafios"),
        "/var/log/nginx": str(pasta),
        "/var/lib/nginx": str(pasta),
        "/opt/poema_top": str(RAIZ),
    }
    for de, para in lugares.items():
        assert de in producao, f"o arquivo de produção não tem mais {de!r}"
        producao = producao.replace(de, para)
    return producao


def prepara(pasta: Path, portas: dict[str, str]) -> ssl.SSLContext:
    """Grava certificado e configuração, conferida pelo nginx; devolve quem confia no certificado."""
    confia = certifica(pasta)
    (pasta / "desafios").mkdir()
    site = (RAIZ / "nginx" / "poema_top").read_text()
    (pasta / "poema_top").write_text(nestes_lugares(site, pasta, portas))
    dono = "user root;" if os.geteuid() == 0 else ""
    (pasta / "nginx.conf").write_text(PRINCIPAL.format(pasta=pasta, dono=dono))
    conferido = subprocess.run([*comando(pasta), "-t"], capture_output=True, text=True, check=False)
    assert conferido.returncode == 0, conferido.stderr
    # Do nginx 1.25 em diante, `listen ... http2` avisa que há outro jeito; o de antes serve a todos.
    avisos = [linha for linha in conferido.stderr.splitlines() if "[warn]" in linha and "http2" not in linha]
    assert avisos == []
    return confia


def comando(pasta: Path) -> list[str]:
    return [programa("nginx"), "-c", str(pasta / "nginx.conf"), "-p", str(pasta)]


def _escuta(porta: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", porta), PRAZO).close()
    except ConnectionRefusedError:
        return False
    return True


@contextmanager
def frente(pasta: Path, tras: int) -> Iterator[Frente]:
    """O nginx no ar, à frente de quem escutar na porta `tras`."""
    exige("nginx", "openssl", "curl")
    http, https = porta_livre(), porta_livre()
    portas = {
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen [::]:80;": f"listen [::1]:{http};",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "listen [::]:443 ssl": f"listen [::1]:{https} ssl",
        "    server 127.0.0.1:8000;": f"    server 127.0.0.1:{tras};",
    }
    confia = prepara(pasta, portas)
    processo = subprocess.Popen(comando(pasta), stderr=subprocess.DEVNULL)
    try:
        while not _escuta(https):
            assert processo.poll() is None, (pasta / "erros.log").read_text()
        yield Frente(pasta, http, https, confia)
    finally:
        processo.terminate()
        processo.wait(PRAZO)


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
