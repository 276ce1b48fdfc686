"""O que o modelo leu no treino e o que ficou reservado, pelo que diz a ficha dele."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poema_top import dataset
from poema_top.comum import RAIZ, ErroPoema, relativo


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
        feito, soma = ficha["configuracao"], ficha["dataset"]["sha256"]
        caminho, semente = RAIZ / feito["dataset"], int(feito["semente"])
        parcela = dataset.parcela_ou_arquivo(str(feito["validacao"]))
    except (KeyError, TypeError, ValueError):
        raise ErroPoema("a ficha do modelo não diz qual foi o texto de treino dele.") from None
    poemas = dataset.le_poemas(caminho)
    if _sha256(caminho) != soma:
        raise ErroPoema(f"{relativo(caminho)} mudou desde o treino; não sei mais o que era validação.")
    if isinstance(parcela, Path):
        return Textos(poemas, dataset.le_poemas(parcela))
    fora = dataset.de_validacao(dataset.impressoes(poemas), parcela, semente)
    separados: tuple[list[str], list[str]] = ([], [])
    for poema, reservado in zip(poemas, fora, strict=True):
        separados[bool(reservado)].append(poema)
    return Textos(*separados)


def _sha256(caminho: Path) -> str:
    with caminho.open("rb") as arquivo:
        return hashlib.file_digest(arquivo, "sha256").hexdigest()


def sobrepostos(poemas: Sequence[str], treino: Sequence[str]) -> int:
    """Quantos dos poemas o treino contém; maiúsculas e espaços não fazem diferença."""
    lidos = {_essencia(poema) for poema in treino}
    return sum(_essencia(poema) in lidos for poema in poemas)


def _essencia(poema: str) -> str:
    return " ".join(poema.lower().split())
