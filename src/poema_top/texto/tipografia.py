"""O que processadores de texto e teclados de telefone escrevem, e o que se escreve no lugar.

A limpeza usa `simples`, que só troca sinal por sinal. Um modelo que já existe tem o vocabulário que tem:
`PARECIDOS` diz, em ordem de preferência, o que pode entrar no lugar do que ele não conhece.
"""

import re
import unicodedata

_ASPAS = "“”„‟«»″＂〝〞"
_APOSTROFOS = "‘’‚‛´`′ʼ＇‹›"
_TRACOS = "–—―‐‑‒−⁃－"
_ESPACOS = (
    "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_TROCAS = {
    **dict.fromkeys(_ASPAS, '"'),
    **dict.fromkeys(_APOSTROFOS, "'"),
    **dict.fromkeys(_TRACOS, "-"),
    **dict.fromkeys(_ESPACOS, " "),
    "…": "...",
    "•": "-",
    "‥": "..",
    **{chr(c): unicodedata.normalize("NFKD", chr(c)) for c in range(0xFB00, 0xFB07)},  # ﬁ, ﬂ
}
_TABELA = str.maketrans(_TROCAS)
_A_TROCAR = re.compile("[" + re.escape("".join(_TROCAS)) + "]")

PARECIDOS: dict[str, tuple[str, ...]] = {
    **{c: (troca,) for c, troca in _TROCAS.items()},
    **dict.fromkeys(_ASPAS, ('"', "'")),
    **dict.fromkeys(_TRACOS, ("-", ",")),
    "…": ("...", "."),
    '"': ("'",),
    ";": (",", "."),
    "&": ("e",),
    "\r": ("\n",),
}


def simples(texto: str) -> str:
    """O texto com aspas, traços, espaços e reticências simples."""
    return texto.translate(_TABELA) if _A_TROCAR.search(texto) else texto


def parecido(caractere: str, conhecidos: set[str]) -> str:
    """O que entra no lugar de um caractere que não se conhece, ou "" se nada se parece com ele."""
    candidatos = (*PARECIDOS.get(caractere, ()), unicodedata.normalize("NFKD", caractere)[0])
    return next((c for c in candidatos if set(c) <= conhecidos), "")
