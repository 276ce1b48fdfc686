"""O que tem de valer no que se leu de um `vocabulario.json`, antes de alguém o usar."""

from typing import Any

from poema_top.texto.pedacos import CARACTERE, LLM, TIPOS


def confere(lido: Any) -> None:
    """Recusa o que não é um vocabulário.

    Raises:
        ValueError: os campos, os tokens, o tipo ou o separador não servem.
    """
    if not isinstance(lido, dict) or set(lido) != {"tokens", "minusculas", "terminador", "tipo"}:
        raise ValueError("os campos não são os de um vocabulário")
    tokens = lido["tokens"]
    if not isinstance(tokens, list) or not all(isinstance(t, str) and t for t in tokens):
        raise ValueError("os tokens não são textos")
    "".join(tokens).encode()  # metade de um par substituto não é um caractere: UnicodeEncodeError
    if lido["tipo"] not in TIPOS or len(set(tokens)) != len(tokens):
        raise ValueError("tipo desconhecido ou tokens repetidos")
    if lido["tipo"] == CARACTERE and not all(len(t) == 1 for t in tokens):
        raise ValueError("os tokens não são caracteres")
    if not set().union(*tokens) <= set(tokens):
        raise ValueError("faltam caracteres de alguns tokens")
    if (lido["terminador"] or "\n") not in tokens:
        raise ValueError("falta o separador de poemas")
    if lido["tipo"] == LLM and any((lido["terminador"] or "\n") in t for t in tokens if len(t) > 1):
        raise ValueError("um separador que é parte de um token")
