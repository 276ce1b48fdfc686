"""Os poemas próprios: cada leitor pede o seu, e todos são escritos juntos, no ritmo do fluxo comum."""

import asyncio
from dataclasses import dataclass

from websockets.frames import CloseCode

from poema_top.base.erros import ErroPoema
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.poema import Poema
from poema_top.servidor.conexao import Conexao
from poema_top.servidor.entrega import QUADRO, derruba_parados, entrega, proxima_hora, quadro
from poema_top.servidor.lote import Lote
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.pedido import Pedido
from poema_top.servidor.portaria import Contagem
from poema_top.servidor.saude import Saude

PARTE = 4  # de quatro conexões que um endereço pode ter, uma pode ser um poema próprio
LOTADO = "muita gente pedindo poemas agora; tente de novo daqui a pouco"


@dataclass
class _Escrita:
    """Um poema em andamento, quando foi pedido e quem espera o fim."""

    poema: Poema
    pedido_em: float
    fim: "asyncio.Future[None]"
    comecou: bool = False


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
    ) -> None:
        """Carrega o motor; `escreve` põe os poemas para andar.

        Args:
            treinado: o modelo.
            ritmo: caracteres por segundo.
            maximo: quantos poemas ao mesmo tempo; os pedidos além disso são recusados na hora.
            por_endereco: conexões que um endereço pode ter.
            metricas: onde contar.
            saude: onde dizer que alguém espera, e que saiu um quadro.
        """
        self._saude = saude
        self._ritmo = ritmo
        self._maximo = maximo
        self._metricas = metricas
        self._lotes = [Lote(treinado, maximo)]  # o último recebe; os outros só acabam o que têm
        self._pedidos: list[tuple[Conexao, Pedido, asyncio.Future[None]]] = []
        self._escritas: dict[Conexao, _Escrita] = {}
        self._contagem = Contagem(max(1, por_endereco // PARTE))
        self._ha_trabalho = asyncio.Event()

    async def troca(self, treinado: Checkpoint) -> None:
        """Passa a escrever com outro modelo; o que já começou acaba com o de antes.

        Raises:
            ErroPoema: o modelo não presta; fica o de antes.
        """
        # Noutra thread: montar um motor de centenas de vagas pararia o laço.
        novo = await asyncio.to_thread(Lote, treinado, self._maximo)
        # Os que não têm poemas em andamento somem já, com os seus motores.
        self._lotes = [*(lote for lote in self._lotes if len(lote)), novo]

    async def recebe(self, leitor: Conexao) -> None:
        """Atende um leitor até o fim do poema dele, ou até ele ir embora."""
        if len(self._escritas) + len(self._pedidos) >= self._maximo:
            leitor.portaria.recusa("sem_vaga", leitor.endereco)
            await leitor.close(CloseCode.TRY_AGAIN_LATER, LOTADO)
            return
        try:
            if self._contagem.entra(leitor.endereco):
                await self._atende(leitor)
            else:
                leitor.portaria.recusa("endereço", leitor.endereco)
                await leitor.close(CloseCode.TRY_AGAIN_LATER, LOTADO)
        finally:
            self._contagem.sai(leitor.endereco)

    async def _atende(self, leitor: Conexao) -> None:
        caminho = leitor.request.path if leitor.request else ""
        try:
            pedido = Pedido.de_url(caminho, self._lotes[-1].vocabulario)
        except ErroPoema as erro:
            leitor.portaria.recusa("pedido", leitor.endereco)
            await leitor.close(CloseCode.POLICY_VIOLATION, str(erro))
            return
        fim: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        fechou = asyncio.ensure_future(leitor.wait_closed())
        self._pedidos.append((leitor, pedido, fim))
        self._ha_trabalho.set()
        try:
            await asyncio.wait({fim, fechou}, return_when=asyncio.FIRST_COMPLETED)
            if not fechou.done():
                await leitor.close()
        finally:
            fechou.cancel()
            fim.cancel()  # se ainda escrevia, a vaga é devolvida na próxima batida

    async def escreve(self) -> None:
        """A cada batida, umas letras de todos os poemas, para sempre; dorme quando não há nenhum."""
        relogio = asyncio.get_running_loop().time
        while True:
            await self._ha_trabalho.wait()
            hora, letras = relogio(), 0.0
            while self._pedidos or self._escritas:
                await asyncio.sleep(max(0.0, hora - relogio()))
                self._arruma_as_vagas(relogio())
                letras += QUADRO * self._ritmo
                inteiras = int(letras)
                letras -= inteiras
                if inteiras:
                    # Noutra thread: o laço atende os outros enquanto isso, e não mexe nos lotes.
                    await asyncio.to_thread(self._avanca, self._lotes[:], inteiras)
                    self._entrega(relogio(), inteiras)
                hora = proxima_hora(hora, relogio())
            self._ha_trabalho.clear()

    def _arruma_as_vagas(self, agora: float) -> None:
        """Entra quem pediu, sai quem acabou ou desistiu; só aqui os lotes mudam."""
        for leitor, escrita in list(self._escritas.items()):
            if escrita.fim.done():
                escrita.poema.acabou = True
                del self._escritas[leitor]
        for lote in self._lotes:
            lote.limpa()
        self._lotes = [lote for lote in self._lotes[:-1] if len(lote)] + self._lotes[-1:]
        pedidos, self._pedidos = self._pedidos, []
        for leitor, pedido, fim in pedidos:
            if not fim.done():
                self._comeca(leitor, pedido, fim, agora)
        derruba_parados(list(self._escritas), self._metricas)
        if self._escritas:
            self._saude.espera("proprio")
        else:
            self._saude.ninguem("proprio")
        self._metricas.proprios.set(len(self._escritas))

    def _comeca(self, leitor: Conexao, pedido: Pedido, fim: "asyncio.Future[None]", agora: float) -> None:
        try:
            poema = self._lotes[-1].entra(pedido)
        except ErroPoema:  # o modelo mudou desde o pedido, e não conhece o começo pedido
            fim.set_result(None)
            return
        self._escritas[leitor] = _Escrita(poema, agora, fim)

    @staticmethod
    def _avanca(lotes: list[Lote], letras: int) -> None:
        for lote in lotes:
            lote.avanca(letras)

    def _entrega(self, agora: float, letras: int) -> None:
        entregues = 0
        for leitor, escrita in self._escritas.items():
            if novo := escrita.poema.entrega(letras):
                entrega([leitor], quadro(novo))
                entregues += len(novo)
                if not escrita.comecou:
                    escrita.comecou = True
                    self._metricas.espera.observe(agora - escrita.pedido_em)
            if escrita.poema.acabou and not len(escrita.poema) and not escrita.fim.done():
                escrita.fim.set_result(None)
                self._metricas.poemas.labels("proprio").inc()
        if entregues:
            self._saude.escreveu("proprio")
        self._metricas.caracteres.labels("proprio").inc(entregues)
