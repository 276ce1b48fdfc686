"""O que o modelo leu no treino e o que ficou reservado, pelo que diz a ficha dele."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.arquivos import RAIZ, relativo
from poema_top.base.erros import ErroPoema
from poema_top.texto.colecao import le, soma
from poema_top.texto.divisao import de_validacao, impressoes, parcela_ou_arquivo
from poema_top.texto.repetidos import essencia


def um_ou_varios(valores: Sequence[str]) -> str | list[str]:
    """Uma lista como se guarda na ficha: de um arquivo só, só ele, como quando só havia um."""
    return valores[0] if len(valores) == 1 else list(valores)


def varios(guardado: Any) -> list[str]:
    """A lista que `um_ou_varios` guardou; TypeError se não é uma."""
    return [guardado] if isinstance(guardado, str) else list(guardado)


@dataclass(frozen=True)
class Textos:
    """Os poemas do treino de um modelo e os da validação dele."""

    treino: list[str]
    validacao: list[str]


def textos(ficha: Mapping[str, Any]) -> Textos:
    """Separa os poemas do dataset como o treino os separou.

    Raises:
        ErroPoema: a ficha não diz como, ou o dataset sumiu ou mudou desde o treino.
    """
    try:
        feito, somados = ficha["configuracao"], varios(ficha["dataset"]["sha256"])
        caminhos, semente = [RAIZ / nome for nome in varios(feito["dataset"])], int(feito["semente"])
        lidos = list(zip(caminhos, somados, strict=True))
        parcela = parcela_ou_arquivo(str(feito["validacao"]))
    except (KeyError, TypeError, ValueError):
        raise ErroPoema("a ficha do modelo não diz qual foi o texto de treino dele.") from None
    poemas = le(*caminhos)
    for caminho, somado in lidos:
        if soma(caminho) != somado:
            raise ErroPoema(f"{relativo(caminho)} mudou desde o treino; não sei mais o que era validação.")
    if isinstance(parcela, Path):
        return Textos(poemas, le(parcela))
    fora = de_validacao(impressoes(poemas), parcela, semente)
    separados: tuple[list[str], list[str]] = ([], [])
    for poema, reservado in zip(poemas, fora, strict=True):
        separados[bool(reservado)].append(poema)
    return Textos(*separados)


def sobrepostos(poemas: Sequence[str], treino: Sequence[str]) -> int:
    """Quantos dos poemas o treino contém; maiúsculas e espaços não fazem diferença."""
    lidos = {essencia(poema) for poema in treino}
    return sum(essencia(poema) in lidos for poema in poemas)


def trecho_de_validacao(ficha: Mapping[str, Any], sorteador: np.random.Generator) -> str:
    """O começo de um poema da validação, cortado num fim de verso sorteado.

    Raises:
        ErroPoema: os de `textos`.
    """
    poemas = textos(ficha).validacao
    sorteado = poemas[int(sorteador.integers(len(poemas)))]
    versos = sorteado.split("\n")
    return "\n".join(versos[: int(sorteador.integers(1, max(2, len(versos))))]) + "\n"
