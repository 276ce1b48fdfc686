"""A transmissão: quadros de poucas letras, em ritmo de leitura, para todos os leitores."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from itertools import count, cycle
from typing import Any

from poema_top.base.erros import ErroPoema
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import SEPARACAO, escreve, poema
from poema_top.geracao.rascunhos import Revisor, melhores
from poema_top.geracao.sorteio import Sorteio, semente_nova
from poema_top.servidor.conexao import Conexao
from poema_top.servidor.entrega import BATIDA, LEVAS, derruba_parados, entrega, proxima_hora, quadro
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.saude import Saude

registro = logging.getLogger("poema")

PAUSA = 4.0  # segundos entre dois poemas
VAZIOS = 20  # poemas sem uma letra até se concluir que o modelo não escreve
DESNIVEL = 50  # leitores que uma leva pode ter a mais que outra
ESPERA = 2.0  # segundos até tentar de novo com um modelo que não escreve


class Escritor:
    """Escreve poemas inteiros; é chamado fora do laço de eventos."""

    def __init__(
        self,
        treinado: Checkpoint,
        amostragem: Amostragem,
        rascunhos: int = 1,
        revisor: Revisor | None = None,
    ) -> None:
        """Carrega o motor do checkpoint; sai o que o revisor escolhe dos rascunhos, ou o único, sem ele."""
        fluxos = rascunhos if revisor else 1
        vocabulario, motor, semente = treinado.vocabulario, Motor(treinado, fluxos), semente_nova()
        self._poemas: Iterator[str]
        if revisor and fluxos > 1:
            self._poemas = melhores(motor, vocabulario, amostragem, semente, revisor=revisor)
        else:
            tokens = escreve(motor, vocabulario, amostragem, Sorteio(semente))
            self._poemas = (poema(tokens, vocabulario.terminador) for _ in count())

    def poema(self) -> str:
        """Um poema novo, nunca vazio, sem a sequência que separa dois poemas.

        Raises:
            ErroPoema: o modelo só escreve espaços.
        """
        for _ in range(VAZIOS):
            if texto := next(self._poemas):
                return texto
        raise ErroPoema("o modelo só escreve espaços")


class Transmissao:
    """O fluxo que todos leem: o poema atual e quem está lendo."""

    def __init__(
        self, escritor: Escritor, ritmo: float, metricas: Metricas, *, pausa: float, saude: Saude
    ) -> None:
        """Prepara a transmissão; `transmite` a põe para andar.

        Args:
            escritor: de onde vêm os poemas; pode ser trocado por outro a qualquer hora, e o
                próximo poema já sai dele.
            ritmo: caracteres por segundo.
            metricas: onde contar.
            pausa: segundos entre dois poemas.
            saude: onde dizer que alguém espera, e que saiu um quadro.
        """
        self._saude = saude
        self.escritor = escritor
        self._ritmo = ritmo
        self._metricas = metricas
        self._pausa = pausa
        self._texto = ""  # o poema atual e o que o separa do seguinte
        # Uma leva por batida, e não todos de uma vez: o último não espera que se escreva a dez mil.
        self._levas: list[set[Conexao]] = [set() for _ in range(LEVAS)]
        self._escritos = [0] * LEVAS  # até onde do texto já foi para cada leva
        self._ha_leitores = asyncio.Event()

    async def recebe(self, leitor: Conexao) -> None:
        """Atende um leitor até ele ir embora; o que ele mandar é lido e esquecido."""
        qual = self._leva_de_quem_chega()
        # Sem await entre as duas linhas: nenhum quadro cabe entre o poema até aqui e a entrada.
        entrega([leitor], quadro(self._texto[: self._escritos[qual]]))
        self._levas[qual].add(leitor)
        self._ha_leitores.set()
        self._saude.espera("fluxo")
        self._conta()
        try:
            async for _ in leitor:
                pass
        finally:
            self._levas[qual].discard(leitor)
            if not self._conta():
                self._ha_leitores.clear()
                self._saude.ninguem("fluxo")

    def _leva_de_quem_chega(self) -> int:
        """A mais adiantada no poema, para que se leia já tudo o que há, se não está cheia demais."""
        cheia = min(map(len, self._levas)) + DESNIVEL
        return max((i for i in range(LEVAS) if len(self._levas[i]) <= cheia), key=self._escritos.__getitem__)

    def _conta(self) -> int:
        quantos = sum(map(len, self._levas))
        self._metricas.leitores.set(quantos)
        return quantos

    def tarefas(self) -> list[Coroutine[Any, Any, None]]:
        """O que precisa correr ao lado das conexões."""
        return [self.transmite(), self.vigia()]

    async def transmite(self) -> None:
        """Escreve para sempre; dorme enquanto não há ninguém lendo."""
        while True:
            # O motor roda em outra thread: um poema leva milissegundos, e o laço não os espera.
            try:
                texto = await asyncio.to_thread(self.escritor.poema)
            except ErroPoema as erro:  # outro modelo pode vir; enquanto isso, /saude conta
                registro.error("poema perdido: %s", erro)
                await asyncio.sleep(ESPERA)
                continue
            await self._escreve(texto)
            self._metricas.poemas.labels("comum").inc()
            await asyncio.sleep(self._pausa)
            self._texto, self._escritos = "", [0] * LEVAS

    async def vigia(self) -> None:
        """Uma vez por segundo, larga quem deixou de ler."""
        while True:
            await asyncio.sleep(1.0)
            derruba_parados([leitor for leva in self._levas for leitor in leva], self._metricas)

    async def _escreve(self, texto: str) -> None:
        """Envia o poema em batidas de hora marcada: o que se atrasa é recuperado nas seguintes."""
        relogio = asyncio.get_running_loop().time
        self._texto, letras, hora = texto + SEPARACAO, 0.0, relogio() + BATIDA
        for qual in cycle(range(LEVAS)):
            if not self._ha_leitores.is_set():
                await self._ha_leitores.wait()
                hora = relogio() + BATIDA
            await asyncio.sleep(max(0.0, hora - relogio()))
            antes, letras = min(int(letras), len(texto)), letras + BATIDA * self._ritmo
            ate = min(int(letras), len(texto))
            self._metricas.caracteres.labels("comum").inc(ate - antes)
            self._envia(qual, ate if ate < len(texto) else len(self._texto))
            self._metricas.atraso.observe(relogio() - hora)
            hora = proxima_hora(hora, relogio())
            if min(self._escritos) == len(self._texto):
                return

    def _envia(self, qual: int, ate: int) -> None:
        """Manda a uma leva o que lhe falta do texto até ali."""
        leva, trecho = self._levas[qual], self._texto[self._escritos[qual] : ate]
        self._escritos[qual] = ate
        if leva and trecho:
            self._saude.escreveu("fluxo")
            entrega(leva, quadro(trecho))
