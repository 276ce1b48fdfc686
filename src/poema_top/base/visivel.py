"""O que vem de arquivos alheios, escrito de modo que o terminal só mostre, nunca obedeça."""

import shlex
from pathlib import Path

_NOMES = {"\n": "⏎", "\t": "\\t"}


def visivel(texto: str, maximo: int = 60) -> str:
    """O texto numa linha, o que não se imprime trocado pelo código, e o excesso por reticências."""
    curto = texto if len(texto) <= maximo else texto[: maximo - 1] + "…"
    return "".join(c if c.isprintable() else _NOMES.get(c) or ascii(c)[1:-1] for c in curto)


def entre_aspas(caminho: Path) -> str:
    """O caminho inteiro, como se cola num terminal."""
    texto = str(caminho.absolute())
    if texto.isprintable():
        return shlex.quote(texto)
    return "$'" + "".join(_escapado(c) for c in texto) + "'"


def _escapado(c: str) -> str:
    if c in "\\'":
        return "\\" + c
    return c if c.isprintable() else "".join(f"\\x{b:02x}" for b in c.encode(errors="surrogateescape"))
