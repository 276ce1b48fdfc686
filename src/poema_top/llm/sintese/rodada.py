"""Uma vez que se roda: pedir o que falta, guardar o que vem, e saber quando parar."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import ao_pedirem_parada
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Resposta
from poema_top.llm.servidores import Servidores
from poema_top.llm.sintese.obra import Obra
from poema_top.llm.sintese.painel import Painel
from poema_top.llm.sintese.pedidos import Pedido

EM_VAO = 100  # respostas seguidas sem um poema que sirva: com este modelo ou este pedido não há de ir


@dataclass
class Rodada:
    """Os servidores de um lado, os arquivos do outro.

    Attributes:
        obra: os arquivos.
        painel: a barra.
        quantidade: quantos poemas o arquivo deve ter.
        interrompida: se pediram para parar antes.
    """

    obra: Obra
    painel: Painel
    quantidade: int
    interrompida: bool = False
    _em_vao: int = 0
    _servidores: Servidores[Pedido] = field(init=False)

    async def pede(self, llms: Sequence[LLM], paralelo: int, fila: Iterator[Pedido]) -> None:
        """Pede até ter a quantidade, até um Ctrl-C, ou até não haver quem responda.

        Args:
            llms: um por servidor.
            paralelo: pedidos ao mesmo tempo em cada um.
            fila: os pedidos ainda sem resposta, sem fim.

        Raises:
            ErroPoema: nenhum servidor presta mais, ou nada do que vem serve.
            OSError: o disco recusou.
        """
        self._servidores = Servidores(llms, paralelo, recebe=self._recebe, avisa=self.painel.avisa)
        with ao_pedirem_parada(asyncio.get_running_loop(), self._interrompe):
            await self._servidores.trabalha(fila)

    def _interrompe(self) -> None:
        self.interrompida = True
        self._servidores.para()

    def _recebe(self, pedido: Pedido, resposta: Resposta, llm: LLM) -> None:
        veredito = self.obra.recebe(pedido, resposta, llm)
        self.painel.anota(aceito=not veredito.motivo, tokens=resposta.saida)
        self._em_vao = self._em_vao + 1 if veredito.motivo else 0
        if self.obra.tem >= self.quantidade:
            self._servidores.para()
        elif self._em_vao >= EM_VAO:
            self._servidores.para(
                ErroPoema(
                    f"nenhuma das últimas {EM_VAO} respostas serviu (a última: {veredito.motivo}); veja-as "
                    "no arquivo dos descartados, e mude o modelo, o pedido ou a temperatura."
                )
            )
