"""A entrega: quadros de poucas letras, escritos na saída de cada leitor sem esperar por nenhum."""

import logging
from collections.abc import Iterable

from websockets.frames import Frame, Opcode
from websockets.protocol import State

from poema_top.servidor.conexao import Conexao
from poema_top.servidor.enderecos import truncado
from poema_top.servidor.metricas import Metricas

registro = logging.getLogger("poema")

BATIDA = 0.1  # segundos entre duas levas de quadros
LEVAS = 5  # em quantas se dividem os leitores: um quadro por volta são dois por segundo, e a página alisa
ATRASO_MAXIMO = 512  # bytes à espera de um leitor, além dos que o sistema já guarda: vinte segundos de poema


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


def derruba_parados(
    leitores: Iterable[Conexao], metricas: Metricas, atraso_maximo: int = ATRASO_MAXIMO
) -> None:
    """Larga quem deixou de ler: é o que se acumula à espera dele, em bytes, que o denuncia."""
    for leitor in leitores:
        transporte = leitor.transport
        if not transporte.is_closing() and transporte.get_write_buffer_size() > atraso_maximo:
            metricas.derrubados.inc()
            registro.info("derruba motivo=lento endereco=%s", truncado(leitor.endereco))
            transporte.abort()


def proxima_hora(hora: float, agora: float) -> float:
    """A hora da batida seguinte; depois de uma parada longa, não corre atrás de mais que um segundo."""
    return max(hora + BATIDA, agora - 1.0)
