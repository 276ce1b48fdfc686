"""Os poemas próprios: cada leitor pede o seu, e o recebe no mesmo ritmo do fluxo comum."""

import asyncio
from dataclasses import dataclass

from websockets.frames import CloseCode

from poema_top.comum import ErroPoema
from poema_top.metricas import Metricas
from poema_top.oficina import Oficina, Pedido
from poema_top.portaria import Conexao
from poema_top.transmissao import QUADRO, entrega, proxima_hora, quadro

LOTADO = "muita gente pedindo poemas agora; tente de novo daqui a pouco"


@dataclass
class _Escrita:
    """Um poema em andamento: o texto inteiro, até onde já foi, e quem espera o fim."""

    texto: str
    fim: "asyncio.Future[None]"
    letras: float = 0.0
    escritos: int = 0


class Proprios:
    """Atende `/ws/meu`: recebe o pedido, espera a oficina e escreve aos poucos."""

    def __init__(self, oficina: Oficina, ritmo: float, maximo: int, metricas: Metricas) -> None:
        """Prepara; `escreve` põe os poemas para andar.

        Args:
            oficina: quem os compõe.
            ritmo: caracteres por segundo.
            maximo: quantos poemas ao mesmo tempo; os pedidos além disso são recusados na hora.
            metricas: onde contar.
        """
        self._oficina = oficina
        self._ritmo = ritmo
        self._maximo = maximo
        self._metricas = metricas
        self._em_curso = 0
        self._escritas: dict[Conexao, _Escrita] = {}
        self._ha_escritas = asyncio.Event()

    async def recebe(self, leitor: Conexao) -> None:
        """Um pedido, um poema, um fechamento normal."""
        if self._em_curso >= self._maximo:
            self._recusa(leitor, "oficina")
            await leitor.close(CloseCode.TRY_AGAIN_LATER, LOTADO)
            return
        try:
            pedido = Pedido.de_url(leitor.request.path if leitor.request else "", self._oficina.vocabulario)
        except ErroPoema as erro:
            self._recusa(leitor, "pedido")
            await leitor.close(CloseCode.POLICY_VIOLATION, str(erro))
            return
        self._em_curso += 1
        self._metricas.proprios.set(self._em_curso)
        try:
            await self._atende(leitor, pedido)
        finally:
            self._em_curso -= 1
            self._metricas.proprios.set(self._em_curso)
            self._escritas.pop(leitor, None)

    async def _atende(self, leitor: Conexao, pedido: Pedido) -> None:
        relogio = asyncio.get_running_loop().time
        comeco, fechou = relogio(), asyncio.ensure_future(leitor.wait_closed())
        pronto = asyncio.ensure_future(self._oficina.poema(pedido))
        try:
            await asyncio.wait({pronto, fechou}, return_when=asyncio.FIRST_COMPLETED)
            if fechou.done():
                return
            if not pronto.result():
                await leitor.close(CloseCode.TRY_AGAIN_LATER, "o modelo acaba de mudar; tente de novo")
                return
            escrita = _Escrita(pronto.result(), asyncio.get_running_loop().create_future())
            self._escritas[leitor] = escrita
            self._ha_escritas.set()
            self._metricas.espera.observe(relogio() - comeco)
            await asyncio.wait({escrita.fim, fechou}, return_when=asyncio.FIRST_COMPLETED)
            if escrita.fim.done():
                self._metricas.poemas.labels("proprio").inc()
                await leitor.close()
        finally:
            fechou.cancel()
            pronto.cancel()

    def _recusa(self, leitor: Conexao, motivo: str) -> None:
        leitor.portaria.recusa(motivo, leitor.endereco)

    async def escreve(self) -> None:
        """Um quadro de cada poema a cada batida, para sempre; dorme quando não há nenhum."""
        relogio = asyncio.get_running_loop().time
        while True:
            await self._ha_escritas.wait()
            hora = relogio() + QUADRO
            while self._escritas:
                await asyncio.sleep(max(0.0, hora - relogio()))
                for leitor, escrita in list(self._escritas.items()):
                    self._avanca(leitor, escrita)
                hora = proxima_hora(hora, relogio())
            self._ha_escritas.clear()

    def _avanca(self, leitor: Conexao, escrita: _Escrita) -> None:
        escrita.letras += QUADRO * self._ritmo
        ate = min(int(escrita.letras), len(escrita.texto))
        if ate > escrita.escritos:
            entrega([leitor], quadro(escrita.texto[escrita.escritos : ate]), self._metricas)
            self._metricas.caracteres.labels("proprio").inc(ate - escrita.escritos)
            escrita.escritos = ate
        if ate == len(escrita.texto) and not escrita.fim.done():
            escrita.fim.set_result(None)
            del self._escritas[leitor]
