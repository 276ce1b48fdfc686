"""A chave de um servidor de LLM só vai ao servidor a que serve, e nunca em claro a outra máquina."""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from poema_top.base.erros import ErroPoema

DA_OPENAI, SERVIDOR_DA_OPENAI = "OPENAI_API_KEY", "https://api.openai.com/v1"
DE_OUTRO, OUTRO_SERVIDOR = "POEMA_LLM_CHAVE", "POEMA_LLM_SERVIDOR"
_PORTAS = {"http": 80, "https": 443}

Origem = tuple[str, str, int]  # esquema, máquina, porta


def origem(servidor: str) -> Origem | None:
    """Com quem se fala num endereço; None se ele não é um.

    Quem o lê depois é outra biblioteca: o que duas poderiam ler de dois jeitos (um usuário antes de "@", uma
    barra ao contrário) não é um endereço.
    """
    achado = re.fullmatch(
        r"(https?)://([\w.-]+|\[[\da-f:.]+\])(:\d+)?(/[^\s\\@?#]*)?", servidor, re.IGNORECASE
    )
    try:
        partes = urlsplit(servidor)
        esquema, maquina, porta = partes.scheme, partes.hostname, partes.port
    except ValueError:
        return None
    if achado is None or not maquina or porta == 0:
        return None
    return esquema, maquina.rstrip("."), porta or _PORTAS[esquema]


def nesta_maquina(de: Origem) -> bool:
    """Se o que se manda nem sai daqui."""
    maquina = de[1]
    try:
        return ipaddress.ip_address(maquina).is_loopback
    except ValueError:
        return maquina == "localhost"


def chave_de(servidor: str) -> str | None:
    """A chave que serve a este servidor, e só a ele; None se não há.

    Raises:
        ErroPoema: as variáveis não se entendem, ou a chave iria em claro pela rede.
    """
    deste = origem(servidor)
    chave, dela = os.environ.get(DE_OUTRO, "").strip(), os.environ.get(OUTRO_SERVIDOR, "").strip()
    if chave and origem(dela) is None:
        raise ErroPoema(
            f"{DE_OUTRO} só vai ao servidor a que serve: ponha em {OUTRO_SERVIDOR} o endereço dele, como "
            f"https://servidor/v1 (veio {dela!r})."
        )
    if not chave or deste != origem(dela):
        chave, dela = os.environ.get(DA_OPENAI, "").strip(), SERVIDOR_DA_OPENAI
    if not chave or deste is None or deste != origem(dela):
        return None
    if deste[0] != "https" and not nesta_maquina(deste):
        raise ErroPoema(
            f"a chave de {servidor} iria em claro pela rede; use https, ou um túnel (ssh -L) e http://localhost."
        )
    if not (chave.isascii() and chave.isprintable() and " " not in chave):
        raise ErroPoema(f"a chave de {servidor} tem um espaço ou uma letra que chave nenhuma tem; confira-a.")
    return chave
