"""A oficina: os poemas que cada leitor pede, escritos muitos de cada vez num lote só."""

import asyncio
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray

from poema_top.amostragem import Amostragem, gera
from poema_top.checkpoint import Checkpoint
from poema_top.comum import ErroPoema
from poema_top.infere import TEMPERATURA
from poema_top.motor import Logits, Motor
from poema_top.transmissao import TAMANHO_MAXIMO, arruma
from poema_top.vocabulario import Vocabulario

FLUXOS = 32  # poemas num lote; sempre o mesmo tamanho, para que um poema não dependa da companhia
INICIO_MAXIMO = 60  # caracteres
TEMPERATURA_MAXIMA = 2.0
TEMPERATURA_MINIMA = 0.01  # daqui para baixo já é sempre o mais provável
SEMENTE_MAXIMA = 2**53 - 1  # o maior inteiro que o JavaScript guarda sem arredondar
CAMPOS = ("temperatura", "inicio", "semente")


@dataclass(frozen=True)
class Pedido:
    """O que define um poema: com o mesmo modelo, o mesmo pedido dá sempre o mesmo."""

    temperatura: float
    inicio: str
    semente: int

    @classmethod
    def de_url(cls, caminho: str, vocabulario: Vocabulario) -> "Pedido":
        """Lê `/ws/meu?temperatura=0.8&inicio=o+mar&semente=7`; o que falta tem padrão.

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
        return secrets.randbelow(SEMENTE_MAXIMA + 1)
    if len(texto) > 16 or not (texto.isascii() and texto.isdecimal()) or int(texto) > SEMENTE_MAXIMA:
        raise ErroPoema("a semente precisa ser um inteiro de 0 a 9007199254740991")
    return int(texto)


def _inicio(texto: str, vocabulario: Vocabulario) -> str:
    if len(texto) > INICIO_MAXIMO:
        raise ErroPoema(f"o começo pode ter até {INICIO_MAXIMO} caracteres")
    aproveitado, trocas = vocabulario.aproveita(texto)
    if estranhos := "".join(c for c, troca in trocas.items() if not troca):
        raise ErroPoema(f"não conheço estes caracteres: {estranhos[:10]}")
    return aproveitado.lstrip("\n")


class _Aquecido:
    """O motor com uma temperatura para cada texto do lote."""

    def __init__(self, motor: Motor, temperaturas: Sequence[float]) -> None:
        self._motor = motor
        graus = np.full((motor.fluxos, 1), 1.0, np.float32)
        graus[: len(temperaturas), 0] = np.maximum(temperaturas, TEMPERATURA_MINIMA)
        self._graus = graus

    @property
    def fluxos(self) -> int:
        return self._motor.fluxos

    def zera(self) -> None:
        self._motor.zera()

    def avanca(self, ids: NDArray[np.int32]) -> Logits:
        logits: Logits = self._motor.avanca(ids) / self._graus
        return logits


def escreve_lote(motor: Motor, vocabulario: Vocabulario, pedidos: Sequence[Pedido]) -> list[str]:
    """Um poema por pedido, todos a cada passo; nenhum depende dos outros.

    Args:
        motor: com B fluxos, B ao menos o número de pedidos.
        vocabulario: o do modelo.
        pedidos: o que escrever.
    """
    sobram = motor.fluxos - len(pedidos)
    sorteadores = [np.random.default_rng(p.semente) for p in pedidos]
    sorteadores += [np.random.default_rng(0) for _ in range(sobram)]
    inicios = [vocabulario.codifica(p.inicio).tolist() for p in pedidos] + [[] for _ in range(sobram)]
    textos = [""] * len(pedidos)
    abertos = set(range(len(pedidos)))
    aquecido = _Aquecido(motor, [p.temperatura for p in pedidos])
    passos = gera(aquecido, vocabulario, Amostragem(1.0), sorteadores, inicios)
    for ids, _ in zip(passos, range(2 * TAMANHO_MAXIMO), strict=False):
        for i in list(abertos):
            token = vocabulario.tokens[ids[i]]
            if token != vocabulario.terminador:
                textos[i] += token
            elif not textos[i].strip():
                textos[i] = ""  # nasceu vazio: o que vem depois é outro poema, e fica no lugar
                continue
            if token == vocabulario.terminador or len(textos[i]) >= TAMANHO_MAXIMO:
                abertos.discard(i)
        if not abertos:
            break
    return [arruma(texto) for texto in textos]


class Oficina:
    """Junta os pedidos que chegam enquanto um lote é escrito, e escreve o lote seguinte."""

    def __init__(self, escolhido: Checkpoint) -> None:
        """Carrega o motor; `trabalha` o põe para andar."""
        self._fila: list[tuple[Pedido, asyncio.Future[str]]] = []
        self._ha_pedidos = asyncio.Event()
        self.troca(escolhido)

    def troca(self, escolhido: Checkpoint) -> None:
        """Passa a escrever com outro modelo; o lote em andamento acaba com o de antes."""
        self._motor = Motor(escolhido, FLUXOS)
        self.vocabulario = escolhido.vocabulario

    async def poema(self, pedido: Pedido) -> str:
        """O poema de um pedido, quando o lote dele acabar; vazio, se o modelo não soube escrevê-lo."""
        futuro: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._fila.append((pedido, futuro))
        self._ha_pedidos.set()
        return await futuro

    async def trabalha(self) -> None:
        """Escreve para sempre, fora do laço de eventos; dorme enquanto ninguém pede."""
        while True:
            await self._ha_pedidos.wait()
            lote, self._fila = self._fila[:FLUXOS], self._fila[FLUXOS:]
            if not self._fila:
                self._ha_pedidos.clear()
            lote = [(pedido, futuro) for pedido, futuro in lote if not futuro.done()]
            if not lote:
                continue
            pedidos = [pedido for pedido, _ in lote]
            try:
                textos = await asyncio.to_thread(escreve_lote, self._motor, self.vocabulario, pedidos)
            except ErroPoema:  # o modelo mudou entre o pedido e a escrita, e não conhece o começo pedido
                textos = [""] * len(lote)
            for (_, futuro), texto in zip(lote, textos, strict=True):
                if not futuro.done():  # quem pediu pode ter ido embora
                    futuro.set_result(texto)
