"""A transmissão: quadros de poucas letras, em ritmo de leitura, para todos os leitores."""

import asyncio
import logging
import re
from collections.abc import Coroutine, Iterable
from typing import Any

import numpy as np
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from poema_top.amostragem import Amostragem, escreve, poema
from poema_top.checkpoint import Checkpoint
from poema_top.infere import SEPARACAO
from poema_top.metricas import Metricas
from poema_top.motor import Motor
from poema_top.portaria import Conexao, truncado

registro = logging.getLogger("poema")

QUADRO = 0.1  # segundos entre dois quadros: dez por segundo bastam, a página alisa
PAUSA = 4.0  # segundos entre dois poemas
TAMANHO_MAXIMO = 1000  # caracteres; um poema que não termina é cortado aqui
ATRASO_MAXIMO = 512  # bytes à espera de um leitor, além dos que o sistema já guarda: dez segundos de poema


class Escritor:
    """Escreve poemas inteiros; é chamado fora do laço de eventos."""

    def __init__(self, escolhido: Checkpoint, amostragem: Amostragem) -> None:
        """Carrega o motor do checkpoint."""
        self._terminador = escolhido.vocabulario.terminador
        self._caracteres = escreve(
            Motor(escolhido), escolhido.vocabulario, amostragem, np.random.default_rng()
        )

    def poema(self) -> str:
        """Um poema novo, nunca vazio, sem a sequência que separa dois poemas."""
        while True:
            texto = arruma(poema(self._caracteres, self._terminador, TAMANHO_MAXIMO))
            if texto:
                return texto


def arruma(texto: str) -> str:
    """O poema sem o espaço em volta, e sem a sequência que no fluxo separa dois poemas."""
    return re.sub(r"\n{3,}", "\n\n", texto.strip())


def quadro(texto: str) -> bytes:
    """Um quadro de websocket já montado, que vale para qualquer leitor (o servidor não usa máscara)."""
    return bytes(Frame(Opcode.TEXT, texto.encode()).serialize(mask=False))


def entrega(leitores: Iterable[Conexao], montado: bytes) -> None:
    """Põe o mesmo quadro na saída de cada leitor.

    É o `broadcast` da biblioteca com o quadro montado uma vez só, em vez de uma por leitor: um quinto
    de núcleo a menos com dez mil. Nenhuma escrita espera ninguém: o que o sistema não aceita na hora
    fica à espera na memória do processo.
    """
    for leitor in leitores:
        if leitor.protocol.state is State.OPEN:
            try:  # noqa: SIM105  # o suppress custa mais que a escrita
                leitor.transport.write(montado)
            except RuntimeError:  # a uvloop, se a conexão caiu neste instante
                pass


def derruba_parados(leitores: Iterable[Conexao], metricas: Metricas) -> None:
    """Larga quem deixou de ler: é o que se acumula à espera dele que o denuncia."""
    for leitor in leitores:
        transporte = leitor.transport
        if not transporte.is_closing() and transporte.get_write_buffer_size() > ATRASO_MAXIMO:
            metricas.derrubados.inc()
            registro.info("derruba motivo=lento endereco=%s", truncado(leitor.endereco))
            transporte.abort()


def proxima_hora(hora: float, agora: float) -> float:
    """A hora do quadro seguinte; depois de uma parada longa, não corre atrás de mais que um segundo."""
    return max(hora + QUADRO, agora - 1.0)


class Transmissao:
    """O fluxo que todos leem: o poema atual e quem está lendo."""

    def __init__(self, escritor: Escritor, ritmo: float, metricas: Metricas, pausa: float) -> None:
        """Prepara a transmissão; `transmite` a põe para andar.

        Args:
            escritor: de onde vêm os poemas; pode ser trocado por outro a qualquer hora, e o
                próximo poema já sai dele.
            ritmo: caracteres por segundo.
            metricas: onde contar.
            pausa: segundos entre dois poemas.
        """
        self.escritor = escritor
        self._ritmo = ritmo
        self._metricas = metricas
        self._pausa = pausa
        self._atual = ""  # o que já foi escrito do poema atual
        self._leitores: set[Conexao] = set()
        self._ha_leitores = asyncio.Event()

    async def recebe(self, leitor: Conexao) -> None:
        """Atende um leitor até ele ir embora; o que ele mandar é lido e esquecido."""
        # Sem await entre as duas linhas: nenhum quadro cabe entre o poema até aqui e a entrada.
        entrega([leitor], quadro(self._atual))
        self._leitores.add(leitor)
        self._ha_leitores.set()
        self._metricas.leitores.set(len(self._leitores))
        try:
            async for _ in leitor:
                pass
        finally:
            self._leitores.discard(leitor)
            self._metricas.leitores.set(len(self._leitores))
            if not self._leitores:
                self._ha_leitores.clear()

    def tarefas(self) -> list[Coroutine[Any, Any, None]]:
        """O que precisa correr ao lado das conexões."""
        return [self.transmite(), self.vigia()]

    async def transmite(self) -> None:
        """Escreve para sempre; dorme enquanto não há ninguém lendo."""
        while True:
            # O motor roda em outra thread: um poema leva milissegundos, e o laço não os espera.
            texto = await asyncio.to_thread(self.escritor.poema)
            await self._escreve(texto)
            self._envia(SEPARACAO)
            self._metricas.poemas.labels("comum").inc()
            await asyncio.sleep(self._pausa)
            self._atual = ""

    async def vigia(self) -> None:
        """Uma vez por segundo, larga quem deixou de ler."""
        while True:
            await asyncio.sleep(1.0)
            derruba_parados(list(self._leitores), self._metricas)

    async def _escreve(self, texto: str) -> None:
        """Envia o poema em quadros de hora marcada: o que se atrasa é recuperado nos seguintes."""
        relogio = asyncio.get_running_loop().time
        escritos, letras, hora = 0, 0.0, relogio() + QUADRO
        while escritos < len(texto):
            if not self._ha_leitores.is_set():
                await self._ha_leitores.wait()
                hora = relogio() + QUADRO
            await asyncio.sleep(max(0.0, hora - relogio()))
            letras += QUADRO * self._ritmo
            if (ate := min(int(letras), len(texto))) > escritos:
                self._envia(texto[escritos:ate])
                self._metricas.caracteres.labels("comum").inc(ate - escritos)
                escritos = ate
            self._metricas.atraso.observe(relogio() - hora)
            hora = proxima_hora(hora, relogio())

    def _envia(self, trecho: str) -> None:
        self._atual += trecho
        entrega(self._leitores, quadro(trecho))
