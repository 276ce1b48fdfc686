"""Em que pedaços se corta um texto: caracteres, sílabas, palavras, ou os tokens de uma LLM."""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache

from poema_top.texto.silabas import divide, tem_vogal

CARACTERE, SILABA, PALAVRA, LLM = "caractere", "silaba", "palavra", "llm"
TIPOS = (CARACTERE, SILABA, PALAVRA, LLM)
# Quantos tokens ter, se ninguém diz, de um texto que tem mais: docs/silabas.md. Os de uma LLM são os que
# cabem no que se guarda do que ela achava (`treino.destilacao_llm`).
MAXIMO = {CARACTERE: None, SILABA: 1000, PALAVRA: 4000, LLM: 2048}
# Como se pedem nos comandos: os que bastam um texto para se terem, e todos.
DO_TEXTO = {"caracteres": CARACTERE, "silabas": SILABA, "palavras": PALAVRA}
DE_NOME = {**DO_TEXTO, "llm": LLM}

# Uma palavra, com o espaço que vem antes; ou um caractere que não é letra, sozinho.
_PEDACO = re.compile(r" ?[^\W\d_]+|.", re.DOTALL)
_SEM_FIM = re.compile(r" ?[^\W\d_]+\Z| \Z")


def pedacos(texto: str, tipo: str) -> Iterator[str]:
    """Corta um texto; juntos, os pedaços são ele.

    O espaço fica com o pedaço que vem depois dele, se é uma letra: assim uma palavra começada e uma
    sílaba do meio são pedaços diferentes (" ma" de "o mar" e "ma" de "cama"), e o espaço não gasta um
    passo da rede. Os tokens de uma LLM só o vocabulário os conhece, e é ele que os corta: aqui, no lugar
    deles, vêm as palavras, que são menos.
    """
    if tipo == CARACTERE:
        yield from texto
        return
    for pedaco in _PEDACO.findall(texto):
        if tipo != SILABA or len(pedaco) == 1:
            yield pedaco
        else:
            yield from _silabas(pedaco)


@lru_cache(1 << 14)  # um texto repete as suas palavras; um servidor não as guarda sem fim
def _silabas(palavra: str) -> tuple[str, ...]:
    if palavra[0] != " ":
        return divide(palavra)
    primeira, *outras = divide(palavra[1:])
    return (" " + primeira, *outras)


def mais_compridos(texto: str, tokens: Container[str], maior: int) -> Iterator[str]:
    """Corta um texto em tokens de uma LLM: em cada lugar, o mais comprido que sirva; se nenhum, um caractere.

    Não é como ela corta (junta os pares mais comuns primeiro), mas quase sempre dá o mesmo:
    docs/destilacao.md.

    Args:
        texto: o que se corta.
        tokens: os que há.
        maior: quantas letras tem o mais comprido deles.
    """
    onde = 0
    while onde < len(texto):
        cabem = range(min(maior, len(texto) - onde), 0, -1)
        quanto = next((n for n in cabem if texto[onde : onde + n] in tokens), 1)
        yield texto[onde : onde + quanto]
        onde += quanto


def menores(pedaco: str) -> tuple[str, ...]:
    """Os pedaços em que se parte um que o vocabulário não tem; um só caractere já não se parte.

    Uma palavra vai em sílabas, uma sílaba em letras; o espaço do começo é o primeiro a sair.
    """
    silabas = _silabas(pedaco) if pedaco.strip().isalpha() else ()
    if len(silabas) > 1:
        return silabas
    return (" ", pedaco[1:]) if pedaco[0] == " " and len(pedaco) > 2 else tuple(pedaco)


def parte_o_fim(texto: str, tipo: str) -> tuple[str, str]:
    """Separa de um começo o pedaço em que ele para, que talvez não tenha acabado.

    Returns:
        O que já está inteiro, e a última palavra ou sílaba, com o espaço que a abre (ou o espaço sozinho); de
        tokens de uma LLM, a palavra. De caracteres não sobra nada: cada um é inteiro.
    """
    aberto = None if tipo == CARACTERE else _SEM_FIM.search(texto)
    if aberto is None:
        return texto, ""
    resto = aberto[0] if tipo != SILABA or aberto[0] == " " else _silabas(aberto[0])[-1]
    return texto.removesuffix(resto), resto


def continua(pedaco: str, resto: str, tipo: str) -> bool:
    """Se um pedaço pode vir quando é `resto` que falta escrever.

    Ou começa por ele (" mar", se falta " ma"), ou, sendo uma sílaba, é um começo dele: em " cas" pode estar a
    sílaba " cas" de "casco", ou " ca" e o "s" da seguinte, de "casa". Um token de uma LLM pode ser qualquer
    começo.
    """
    if pedaco.startswith(resto):
        return True
    return resto.startswith(pedaco) and (tipo == LLM or (tipo == SILABA and tem_vogal(pedaco)))


def conta(poemas: Iterable[str], tipo: str, minusculas: bool) -> Counter[str]:
    """Quantas vezes cada pedaço aparece nos poemas."""
    contagem: Counter[str] = Counter()
    for poema in poemas:
        contagem.update(pedacos(normaliza(poema, minusculas), tipo))
    return contagem


def normaliza(texto: str, minusculas: bool) -> str:
    """Põe o texto na forma em que um modelo o lê: acentos compostos e, se for o caso, minúsculas."""
    composto = unicodedata.normalize("NFC", texto)
    return composto.lower() if minusculas else composto
