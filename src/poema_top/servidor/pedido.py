"""O pedido de um poema próprio, lido do endereço com desconfiança."""

import math
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import SEMENTE_MAXIMA
from poema_top.geracao.poema import TEMPERATURA
from poema_top.geracao.sorteio import semente_nova
from poema_top.texto.vocabulario import Vocabulario

INICIO_MAXIMO = 60  # caracteres
TEMPERATURA_MAXIMA = 2.0
CAMPOS = ("temperatura", "inicio", "semente", "rascunhos")


@dataclass(frozen=True)
class Pedido:
    """O que define um poema: com o mesmo modelo, o mesmo pedido dá sempre o mesmo."""

    temperatura: float
    inicio: str
    semente: int
    rascunhos: int = 1

    @classmethod
    def de_url(cls, caminho: str, vocabulario: Vocabulario, maximo: int = 1) -> "Pedido":
        """Lê `/ws/meu?temperatura=0.8&inicio=o+mar&semente=7&rascunhos=16`; o que falta tem padrão.

        Args:
            caminho: o do pedido, com a consulta.
            vocabulario: o do modelo que escreve.
            maximo: quantos rascunhos se podem pedir; 1: não se escrevem.

        Raises:
            ErroPoema: algo que não dá para atender; a mensagem é para o leitor, e cabe no motivo de
                um fechamento de websocket (123 bytes).
        """
        try:
            campos = parse_qs(urlsplit(caminho).query, max_num_fields=8, errors="strict")
        except ValueError:
            raise ErroPoema("não entendi o endereço do pedido") from None
        valores = {campo: campos.get(campo, [""])[-1] for campo in CAMPOS}
        return cls(
            _temperatura(valores["temperatura"]),
            _inicio(valores["inicio"], vocabulario),
            _semente(valores["semente"]),
            _rascunhos(valores["rascunhos"], maximo),
        )


def _temperatura(texto: str) -> float:
    try:
        graus = float(texto.replace(",", ".")) if texto else TEMPERATURA
    except ValueError:
        graus = math.nan
    if not 0 <= graus <= TEMPERATURA_MAXIMA:
        raise ErroPoema("a temperatura precisa ser um número de 0 a 2")
    return graus


def _semente(texto: str) -> int:
    if not texto:
        return semente_nova()
    if len(texto) > 16 or not (texto.isascii() and texto.isdecimal()) or int(texto) > SEMENTE_MAXIMA:
        raise ErroPoema("a semente precisa ser um inteiro de 0 a 9007199254740991")
    return int(texto)


def _rascunhos(texto: str, maximo: int) -> int:
    if texto in ("", "1"):
        return 1
    if maximo == 1:
        raise ErroPoema("aqui não se escrevem rascunhos; peça o poema sem eles")
    if len(texto) > 3 or not (texto.isascii() and texto.isdecimal()) or not 1 <= int(texto) <= maximo:
        raise ErroPoema(f"os rascunhos precisam ser um inteiro de 1 a {maximo}")
    return int(texto)


def _inicio(texto: str, vocabulario: Vocabulario) -> str:
    if len(texto) > INICIO_MAXIMO:
        raise ErroPoema(f"o começo pode ter até {INICIO_MAXIMO} caracteres")
    aproveitado, trocas = vocabulario.aproveita(texto)
    if estranhos := "".join(c for c, troca in trocas.items() if not troca):
        raise ErroPoema(f"não conheço estes caracteres: {estranhos[:10]}")
    return aproveitado.lstrip()
