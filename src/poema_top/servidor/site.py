"""O site: as opções, a portaria, o poema de todos e o de cada um, ligados uns aos outros."""

import asyncio
import gc
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.opcoes import opcao
from poema_top.base.valores import ate, inteiro_positivo, nao_negativo, positivo, temperatura
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.cortes import Cortes
from poema_top.geracao.poema import RITMO, TEMPERATURA
from poema_top.geracao.rascunhos import MAXIMO, RASCUNHOS, Revisor
from poema_top.servidor.conexao import Conexao
from poema_top.servidor.enderecos import origem, rede
from poema_top.servidor.lugar import Lugar
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.portaria import Limites, Portaria
from poema_top.servidor.proprios import Proprios
from poema_top.servidor.respostas import PROPRIO, Respostas
from poema_top.servidor.ronda import RONDA, Ronda
from poema_top.servidor.saude import Saude, avisa_o_systemd, passo_do_vigia
from poema_top.servidor.transmissao import PAUSA, Escritor, Transmissao

registro = logging.getLogger("poema")

ACABADAS = 10_000  # conexões entre duas voltas inteiras do coletor de ciclos


@dataclass(frozen=True)
class Opcoes(Cortes, Lugar):
    """As opções de `just websocket`."""

    temperatura: float = opcao(TEMPERATURA, "baixa repete, alta inventa", type=temperatura)
    ritmo: float = opcao(RITMO, "caracteres por segundo", type=positivo)
    rascunhos: int = opcao(
        RASCUNHOS, "poemas escritos para o fluxo de todos mostrar o melhor", type=ate(MAXIMO)
    )
    rascunhos_proprios: int = opcao(
        RASCUNHOS, "máximo de rascunhos de um poema pedido; 1 desliga", type=ate(MAXIMO)
    )
    pausa: float = opcao(PAUSA, "segundos entre dois poemas", type=nao_negativo)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)
    recarrega: bool = opcao(
        False, "passa a usar um modelo mais novo assim que ele aparece, entre dois poemas"
    )
    origens: tuple[str, ...] = opcao(
        (),
        "páginas que podem conectar, como https://poema.top (padrão: qualquer uma)",
        type=origem,
        metavar="ORIGEM",
    )
    conexoes: int = opcao(12_000, "máximo de conexões", type=inteiro_positivo)
    por_endereco: int = opcao(100, "máximo de conexões de um endereço de rede", type=inteiro_positivo)
    proprios: int = opcao(500, "máximo de poemas pedidos ao mesmo tempo", type=inteiro_positivo)
    proxies: tuple[str, ...] = opcao(
        ("127.0.0.1", "::1"),
        "redes dos proxies em cujo X-Forwarded-For se acredita",
        type=rede,
        metavar="REDE",
    )


