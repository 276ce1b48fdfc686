"""O que se aceita como valor de uma opção: lê o texto, confere e, se não serve, diz o que serviria."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from poema_top.base.arquivos import de_quem_usa
from poema_top.base.numeros import SEMENTE_MAXIMA

T = TypeVar("T")


def caminho(texto: str) -> Path:
    """O caminho que a pessoa escreveu, a partir de onde ela está."""
    if not texto:
        raise argparse.ArgumentTypeError("falta o caminho (veio vazio)")
    return de_quem_usa(texto)


def fracao_ou_caminho(texto: str) -> str:
    """Uma fração, como foi escrita, ou um caminho, inteiro: quem o ler depois pode estar noutra pasta."""
    try:
        float(texto.replace(",", "."))
    except ValueError:
        return str(caminho(texto))
    return texto


def _numero(converte: Callable[[str], T], texto: str, diz: str, vale: Callable[[T], bool]) -> T:
    try:
        numero = converte(texto.replace(",", "."))  # "0,5" é como se escreve aqui
    except ValueError:
        numero = None
    if numero is None or not vale(numero):
        raise argparse.ArgumentTypeError(f"precisa ser {diz} (veio {texto!r})")
    return numero


def inteiro_positivo(texto: str) -> int:
    """Inteiro de 1 em diante."""
    return _numero(int, texto, "um inteiro de 1 em diante", lambda n: n >= 1)


def ate(maximo: int) -> Callable[[str], int]:
    """Inteiro de 1 a um máximo."""

    def le(texto: str) -> int:
        return _numero(int, texto, f"um inteiro de 1 a {maximo}", lambda n: 1 <= n <= maximo)

    return le


def inteiro_nao_negativo(texto: str) -> int:
    """Inteiro de 0 em diante."""
    return _numero(int, texto, "um inteiro de 0 em diante", lambda n: n >= 0)


def semente(texto: str) -> int:
    """Semente de um sorteio: de 0 a 2^53 - 1."""
    return _numero(int, texto, f"um inteiro de 0 a {SEMENTE_MAXIMA}", lambda n: 0 <= n <= SEMENTE_MAXIMA)


def positivo(texto: str) -> float:
    """Número maior que zero."""
    return _numero(float, texto, "um número maior que zero", lambda n: 0 < n < math.inf)


def nao_negativo(texto: str) -> float:
    """Número de zero em diante."""
    return _numero(float, texto, "um número de zero em diante", lambda n: 0 <= n < math.inf)


def temperatura(texto: str) -> float:
    """Temperatura de amostragem: de 0 (o mais provável, sempre) a 100 (quase ao acaso)."""
    return _numero(float, texto, "um número de 0 a 100", lambda n: 0 <= n <= 100)


def probabilidade(texto: str) -> float:
    """Número maior que 0 e até 1."""
    return _numero(float, texto, "um número maior que 0 e até 1", lambda n: 0 < n <= 1)


def parcela(texto: str) -> float:
    """Número de 0 a 1."""
    return _numero(float, texto, "um número de 0 a 1", lambda n: 0 <= n <= 1)


def fracao(texto: str) -> float:
    """Número de 0 a menos que 1."""
    return _numero(float, texto, "um número de 0 a menos que 1", lambda n: 0 <= n < 1)


def porta(texto: str) -> int:
    """Porta TCP; 0 pede uma livre ao sistema."""
    return _numero(int, texto, "uma porta de 0 a 65535", lambda n: 0 <= n <= 65535)
