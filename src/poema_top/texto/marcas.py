"""Marcas que cercam um texto sem serem dele: Markdown, HTML, numeração, rótulos, réguas e laços."""

import html
import re
import unicodedata

from poema_top.texto import titulos

_FORA = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_CERCA = re.compile(r"(?m)^[ \t]*(?:```|~~~)[^\n]*(?:\n|\Z)")
_QUEBRA = re.compile(r"(?i)<br[ \t]*/?>[ \t]*\n?")
_ETIQUETA = re.compile(
    r"(?i)</?(?:p|i|b|u|em|strong|div|span|center|pre|poem|poema|poesia|h[1-6]|blockquote|font|"
    r"sub|sup)(?:\s[^<>\n]*)?>"
)
# As marcas de turno que os modelos usam por dentro, quando a saída vem crua.
_TURNO = re.compile(
    r"<\|im_start\|>\w*\n?|<\|start_header_id\|>\w*<\|end_header_id\|>|<\|[\w ]{1,30}\|>|</?s>|\[/?INST\]"
    r"|<(?:start|end)_of_turn>(?:model|user)?"
)
_ENTIDADE = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_CABECALHO = re.compile(r"(?m)^[ \t]{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_ENFASE = re.compile(r"(\*{1,3}|_{2,3})(?=\S)([^*\n]*?[^\s*])\1")
_SUBLINHA = re.compile(r"(?<!\w)_(?=\S)([^_\n]*?\S)_(?!\w)")
_LIGACAO = re.compile(r"\[([^\[\]\n]+)\]\((?:https?:|www\.)[^()\s]*\)")
_REGUA = re.compile(r"(?m)^[ \t]*(?:(?:[-–—_][ \t]*){3,}|={3,}|~{3,}|#{1,6}|(?:\\?\*[ \t]*)+)[ \t]*(?:\n|\Z)")
_TITULO = re.compile(r"(?i)\A\s*t[íi]tulo[ \t]*:[ \t]*(?=\S)")
_NOMES = (
    r"refr[ãa]o|coro|chorus|estrofe|verso|verse|ponte|bridge|intro|introdução|outro|solo|bis|quarteto|terceto"
)
_ROTULO = re.compile(
    rf"(?im)^[ \t]*(?:[(\[](?:\d+ª?[ \t]*)?(?:{_NOMES})(?:[ \t]+[\divx]+|"
    rf"[ \t]*\d*x)?[ \t]*:?[)\]]|(?:{_NOMES})[ \t]+[\divx]+[ \t]*:)[ \t]*(?:\n|\Z)"
)
_POEMA_N = re.compile(
    r"(?i)\A\s*(?:poema|poem|haicai|soneto|trova)[ \t]+(?:n[ºo°.]*[ \t]*)?\d+[ \t]*(?:[:.–—-]+[ \t]*|(?=\n))"
)
_N_TITULO = re.compile(r"\A\s*\d{1,4}[ \t]*[.)][ \t]*(?=[^\W\d_][^\n]*\n\n?(?![ \t]*\d))")
_N_VERSO = re.compile(r"^[ \t]*(\d{1,3})[.)-]?[ \t]+(?=\S)")
_LACO_NA_LINHA = re.compile(r"(\b\S.{0,40}?[ ,]+)\1{9,}")
LACO = 6  # tantas vezes seguidas, um refrão é um laço
MAIOR_LACO = 8  # versos


def sem_controles(texto: str) -> str:
    """O texto sem caracteres de controle, invisíveis ou sem dono, e com os acentos compostos."""
    if texto.replace("\n", "").isprintable():
        return unicodedata.normalize("NFC", texto)
    limpo = "".join(
        c for c in texto.replace("\f", "\n") if c in "\n\t" or unicodedata.category(c) not in _FORA
    )
    return unicodedata.normalize("NFC", limpo)


def sem_enfeites(texto: str) -> str:
    """O texto sem emoji, setas e florões: símbolos que não são letra, algarismo nem pontuação."""
    if max(texto, default="") < "\u2000":
        return texto
    return "".join(c for c in texto if not _enfeite(c))


def _enfeite(c: str) -> bool:
    return c >= "\u2000" and (unicodedata.category(c) in ("So", "Sk") or c in "\ufe0e\ufe0f\u20e3←→↑↓")


def sem_cercas(texto: str) -> str:
    """O texto sem as linhas de ``` que fecham um bloco de código."""
    return _CERCA.sub("", texto)


def sem_html(texto: str) -> str:
    """O texto sem etiquetas de HTML nem marcas de turno, com o que elas escondiam."""
    if "<" in texto or "[" in texto:
        texto = _ETIQUETA.sub("", _QUEBRA.sub("\n", _TURNO.sub("", texto)))
    return _ENTIDADE.sub(lambda e: html.unescape(e.group()), texto) if "&" in texto else texto


def sem_escapes(texto: str) -> str:
    r"""As quebras escritas como "\n", quando são mais que as de verdade, viram quebras."""
    return texto.replace("\\n", "\n") if texto.count("\\n") > texto.count("\n") else texto


def sem_markdown(texto: str) -> str:
    """O texto sem títulos, negritos, itálicos, citações e ligações de Markdown; as palavras ficam."""
    if not re.search(r"[*_#>\\\[]", texto):
        return texto
    texto = _CABECALHO.sub(r"\1", _LIGACAO.sub(r"\1", texto))
    texto = _SUBLINHA.sub(r"\1", _ENFASE.sub(r"\2", texto)).replace("**", "")
    texto = re.sub(r"(?m)\\$", "", re.sub(r"\\([*_#>.!-])", r"\1", texto))
    linhas = [linha for linha in texto.split("\n") if linha.strip()]
    citado = linhas and all(linha.lstrip().startswith(">") for linha in linhas)
    return re.sub(r"(?m)^[ \t]*>[ \t]?", "", texto) if citado else texto


def sem_reguas(texto: str) -> str:
    """O texto com uma linha em branco no lugar de ---, *** e semelhantes."""
    return _REGUA.sub("\n", texto)


def sem_rotulos(texto: str) -> str:
    """O texto sem "Título:", "[Refrão]", "Estrofe 1:"."""
    return _ROTULO.sub("", _TITULO.sub("", texto, count=1))


def sem_numeracao(texto: str) -> str:
    """O texto sem o número de ordem do poema, e sem os dos versos, se todos os têm em sequência."""
    antes, depois = "", texto.lstrip("\n")
    while depois:
        linha, quebra, resto = depois.partition("\n")
        if titulos.NUMERO.match(linha) and resto.strip():
            return antes + resto.lstrip("\n")
        if linha.strip() and not titulos.tipo(linha):
            break
        antes, depois = antes + linha + quebra, resto
    texto = _N_TITULO.sub("", _POEMA_N.sub("", texto, count=1), count=1)
    linhas = texto.split("\n")
    numeros = [_N_VERSO.match(linha) for linha in linhas if linha.strip()]
    em_ordem = [int(n[1]) for n in numeros if n] == list(range(1, len(numeros) + 1))
    return "\n".join(_N_VERSO.sub("", x) for x in linhas) if em_ordem and len(numeros) >= 3 else texto


def sem_lacos(texto: str) -> str:
    """O texto com um trecho repetido seis vezes seguidas ou mais reduzido a duas."""
    linhas = texto.split("\n")
    for periodo in range(1, min(MAIOR_LACO, len(linhas) // LACO) + 1):
        novas: list[str] = []
        i = 0
        while i < len(linhas):
            trecho, vezes = linhas[i : i + periodo], 1
            while linhas[i + vezes * periodo : i + (vezes + 1) * periodo] == trecho:
                vezes += 1
            if vezes >= LACO and any(linha.strip() for linha in trecho):
                novas += trecho * 2
                i += vezes * periodo
            else:
                novas.append(linhas[i])
                i += 1
        linhas = novas
    return "\n".join(_LACO_NA_LINHA.sub(r"\1\1", linha) if len(linha) > 200 else linha for linha in linhas)
