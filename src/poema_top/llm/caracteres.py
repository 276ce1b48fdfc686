"""Do que uma LLM acha do próximo token ao que ela acha da próxima letra.

Um aluno que escreve letra por letra não tem os tokens da LLM, mas as letras são as mesmas. Depois de "o m",
a probabilidade de a letra seguinte ser "a" é a dos tokens que continuam por "a" ("mar", "mal", "manhã"),
dividida pela de todos os que começam por "m" (Phan et al. 2024, arXiv 2410.09303):

    P(a | o m) = P(tokens que começam por "ma") / P(tokens que começam por "m")

O mesmo texto sai de mais de uma sequência de tokens: "amor" pode ser "am" + "or", ou um token só. A conta
anda por todas as que passam pelas fronteiras dos tokens que a LLM escolheu, que são os lugares em que se sabe
o que ela achava; de cada fronteira parte o peso de todos os caminhos que chegam nela (o algoritmo "forward"
das cadeias de Markov). Supõe-se que o que ela acha depende do texto lido, e não de como o cortou.

Três coisas não se sabem, e a probabilidade delas é o que falta em cada lugar para a soma dar 1:

- os tokens que não estão entre os candidatos; dos que restam no meio de um, supõe-se a mesma fração;
- o que viria depois de um candidato que acaba fora das fronteiras;
- a letra de um candidato que só escreve o primeiro dos bytes dela.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from poema_top.llm.palpites import Palpites

FIM = ""  # a "letra" dos tokens que não escrevem nada: o fim do texto


@dataclass
class _Vindo:
    """O que chega a um lugar do texto a partir de uma fronteira.

    Attributes:
        peso: o logaritmo da probabilidade de se ter passado pela fronteira.
        letras: a probabilidade de cada letra seguinte, a contar da fronteira.
        incerto: a de seguir por aqui e não se saber por que letra.
    """

    peso: float
    letras: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    incerto: float = 0.0


def por_caractere(palpites: Palpites) -> list[dict[str, float]]:
    """A distribuição de cada letra do texto, e no fim a do que viria depois dele.

    Returns:
        Para cada letra, a probabilidade de cada uma que podia estar ali, dado o texto anterior; `FIM` é o
        texto acabar. A soma é no máximo 1, e o que falta não se sabe de quem é.
    """
    texto = palpites.texto
    tamanhos = [len(palpites.pecas[i]) for i in palpites.escolhidas]
    fronteiras = np.cumsum([0, *tamanhos]).tolist()
    pesos = dict.fromkeys(fronteiras, -np.inf)
    pesos[0] = 0.0
    inicios = [i for i, byte in enumerate(texto) if byte & 0xC0 != 0x80] + [len(texto)]
    chegam: list[list[_Vindo]] = [[] for _ in inicios]
    for j, comeco in enumerate(fronteiras[:-1]):
        if (j and fronteiras[j - 1] == comeco) or not np.isfinite(pesos[comeco]):
            continue
        for i, vindo in _da_fronteira(palpites, j, comeco, pesos, inicios).items():
            vivo = vindo.incerto + sum(vindo.letras.values())
            resto = float(palpites.resto[j])
            vindo.incerto += resto if inicios[i] == comeco else vivo * resto / max(1 - resto, 1e-9)
            chegam[i].append(vindo)
    if fronteiras[-1] not in fronteiras[:-1]:  # parou ali, e não se sabe o que a LLM achava de parar
        chegam[-1].append(_Vindo(pesos[fronteiras[-1]], incerto=1.0))
    return [_soma(vindos) for vindos in chegam]


def completa(dita: dict[str, float], das_ditas: float) -> dict[str, float]:
    """Uma distribuição, com a parte que lhe cabe do que não se sabe, repartida em proporção.

    O fim não recebe nada: é um token só, e ou se disse, ou é pouco provável.
    """
    falta, letras = 1 - sum(dita.values()), sum(p for letra, p in dita.items() if letra != FIM)
    if not letras:
        return dita
    vezes = 1 + das_ditas * falta / letras
    return {letra: p if letra == FIM else p * vezes for letra, p in dita.items()}


def _da_fronteira(
    palpites: Palpites, j: int, comeco: int, pesos: dict[int, float], inicios: list[int]
) -> dict[int, _Vindo]:
    """Os candidatos de um lugar, postos sobre o texto enquanto concordam com ele.

    Args:
        palpites: os da resposta.
        j: o lugar.
        comeco: onde ele começa, em bytes.
        pesos: os das fronteiras; as seguintes recebem o de quem chega inteiro a elas.
        inicios: onde começa cada letra, em bytes.

    Returns:
        O que chega a cada letra, pelo número dela.
    """
    texto, primeiro = palpites.texto, bisect_left(inicios, comeco)
    vindos = dict[int, _Vindo]()
    for qual, log in zip(palpites.quais[j].tolist(), palpites.logs[j].tolist(), strict=True):
        if not np.isfinite(log):
            continue
        peca = palpites.pecas[qual]
        fim = comeco + _em_comum(peca, texto[comeco : comeco + len(peca)])
        if chega := fim - comeco == len(peca) > 0 and fim in pesos:
            pesos[fim] = float(np.logaddexp(pesos[fim], pesos[comeco] + log))
        for i in range(primeiro, bisect_right(inicios, fim)):
            if chega and inicios[i] == fim:
                continue  # dali em diante fala a fronteira
            vindo = vindos.setdefault(i, _Vindo(pesos[comeco]))
            letra = _primeira(peca, inicios[i] - comeco)
            if letra is None:
                vindo.incerto += float(np.exp(log))
            else:
                vindo.letras[letra] += float(np.exp(log))
    return vindos


def _em_comum(a: bytes, b: bytes) -> int:
    """Quantos bytes do começo são iguais."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _primeira(peca: bytes, depois_de: int) -> str | None:
    """A letra de uma peça que vem depois de uns bytes dela; None se não está lá inteira."""
    resto = peca[depois_de:]
    if not resto:
        return None if peca else FIM
    quantos = 1 + sum(resto[0] >= menor for menor in (0xC0, 0xE0, 0xF0))
    try:
        return resto[:quantos].decode()
    except UnicodeDecodeError:
        return None


def _soma(vindos: list[_Vindo]) -> dict[str, float]:
    """Junta o que vem de cada fronteira, conforme o peso dela."""
    maior = max((v.peso for v in vindos), default=-np.inf)
    if not np.isfinite(maior):
        return {}
    soma, total = defaultdict[str, float](float), 0.0
    for v in vindos:
        peso = float(np.exp(v.peso - maior))
        total += peso * (v.incerto + sum(v.letras.values()))
        for letra, p in v.letras.items():
            soma[letra] += peso * p
    return {letra: float(p / total) for letra, p in soma.items()} if total else {}
