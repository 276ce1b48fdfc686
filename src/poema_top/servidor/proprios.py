"""Os poemas próprios: cada leitor pede o seu, e todos são escritos juntos, no ritmo do fluxo comum.

O que tem rascunhos é escrito antes, de uma vez; o melhor deles depois se entrega no mesmo ritmo.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from websockets.frames import CloseCode

from poema_top.base.erros import ErroPoema
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.poema import Poema
from poema_top.geracao.rascunhos import Revisor
from poema_top.servidor.conexao import Conexao
from poema_top.servidor.entrega import BATIDA, derruba_parados, entrega, proxima_hora, quadro
from poema_top.servidor.escrita import Escrita
from poema_top.servidor.lote import Lote
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.pedido import Pedido
from poema_top.servidor.portaria import Contagem
from poema_top.servidor.rascunhador import Mesa, Rascunhador
from poema_top.servidor.saude import Saude

registro = logging.getLogger("poema")

PARTE = 4  # de quatro conexões que um endereço pode ter, uma pode ser um poema próprio
LOTADO = "muita gente pedindo poemas agora; tente de novo daqui a pouco"


class Proprios:
    """Atende `/ws/meu`: um pedido, um poema, um fechamento normal."""

    def __init__(
        self,
        treinado: Checkpoint,
        ritmo: float,
        maximo: int,
        *,
        por_endereco: int,
        metricas: Metricas,
        saude: Saude,
        rascunhos: int = 1,
        revisor: Revisor | None = None,
    ) -> None:
        """Carrega os motores; as `tarefas` põem os poemas para andar.

        Args:
            treinado: o modelo.
            ritmo: caracteres por segundo.
            maximo: quantos poemas ao mesmo tempo; os pedidos além disso são recusados na hora.
            por_endereco: conexões que um endereço pode ter.
            metricas: onde contar.
            saude: onde dizer que alguém espera, e que saiu um quadro.
            rascunhos: quantos um poema pode ter, se couberem; 1: nenhum.
            revisor: quem escolhe entre eles; sem ele, nenhum.
        """
        self._saude = saude
        self._ritmo = ritmo
        self._maximo = maximo
        self._metricas = metricas
        por_endereco = max(1, por_endereco // PARTE)
        self._rascunhos = min(rascunhos, maximo, por_endereco)
        lote, mesa = self._monta(treinado, revisor)
        self._lotes = [lote]  # o último recebe; os outros só acabam o que têm
        self._rascunhador = Rascunhador(mesa, self._rascunhos, metricas=metricas, saude=saude)
        self._pedidos: list[tuple[Conexao, Pedido, float, asyncio.Future[None]]] = []
        self._escritas: dict[Conexao, Escrita] = {}
        self._contagem = Contagem(por_endereco)
        self._ha_trabalho = asyncio.Event()
        if mesa and self._rascunhos < rascunhos:
            registro.warning("em --proprios e num endereço só cabem %d rascunhos", self._rascunhos)

    def _monta(self, treinado: Checkpoint, revisor: Revisor | None) -> tuple[Lote, Mesa | None]:
        mesa = Mesa(treinado, revisor) if revisor and self._rascunhos > 1 else None
        return Lote(treinado, self._maximo), mesa

    async def troca(self, treinado: Checkpoint, revisor: Revisor | None = None) -> None:
        """Passa a escrever com outro modelo; o que já começou acaba com o de antes.

        Raises:
            ErroPoema: o modelo não presta; fica o de antes.
        """
        # Noutra thread: montar um motor de centenas de vagas pararia o laço.
        novo, self._rascunhador.mesa = await asyncio.to_thread(self._monta, treinado, revisor)
        # Os que não têm poemas em andamento somem já, com os seus motores.
        self._lotes = [*(lote for lote in self._lotes if len(lote)), novo]

    def tarefas(self) -> list[Coroutine[Any, Any, None]]:
        """O que precisa correr ao lado das conexões."""
        return [self.escreve(), self._rascunhador.escreve()]

    async def recebe(self, leitor: Conexao) -> None:
        """Atende um leitor até o fim do poema dele, ou até ele ir embora."""
        caminho = leitor.request.path if leitor.request else ""
        try:
            pedido = Pedido.de_url(caminho, self._lotes[-1].vocabulario, self._rascunhador.maximo)
        except ErroPoema as erro:
            await self._recusa(leitor, "pedido", CloseCode.POLICY_VIOLATION, str(erro))
            return
        # Enquanto se escreve, cada rascunho ocupa um lugar; o escolhido, como qualquer poema, um só.
        ocupados = len(self._escritas) + len(self._pedidos) + self._rascunhador.ocupados
        if ocupados + pedido.rascunhos > self._maximo:
            await self._recusa(leitor, "sem_vaga", CloseCode.TRY_AGAIN_LATER, LOTADO)
            return
        with self._contagem.conta(leitor.endereco) as cabe:
            if cabe:
                await self._atende(leitor, pedido)
            else:
                await self._recusa(leitor, "endereço", CloseCode.TRY_AGAIN_LATER, LOTADO)

    @staticmethod
    async def _recusa(leitor: Conexao, motivo: str, codigo: CloseCode, porque: str) -> None:
        leitor.portaria.recusa(motivo, leitor.endereco)
        await leitor.close(codigo, porque)

    async def _atende(self, leitor: Conexao, pedido: Pedido) -> None:
        laco = asyncio.get_running_loop()
        agora, fim = laco.time(), laco.create_future()
        fechou = asyncio.ensure_future(leitor.wait_closed())
        try:
            if pedido.rascunhos == 1:
                self._pedidos.append((leitor, pedido, agora, fim))
            elif melhor := await self._rascunha(leitor, pedido, fechou):
                self._escritas[leitor] = Escrita(Poema.escrito(melhor), agora, fim)
            else:
                fim.set_result(None)
            self._ha_trabalho.set()
            await asyncio.wait({fim, fechou}, return_when=asyncio.FIRST_COMPLETED)
            if not fechou.done():
                await leitor.close()
        finally:
            fechou.cancel()
            fim.cancel()  # se ainda escrevia, a vaga é devolvida na próxima batida

    async def _rascunha(self, leitor: Conexao, pedido: Pedido, fechou: "asyncio.Future[None]") -> str:
        """O melhor dos rascunhos; vazio se o leitor foi recusado, ou desistiu de esperar."""
        with self._contagem.conta(leitor.endereco, pedido.rascunhos - 1) as cabe:
            if cabe:
                return await self._rascunhador.melhor(pedido, fechou)
        await self._recusa(leitor, "endereço", CloseCode.TRY_AGAIN_LATER, LOTADO)
        return ""

    async def escreve(self) -> None:
        """A cada batida, umas letras de todos os poemas, para sempre; dorme quando não há nenhum."""
        relogio = asyncio.get_running_loop().time
        while True:
            await self._ha_trabalho.wait()
            hora, letras = relogio(), 0.0
            while self._pedidos or self._escritas:
                await asyncio.sleep(max(0.0, hora - relogio()))
                self._arruma_as_vagas()
                letras += BATIDA * self._ritmo
                inteiras = int(letras)
                letras -= inteiras
                if inteiras:
                    # Noutra thread: o laço atende os outros enquanto isso, e não mexe nos lotes.
                    await asyncio.to_thread(self._avanca, self._lotes[:], inteiras)
                    self._entrega(relogio(), inteiras)
                hora = proxima_hora(hora, relogio())
            self._ha_trabalho.clear()

    def _arruma_as_vagas(self) -> None:
        """Entra quem pediu, sai quem acabou ou desistiu; só aqui os lotes mudam."""
        for leitor, escrita in list(self._escritas.items()):
            if escrita.fim.done():
                escrita.poema.acabou = True
                del self._escritas[leitor]
        for lote in self._lotes:
            lote.limpa()
        self._lotes = [lote for lote in self._lotes[:-1] if len(lote)] + self._lotes[-1:]
        pedidos, self._pedidos = self._pedidos, []
        for leitor, pedido, pedido_em, fim in pedidos:
            if not fim.done():
                self._comeca(leitor, pedido, pedido_em, fim)
        derruba_parados(list(self._escritas), self._metricas)
        (self._saude.espera if self._escritas else self._saude.ninguem)("proprio")
        self._metricas.proprios.set(len(self._escritas))

    def _comeca(self, leitor: Conexao, pedido: Pedido, pedido_em: float, fim: "asyncio.Future[None]") -> None:
        try:
            poema = self._lotes[-1].entra(pedido)
        except ErroPoema:  # o modelo mudou desde o pedido, e não conhece o começo pedido
            fim.set_result(None)
            return
        self._escritas[leitor] = Escrita(poema, pedido_em, fim)

    @staticmethod
    def _avanca(lotes: list[Lote], letras: int) -> None:
        for lote in lotes:
            lote.avanca(letras)

    def _entrega(self, agora: float, letras: int) -> None:
        entregues = 0
        for leitor, escrita in self._escritas.items():
            if novo := escrita.quadro(letras):
                entrega([leitor], quadro(novo))
                entregues += len(novo)
                if not escrita.comecou:
                    escrita.comecou = True
                    self._metricas.espera.observe(agora - escrita.pedido_em)
            if escrita.escrito and not escrita.fim.done():
                escrita.fim.set_result(None)
                self._metricas.poemas.labels("proprio").inc()
        if entregues:
            self._saude.escreveu("proprio")
        self._metricas.caracteres.labels("proprio").inc(entregues)
