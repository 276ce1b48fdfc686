"""Prosa: como reconhecê-la, e como cortá-la em parágrafos que caibam num poema."""

import re
from statistics import median

CORTE = 1000  # caracteres: um parágrafo maior é cortado entre duas frases
_LONGA = 100  # caracteres: poucos versos passam disto


def e_prosa(texto: str) -> bool:
    """Linhas compridas demais para versos, ou cheias até a margem e continuadas em minúscula."""
    linhas = [linha.strip() for linha in texto.split("\n") if linha.strip()]
    if not linhas:
        return False
    tamanhos = [len(linha) for linha in linhas]
    if sum(t for t in tamanhos if t > _LONGA) > 0.6 * sum(tamanhos):
        return True
    seguidas = re.findall(r"(\S[^\n]*)\n[ \t]*(\S)", texto)
    if len(seguidas) < 4:
        return False
    cheias = median(len(linha) for linha, _ in seguidas)
    minusculas = sum(depois.islower() for _, depois in seguidas)
    abertas = sum(linha.rstrip()[-1].isalnum() for linha, _ in seguidas)
    return cheias >= 55 and minusculas >= 0.5 * len(seguidas) and abertas >= 0.4 * len(seguidas)


def paragrafos(texto: str) -> list[str]:
    """Um parágrafo por poema, as linhas de cada um juntas, os compridos cortados entre frases."""
    achados = re.split(r"\n{2,}", texto)
    if len(achados) < 2 or median(max(map(len, p.split("\n"))) for p in achados) > _LONGA:
        achados = [linha for achado in achados for linha in achado.split("\n")]
    return [pedaco for achado in achados for pedaco in _em_pedacos(" ".join(achado.split()))]


def _em_pedacos(paragrafo: str) -> list[str]:
    pedacos: list[str] = []
    for frase in re.findall(r".+?(?:[.!?…][\"”»')]*(?= |$)|$) ?", paragrafo):
        for i in range(0, len(frase), CORTE):  # uma frase sem fim é cortada onde der
            parte = frase[i : i + CORTE]
            if pedacos and len(pedacos[-1]) + len(parte) <= CORTE:
                pedacos[-1] += parte
            else:
                pedacos.append(parte)
    return [pedaco.strip() for pedaco in pedacos if pedaco.strip()]
