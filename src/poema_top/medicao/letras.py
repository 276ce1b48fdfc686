"""De que letras é a probabilidade que uma LLM não diz: com vinte candidatos por token, contra mil."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.llm.caracteres import completa, por_caractere
from poema_top.llm.cliente import LLM, MODELO, SERVIDOR
from poema_top.llm.palpites import Palpites
from poema_top.llm.probabilidades import MAXIMO
from poema_top.llm.sintese import pedidos
from poema_top.texto.poemas import le_poemas

MUITOS, TOKENS = 1000, 30  # candidatos da distribuição que faz de verdadeira; tokens de cada resposta
PARTES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999)  # do que falta, as letras ditas
INICIOS, OUTRAS = "primeira letra de um token", "outras letras"
Letras = dict[str, float]


def mede(servidor: str | None, modelo: str | None, respostas: int) -> dict[str, Any]:
    """Mostra a tabela e devolve, para as primeiras letras e as outras, a distância de cada parte.

    A distância é a divergência KL, em nats, da distribuição que mil candidatos dão à que se tira de vinte,
    quando essa parte do que falta se reparte pelas letras ditas e o resto fica no balde. Dentro do balde
    reparte-se como na verdadeira, que é o melhor que um aluno pode fazer.
    """
    achadas: dict[str, list[list[float]]] = {INICIOS: [], OUTRAS: []}
    for palpites in _escritos(LLM(servidor or SERVIDOR, modelo or MODELO), respostas):
        tamanhos = [len(palpites.pecas[i]) for i in palpites.escolhidas]
        inicios = set(np.cumsum([0, *tamanhos]).tolist())
        muitas, poucas = por_caractere(palpites), por_caractere(_so(palpites, MAXIMO))
        onde = 0
        for letra, muita, pouca in zip(palpites.texto.decode(), muitas, poucas, strict=False):
            achadas[INICIOS if onde in inicios else OUTRAS].append(_distancias(muita, pouca))
            onde += len(letra.encode())
    if not all(achadas.values()):
        raise ErroPoema("o servidor não escreveu nada com que medir; peça mais respostas com --voltas.")
    medidas: dict[str, Any] = {}
    for nome, linhas in achadas.items():
        falta, das_ditas, *distancias = np.mean(linhas, 0).tolist()
        medidas[nome] = {
            "letras": len(linhas),
            "falta": falta,
            "das_ditas": das_ditas / max(falta, 1e-9),
            "kl": dict(zip(map(str, PARTES), distancias, strict=True)),
        }
        print(
            f"{nome}: {milhar(len(linhas))} letras; faltam {decimal(falta, 2)}, e "
            f"{decimal(100 * das_ditas / max(falta, 1e-9), 0)} % disso é das letras ditas"
        )
        for parte, distancia in zip(PARTES, distancias, strict=True):
            print(f"  {decimal(parte, 3)} nas letras ditas: KL {decimal(distancia, 3)}")
    return medidas


def _escritos(llm: LLM, respostas: int) -> Iterator[Palpites]:
    receita = pedidos.Receita(exemplos=tuple(le_poemas(pedidos.OS_EXEMPLOS)), tokens=TOKENS)
    for pedido in itertools.islice(pedidos.pedidos(receita), respostas):
        feita = llm.responde(replace(pedido.pergunta, probabilidades=MUITOS))
        if feita.palpites is not None:
            yield feita.palpites


def _so(palpites: Palpites, quantos: int) -> Palpites:
    """Como se se tivessem pedido menos candidatos; o escolhido fica."""
    ordem = np.argsort(-palpites.logs, -1, kind="stable").argsort(-1)
    ficam = (ordem < quantos) | (palpites.quais == palpites.escolhidas[:, None])
    logs = np.where(ficam, palpites.logs, np.float32(-np.inf))
    return Palpites(palpites.pecas, palpites.ids, palpites.escolhidas, palpites.quais, logs)


def _distancias(muita: Letras, pouca: Letras) -> list[float]:
    """O que falta, quanto disso é das letras ditas, e a distância de cada uma das `PARTES`."""
    total = sum(muita.values())
    certa = {letra: p / total for letra, p in muita.items()}
    falta = 1 - sum(pouca.values())
    escondida = {letra: max(0.0, p - pouca.get(letra, 0)) for letra, p in certa.items()}
    das_ditas = sum(p for letra, p in escondida.items() if letra in pouca) / max(
        sum(escondida.values()), 1e-9
    )
    fora = sum(p for letra, p in certa.items() if letra not in pouca)
    distancias = []
    for parte in PARTES:
        feita = completa(pouca, parte)
        balde = 1 - sum(feita.values())
        distancias.append(
            sum(
                p * np.log(p / max(feita[letra] if letra in feita else balde * p / fora, 1e-9))
                for letra, p in certa.items()
                if p
            )
        )
    return [falta, das_ditas * falta, *distancias]
