"""Endereços de rede e origens de páginas: como se escrevem, se contam e se registram."""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from poema_top.base.erros import ErroPoema

SEM_ENDERECO = "desconhecido"
PORTAS = {"http": 80, "https": 443}  # as que o navegador não escreve


def origem(texto: str) -> str:
    """A origem de uma página como o navegador a escreve: minúscula, sem barra e sem a porta de sempre.

    Raises:
        ErroPoema: não é uma origem; dela nenhum leitor conseguiria vir.
    """
    if texto == "null":  # a de uma página aberta do disco
        return texto
    exemplo = f"--origens pede a origem da página, como https://poema.top (veio {texto!r})"
    if "://" not in texto:
        raise ErroPoema(f"{exemplo}; escreva-a com https:// ou http:// na frente.")
    try:
        partes = urlsplit(texto.strip().lower())
        nome, numero = (partes.hostname or "").encode("idna").decode(), partes.port
    except ValueError:
        raise ErroPoema(f"{exemplo}; o nome ou a porta não servem.") from None
    if partes.scheme in ("ws", "wss"):
        raise ErroPoema(f"{exemplo}; a página vem por https:// ou http://.")
    if (
        not re.fullmatch(r"[\w.:-]+", nome)
        or partes.path not in ("", "/")
        or partes.query
        or partes.fragment
        or "@" in partes.netloc
    ):
        raise ErroPoema(f"{exemplo}; só o esquema, o nome e a porta, sem caminho.")
    nome = f"[{nome}]" if ":" in nome else nome
    porta = "" if numero in (None, PORTAS.get(partes.scheme)) else f":{numero}"
    return f"{partes.scheme}://{nome}{porta}"


def rede(texto: str) -> str:
    """Um endereço ou uma rede, em forma de rede: 10.0.0.5/24 é a 10.0.0.0/24.

    Raises:
        ErroPoema: é um nome, ou não é nada disso.
    """
    try:
        return str(ip_network(texto, strict=False))
    except ValueError:
        raise ErroPoema(
            f"--proxies pede endereços ou redes, como 10.0.0.5 ou 10.0.0.0/24, e não nomes (veio {texto!r})."
        ) from None


def desta_maquina(nome: str) -> bool:
    """Se por este nome, ou endereço, só se chega à própria máquina."""
    try:
        return nome == "localhost" or ip_address(nome).is_loopback
    except ValueError:
        return False


def sem_disfarce(endereco: str) -> str:
    """O IPv4 que vem escrito como IPv6 (::ffff:10.0.0.5), como IPv4; os outros, como são."""
    ip = ip_address(endereco.partition("%")[0])
    return str(ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else str(ip)


def rede_de(endereco: str) -> str:
    """O que conta como um endereço só: o IPv4 inteiro, ou a rede /64 de um IPv6, que é de uma casa."""
    ip = ip_address(sem_disfarce(endereco)) if endereco != SEM_ENDERECO else endereco
    return str(ip_network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)


def truncado(endereco: str) -> str:
    """O endereço como fica no registro: sem a parte que diz de quem é."""
    if endereco == SEM_ENDERECO:
        return endereco
    ip = ip_address(endereco.partition("/")[0])
    if isinstance(ip, IPv6Address):
        return str(ip_network((ip, 48), strict=False))
    return str(ip).rpartition(".")[0] + ".x"
