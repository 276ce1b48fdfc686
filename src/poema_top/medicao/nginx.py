"""O nginx de verdade, com o arquivo de produção, numa pasta temporária e em portas livres.

Do arquivo só mudam os lugares: portas, certificado, pastas, o endereço do servidor de trás. É o que os testes
e `mede servidor --nginx` põem no ar.
"""

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from poema_top.base.arquivos import RAIZ
from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import procura_programa

DOMINIO = "poema.top"
PRAZO = 120  # segundos até se desistir de esperar que ele saia
CONEXOES = 1024  # as que ele aceita, se não se disser quantas

PRINCIPAL = """\
{dono}
daemon off;
worker_processes 1;
worker_rlimit_nofile {arquivos};
pid {pasta}/nginx.pid;
error_log {pasta}/erros.log notice;
events {{ worker_connections {conexoes}; }}
http {{
    types {{ text/html html; application/javascript js; }}
    client_body_temp_path {pasta}/corpo;
    proxy_temp_path {pasta}/proxy;
    fastcgi_temp_path {pasta}/fastcgi;
    uwsgi_temp_path {pasta}/uwsgi;
    scgi_temp_path {pasta}/scgi;
    {no_http}
    include {pasta}/poema_top;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """Um nginx no ar.

    Attributes:
        processo: o do nginx; quem atende é o único filho dele.
        http: a porta em claro.
        https: a do TLS.
        confia: quem confia no certificado dele.
    """

    processo: int
    http: int
    https: int
    confia: ssl.SSLContext

    @property
    def atende(self) -> int:
        """O processo que atende os leitores."""
        filhos = Path(f"/proc/{self.processo}/task/{self.processo}/children")
        return int(filhos.read_text(encoding="utf-8").split()[0])


def confere() -> None:
    """Diz já se falta um dos programas.

    Raises:
        ErroPoema: falta.
    """
    for nome in ("nginx", "openssl"):
        _programa(nome)


def _programa(nome: str) -> str:
    if (caminho := procura_programa(nome)) is None:
        raise ErroPoema(f"falta o {nome}, sem o qual não se mede; instale-o: apt install nginx openssl")
    return caminho


def porta_livre() -> int:
    """Uma porta em que ninguém escuta agora."""
    with socket.create_server(("127.0.0.1", 0)) as escuta:
        return int(escuta.getsockname()[1])


def _certifica(pasta: Path) -> ssl.SSLContext:
    """Um certificado para o domínio, feito na hora, da espécie que o Let's Encrypt dá; quem confia nele."""
    subprocess.run(
        [
            _programa("openssl"), "req", "-x509", "-nodes", "-days", "2",
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-subj", f"/CN={DOMINIO}", "-addext", f"subjectAltName=DNS:{DOMINIO}",
            "-keyout", pasta / "privkey.pem", "-out", pasta / "fullchain.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return ssl.create_default_context(cafile=pasta / "fullchain.pem")


def nestes_lugares(producao: str, pasta: Path, portas: dict[str, str]) -> str:
    """Um arquivo de produção com outros lugares; das outras letras não muda nenhuma."""
    lugares = portas | {
        "/etc/letsencrypt/live/poema.top": str(pasta),
        "/var/www/html": str(pasta / "desafios"),
        "/var/log/nginx": str(pasta),
        "/var/lib/nginx": str(pasta),
        "/opt/poema_top": str(RAIZ),
    }
    for de, para in lugares.items():
        if de not in producao:
            raise ErroPoema(f"o arquivo de produção do nginx não tem mais {de!r}.")
        producao = producao.replace(de, para)
    return producao


def prepara(
    pasta: Path, portas: dict[str, str], *, conexoes: int = CONEXOES, no_http: str = ""
) -> ssl.SSLContext:
    """Grava certificado e configuração, conferida pelo nginx; devolve quem confia no certificado.

    Args:
        pasta: onde fica tudo.
        portas: o que trocar no arquivo do site, além das pastas.
        conexoes: quantas ele aceita, contadas as com o servidor de trás.
        no_http: o que mais dizer no bloco `http`, antes do site.

    Raises:
        ErroPoema: falta um programa, ou o nginx recusou a configuração.
    """
    confia = _certifica(pasta)
    (pasta / "desafios").mkdir()
    site = (RAIZ / "nginx" / "poema_top").read_text(encoding="utf-8")
    (pasta / "poema_top").write_text(nestes_lugares(site, pasta, portas), encoding="utf-8")
    dono = "user root;" if os.geteuid() == 0 else ""
    principal = PRINCIPAL.format(
        pasta=pasta, dono=dono, conexoes=conexoes, arquivos=conexoes + CONEXOES, no_http=no_http
    )
    (pasta / "nginx.conf").write_text(principal, encoding="utf-8")
    conferido = subprocess.run([*comando(pasta), "-t"], capture_output=True, encoding="utf-8", check=False)
    # Do nginx 1.25 em diante, `listen ... http2` avisa que há outro jeito; o de antes serve a todos.
    queixas = [q for q in conferido.stderr.splitlines() if "[warn]" in q and "http2" not in q]
    if conferido.returncode or queixas:
        raise ErroPoema(f"o nginx recusou a configuração: {conferido.stderr.strip()}")
    return confia


def comando(pasta: Path) -> list[str]:
    """A linha que roda o nginx com o que está na pasta."""
    return [_programa("nginx"), "-c", str(pasta / "nginx.conf"), "-p", str(pasta)]


def _escuta(porta: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", porta), PRAZO).close()
    except ConnectionRefusedError:
        return False
    return True


@contextmanager
def no_ar(pasta: Path, tras: int, *, conexoes: int = CONEXOES, no_http: str = "") -> Iterator[Nginx]:
    """O nginx no ar, à frente de quem escutar na porta `tras`; o resto, como em `prepara`."""
    http, https = porta_livre(), porta_livre()
    portas = {
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen [::]:80;": f"listen [::1]:{http};",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "listen [::]:443 ssl": f"listen [::1]:{https} ssl",
        "    server 127.0.0.1:8000;": f"    server 127.0.0.1:{tras};",
    }
    confia = prepara(pasta, portas, conexoes=conexoes, no_http=no_http)
    with subprocess.Popen(comando(pasta), stderr=subprocess.DEVNULL) as p:
        try:
            while not _escuta(https):
                if p.poll() is not None:
                    raise ErroPoema(f"o nginx não subiu: {(pasta / 'erros.log').read_text(encoding='utf-8')}")
            yield Nginx(p.pid, http, https, confia)
        finally:
            p.terminate()
            p.wait(PRAZO)
