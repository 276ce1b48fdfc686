"""Que linhas são títulos, e quais são só números de ordem."""

import re

_ROMANO = r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,4})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4})"
_ORDINAL = (
    r"primeir[oa]|segund[oa]|terceir[oa]|quart[oa]|quint[oa]|sext[oa]|s[ée]tim[oa]|"
    r"oitav[oa]|non[oa]|d[ée]cim[oa]|[úu]nic[oa]|final"
)
_PARTE = (
    r"canto|soneto|poema|poesia|parte|livro|cap[íi]tulo|cap\.|ode|elegia|hino|salmo|trova|quadra|quadrinha"
    r"|haicai|haikai|can[çc][ãa]o|cena|ato|acto|fragmento|poem|sonnet|chapter|song"
)
NUMERO = re.compile(rf"^[ \t]*[\[(—–-]*[ \t]*(?:{_ROMANO}|\d{{1,4}})[ \t]*[.)\]ºª:]*[ \t]*[—–-]*[ \t]*$")
TIPOS = {
    "cabeçalho": re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+\S"),
    "canto": re.compile(
        rf"(?i)^[ \t]*(?:{_PARTE})[ \t]+(?:n?[ºo°.]*[ \t]*)(?:{_ROMANO}|\d+|{_ORDINAL})\b[^\n]{{0,60}}$"
    ),
    "rótulo": re.compile(r"(?i)^[ \t*_]*(?:t[íi]tulo|title)[ \t*_]*:[ \t]*[*_]*\S"),
    "negrito": re.compile(r"^[ \t]*(\*\*|__)[^*_\n]{1,80}\1[ \t]*:?[ \t]*$"),
    "numerado": re.compile(
        rf"^[ \t]*(?:\d{{1,4}}|{_ROMANO})[ \t]*[.)–—-][ \t]*[^\W\d_][^\n]{{0,60}}(?<![,;.])$"
    ),
    "número": NUMERO,
    "maiúsculas": re.compile(r"^[ \t]*(?=(?:[^a-zà-ÿ\n]*[A-ZÀ-Ý]){3})[^a-zà-ÿ\n]{3,70}$"),
}
_LINHA_CHEIA = re.compile(r"(?m)^[ \t]*(?:={3,}|-{3,})[ \t]*$")
_SUBLINHADO = re.compile(r"(?m)(?:(?<=\n\n)|\A)([^\n]{1,80})\n[ \t]*(?:={3,}|-{3,})[ \t]*$")
# Uma linha curta entre duas em branco, sem ponto no fim, antes de um bloco de mais de um verso.
_ISOLADA = re.compile(r"(?:\A\n*|\n\n)((?=[^\n]*\w)[^\n]{1,60}(?<![,;.:!?…-]))\n{2,}(?=[^\n]+\n[^\n])")
_DEMARCADO = ("cabeçalho", "rótulo", "negrito", "maiúsculas", "canto", "número")


def tipo(linha: str) -> str:
    """O tipo de título que a linha parece ser, ou ""."""
    return next((nome for nome, padrao in TIPOS.items() if padrao.match(linha)), "")


def sublinhados(texto: str) -> str:
    """Os títulos sublinhados por = ou -, quando quase todas essas linhas são disso, viram os de #."""
    novo, quantos = _SUBLINHADO.subn(r"# \1\n", texto)
    return novo if quantos >= 2 and quantos >= 0.8 * len(_LINHA_CHEIA.findall(texto)) else texto


def linhas_de_titulo(texto: str) -> dict[str, list[int]]:
    """Tipo -> onde começa cada linha dele, entre as que vêm no começo ou depois de uma linha em branco."""
    achados: dict[str, list[int]] = {}
    isoladas = [linha.start(1) for linha in _ISOLADA.finditer(texto)]
    for linha in re.finditer(r"(?m)(?:\A|(?<=\n\n)|(?<=\f))[ \t]*\S[^\n]*", texto):
        if nome := tipo(linha.group()):
            achados.setdefault(nome, []).append(linha.start())
    return {**achados, "isolada": isoladas} if isoladas else achados


def titulo(poema: str) -> int:
    """Quantos caracteres do começo do poema são o título dele: 0 se não há.

    É título a primeira linha que tem forma de título, ou a que está sozinha no primeiro bloco, sem ponto no
    fim, quando o bloco seguinte tem mais de um verso.
    """
    linha, _, resto = poema.partition("\n")
    if not resto.strip():
        return 0
    demarcado = tipo(linha) in _DEMARCADO and not (linha.isupper() and resto.isupper())
    sozinha = resto.startswith("\n") and "\n" in resto.strip("\n").split("\n\n")[0]
    curta = len(linha) <= 60 and not linha.rstrip().endswith((",", ";", ".", ":", "!", "?", "…", "-"))
    return len(poema) - len(resto.lstrip("\n")) if demarcado or (sozinha and curta) else 0
