"""As sílabas de uma palavra, a tônica e o que rima, pelas regras da escrita do português.

Só expressões regulares simples e cortes, sem consultar dicionário: uma página sem servidor pode repetir as
mesmas regras letra por letra. Quanto elas acertam está em docs/silabas.md.
"""

import re

_V = "aeiouyáéíóúýâêîôûãõàèìòùäëïöüæœø"
# O "u" de "qu" e "gu" antes de vogal, soe ou não, e o de "uai", e o "y" de "Yara", não são centro.
_MUDO = rf"[qg][uü](?=[{_V}])|^u(?=a[iu]$)|^y(?=[{_V}])"
# "i" depois de vogal é outra sílaba antes de "nh" (rainha) e de consoante que a fecha (sair, ruim, ainda).
_FECHA = rf"[lmz](?![{_V}])|n(?![{_V}]|$)|r(?![{_V}r])"
_HIATO = (
    "[au](?=ir(?:[áã]|ei|emos|ia)|iç)"  # sa-i-rá, cons-tru-i-ção
    "|a(?=iz[aá])|u(?=i[cn]|iz(?!inh)|id(?:ade|or|os[oa]))"  # ar-ru-i-nar, gra-tu-i-da-de
)
_DITONGO = (
    "ã[eiou]|õ[ei]|^ao(?=s?$)|iu$"
    rf"|[aáâoóôuú][iy](?!u$|{_FECHA})|[eéê][iy](?!u$|nh)"
    rf"|[oóô]u|[aáâeéê]u(?![lmnr](?![{_V}r]))"
)
# O que não é o grupo é o "u" mudo, que se consome antes.
_NUCLEO = re.compile(f"{_MUDO}|({_HIATO}|{_DITONGO}|[{_V}])")
# Das consoantes entre duas vogais, as últimas que começam a sílaba seguinte.
_ATAQUE = re.compile("(?:[bcdfgkptv]r|[bcfgkptv]l|[clnpst]h|[qg][uü]|.)?$", re.DOTALL)
# Começos que a pronúncia separa do que vem depois.
_PREFIXO = re.compile(
    rf"re(?=i[mn][^{_V}]|iter|in[ií]|u[nt]|us[aeo])|sub(?=r|lin|loc)|ab(?=rup|rog)|(?:pro|co)(?=ib)"
    "|[cs]a(?=id)|ga(?=uch)|de(?=ific)|"
)
# As vogais do fim ficam juntas depois de uma tônica com acento: his-tó-ria, á-rea, vá-cuo.
_CRESCENTE = re.compile(rf"[áéíóúâêô].*(?:[^{_V}]|[gq]u)(?:[eiou][aeo]s?|ius)$")
_ACENTO = re.compile("[áéíóúâêô]")
_GRAVE = re.compile("(?:[aeo]s?|[ae]m|ens|[^aeou]ys?)$")  # sem acento, a tônica é a penúltima


def divide(palavra: str) -> tuple[str, ...]:
    """As sílabas de uma palavra sem hífen nem apóstrofo; juntas, são a palavra, letra por letra.

    Args:
        palavra: letras, maiúsculas ou não, com os acentos compostos (NFC).
    """
    cortes = [corte for corte, _ in _silabas(_baixa(palavra))]
    return tuple(palavra[a:b] for a, b in zip(cortes, [*cortes[1:], len(palavra)], strict=True) if b > a)


def tonica(palavra: str) -> int:
    """A sílaba tônica, contada do fim: -1 nas oxítonas, -2 nas paroxítonas, -3 nas proparoxítonas."""
    baixa = _baixa(palavra)
    return _tonica(baixa, _silabas(baixa))


def rima(palavra: str) -> str:
    """O que rima: a palavra a partir da vogal tônica, sem a semivogal que vier antes dela."""
    baixa = _baixa(palavra)
    silabas = _silabas(baixa)
    return palavra[silabas[_tonica(baixa, silabas)][1] :]


def tem_vogal(texto: str) -> bool:
    """Se há nele o centro de alguma sílaba."""
    return any(letra in _V for letra in _baixa(texto))


def _baixa(palavra: str) -> str:
    """Em minúsculas e com as mesmas letras em número: a do "İ" são duas, e ele fica."""
    return "".join(menor if len(menor := letra.lower()) == 1 else letra for letra in palavra)


def _silabas(baixa: str) -> list[tuple[int, int]]:
    """Onde começa cada sílaba, e onde a vogal que é o centro dela; sem vogais, é uma sílaba só."""
    silabas: list[tuple[int, int]] = []
    prefixo = _PREFIXO.match(baixa)
    meio = prefixo.end() if prefixo else 0
    for desde, parte in ((0, baixa[:meio]), (meio, baixa[meio:])):
        fim = -1  # do núcleo anterior
        for achado in _NUCLEO.finditer(parte):
            if achado.group(1):
                inicio = achado.start()
                ataque = _ATAQUE.search(parte, max(fim, 0), inicio)
                corte = ataque.start() if ataque and fim >= 0 else 0
                silabas.append((desde + corte, desde + inicio))
                fim = achado.end()
    if _CRESCENTE.search(baixa) and silabas[-1][0] == silabas[-1][1]:
        silabas.pop()
    return silabas or [(0, 0)]


def _tonica(baixa: str, silabas: list[tuple[int, int]]) -> int:
    if acentos := list(_ACENTO.finditer(baixa)):
        return sum(corte <= acentos[-1].start() for corte, _ in silabas) - 1 - len(silabas)
    ultima = baixa[silabas[-1][0] :]
    grave = len(silabas) > 1 and _GRAVE.search(baixa) and not re.search("[ãõ]", ultima)
    return -2 if grave else -1