class Site:
    """As partes do servidor ligadas umas às outras."""

    def __init__(self, o: Opcoes, treinado: Checkpoint) -> None:
        """Carrega os motores; nada escuta ainda."""
        self._opcoes = o
        self._metricas = Metricas()
        self.portaria = Portaria(Limites(o.conexoes, o.por_endereco, o.proxies, o.origens), self._metricas)
        self._saude = saude = Saude(treinado, o.pausa)
        revisor = self._revisor(treinado)
        self._transmissao = Transmissao(
            self._escritor(treinado, revisor), o.ritmo, self._metricas, pausa=o.pausa, saude=saude
        )
        self._proprios = Proprios(
            treinado,
            o.ritmo,
            o.proprios,
            por_endereco=o.por_endereco,
            metricas=self._metricas,
            saude=saude,
            rascunhos=o.rascunhos_proprios,
            revisor=revisor,
        )
        self.respostas = Respostas(self.portaria, self._metricas, self._saude, treinado)
        self._ronda = Ronda(o.modelo, treinado)

    def _revisor(self, treinado: Checkpoint) -> Revisor | None:
        """Quem escolhe entre rascunhos, um só para todos; None se ninguém os escreve, ou não há crítico."""
        o = self._opcoes
        if o.rascunhos == o.rascunhos_proprios == 1:
            return None
        try:
            revisor = Revisor.de(treinado)
        except ErroPoema as erro:  # um poema sem rascunhos é melhor que nenhum
            registro.warning("os poemas saem sem rascunhos: %s", erro)
            return None
        if revisor.aviso:
            registro.warning(revisor.aviso)
        return revisor

    def _escritor(self, treinado: Checkpoint, revisor: Revisor | None) -> Escritor:
        o = self._opcoes
        return Escritor(treinado, o.amostragem(o.temperatura), o.rascunhos, revisor)

    def responde(self, conexao: ServerConnection, pedido: Request) -> Response | None:
        """A resposta de um pedido HTTP; None deixa passar o aperto de mão do websocket."""
        return self.respostas.responde(conexao, pedido)

    async def recebe(self, leitor: ServerConnection) -> None:
        """Encaminha quem conectou."""
        if not isinstance(leitor, Conexao) or leitor.request is None:
            raise TypeError("o servidor foi montado sem a portaria")
        leitor.aperta_a_saida()
        leitor.esquece_o_pedido()
        proprio = urlsplit(leitor.request.path).path == PROPRIO
        try:
            await (self._proprios if proprio else self._transmissao).recebe(leitor)
        except ConnectionClosed:
            pass  # foi embora sem se despedir
        except Exception:
            registro.exception("falha ao atender")  # a biblioteca o diria, mas está calada
            raise

    def tarefas(self) -> list[Coroutine[Any, Any, None]]:
        """O que corre enquanto o servidor está no ar."""
        ronda = [self._recarrega()] if self._opcoes.recarrega else []
        sempre = [self._poupa_o_coletor(), self._da_sinal()]
        return [*self._transmissao.tarefas(), *self._proprios.tarefas(), *sempre, *ronda]

    async def _poupa_o_coletor(self) -> None:
        """Uma vez por segundo, tira da conta do coletor de ciclos tudo o que existe.

        Com dez mil leitores cada volta dele pararia o servidor por meio segundo, e à toa: uma conexão que
        acaba não deixa ciclos (`Conexao` os desfaz). Se uma biblioteca mais nova deixar algum, a volta
        inteira é dada quando não há ninguém para esperar, ou a cada `ACABADAS` conexões.
        """
        recolhidas = 0
        while True:
            await asyncio.sleep(1.0)
            novas = self.portaria.acabadas - recolhidas
            if novas > ACABADAS or (novas and self.portaria.vazia):
                recolhidas = self.portaria.acabadas
                gc.unfreeze()
                gc.collect()
            gc.freeze()

    async def _recarrega(self) -> None:
        """Troca de modelo quando aparece outro que preste."""
        while True:
            await asyncio.sleep(RONDA)
            if (novo := await asyncio.to_thread(self._ronda.procura)) is None:
                continue
            # Fora do laço: montar um motor de centenas de vagas o pararia.
            try:
                revisor = await asyncio.to_thread(self._revisor, novo)
                escritor = await asyncio.to_thread(self._escritor, novo, revisor)
            except ErroPoema as erro:  # o modelo deixou de prestar desde que se provou
                registro.warning("modelo recusado: %s", erro)
                continue
            await self._proprios.troca(novo, revisor)
            self._transmissao.escritor = escritor
            self._saude.troca(novo)
            self.respostas.troca(novo)
            registro.info("modelo novo: %s", relativo(novo.pasta))

    async def _da_sinal(self) -> None:
        """Diz ao systemd que o servidor vive; se ele se cala, é o systemd que o reinicia."""
        if passo := passo_do_vigia():
            while True:
                if self._saude.vive:
                    avisa_o_systemd("WATCHDOG=1")
                await asyncio.sleep(passo)
        await asyncio.Event().wait()  # sem quem ouça, não há o que dizer
