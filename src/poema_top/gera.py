"""Pede poemas a uma LLM, limpa-os, recusa os que não servem e guarda os outros num arquivo de treino."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from poema_top.base.arquivos import grava_atomico, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import decimal, milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.sistema import ao_pedirem_parada
from poema_top.base.valores import inteiro_positivo, positivo, semente, temperatura
from poema_top.base.visivel import entre_aspas, visivel
from poema_top.llm import cliente
from poema_top.llm.cliente import LLM, Resposta
from poema_top.llm.falhas import Passageira
from poema_top.llm.servidores import Servidores
from poema_top.llm.sintese import obra as obras
from poema_top.llm.sintese import pedidos as pedidos_
from poema_top.llm.sintese.ficha import ficha
from poema_top.llm.sintese.obra import Obra, ao_lado
from poema_top.llm.sintese.painel import Painel
from poema_top.llm.sintese.pedidos import Pedido, Receita, pedidos
from poema_top.texto import balanco
from poema_top.texto.contas import Contas
from poema_top.texto.poemas import le_poemas

NENHUM = 200  # respostas seguidas sem um poema que sirva: o modelo ou o pedido não dão


@dataclass
class Opcoes:
    """As opções de `just gera`."""

    quantidade: int = opcao(1000, "poemas que o arquivo deve ter, com os que já tiver", type=inteiro_positivo)
    saida: Path | None = opcao(None, "o arquivo dos poemas, que só cresce", type=Path)
    servidor: tuple[str, ...] = opcao(
        (cliente.SERVIDOR,), "servidores compatíveis com a OpenAI, um ou vários", type=str, metavar="URL"
    )
    modelo_llm: str = opcao(cliente.MODELO, "modelo dos servidores", type=str, metavar="NOME")
    pedido: str | None = opcao(None, f"o que se pede (padrão: “{pedidos_.PEDIDO}”)", type=str, metavar="TEXTO")
    temas: Path | None = opcao(None, "arquivo com um tema por linha (padrão: cem nossos)", type=Path)
    base: bool = opcao(False, "o modelo é base, não atende a pedidos: dá-lhe exemplos, e ele escreve o seguinte")
    exemplos: Path | None = opcao(
        None, "com --base: de onde vêm os exemplos (padrão: dataset/poemas-1k-rimados.txt)", type=Path
    )
    paralelo: int = opcao(
        cliente.SIMULTANEOS, "pedidos ao mesmo tempo em cada servidor", type=inteiro_positivo
    )
    temperatura: float = opcao(pedidos_.TEMPERATURA, "a da LLM", type=temperatura)
    tokens: int = opcao(pedidos_.TOKENS, "o máximo de cada resposta", type=inteiro_positivo)
    prazo: float = opcao(cliente.PRAZO, "segundos até desistir de uma resposta", type=positivo)
    semente: int = opcao(0, "outra semente, outros pedidos", type=semente)


@dataclass
class Rodada:
    """Uma vez que se roda: do que falta ao que se tem.

    Attributes:
        obra: os arquivos.
        painel: a barra.
        quantidade: quantos poemas se querem.
        interrompida: se pediram para parar.
        em_vao: as respostas seguidas sem nenhum poema que sirva.
    """

    obra: Obra
    painel: Painel
    quantidade: int
    interrompida: bool = False
    em_vao: int = 0
    servidores: Servidores[Pedido] = field(init=False)

    async def pede(self, llms: list[LLM], paralelo: int, fila: Iterator[Pedido]) -> None:
        """Pede até ter a quantidade, até um Ctrl-C ou até não haver quem responda."""
        self.servidores = Servidores(llms, paralelo, recebe=self._recebe, avisa=self.painel.avisa)
        with ao_pedirem_parada(asyncio.get_running_loop(), self._interrompe):
            await self.servidores.trabalha(fila)

    def _interrompe(self) -> None:
        self.interrompida = True
        self.servidores.para()

    def _recebe(self, pedido: Pedido, resposta: Resposta, llm: LLM) -> None:
        if self.obra.tem >= self.quantidade:
            return  # o último chegou antes
        veredito = self.obra.recebe(pedido, resposta, llm)
        self.painel.anota(aceito=not veredito.motivo, tokens=resposta.saida)
        self.em_vao = self.em_vao + 1 if veredito.motivo else 0
        if self.obra.tem >= self.quantidade:
            self.servidores.para()
        elif self.em_vao >= NENHUM:
            self.servidores.para(
                ErroPoema(
                    f"nenhuma das últimas {NENHUM} respostas serviu (a última: {veredito.motivo}); veja-as no arquivo "
                    "dos descartados, e mude o modelo, o pedido ou a temperatura."
                )
            )


def principal() -> None:
    """Pede poemas a uma LLM (Ollama, llama.cpp, vLLM), limpa-os e os guarda num arquivo pronto para treinar.

    Pode parar a qualquer instante: o mesmo comando continua de onde ia, sem perguntar nada duas vezes.
    """
    o = le_opcoes(Opcoes, principal.__doc__)
    saida = _saida(o)
    receita = _receita(o)
    llms = [LLM(servidor, o.modelo_llm, prazo=o.prazo, tentativas=1) for servidor in dict.fromkeys(o.servidor)]
    with obras.abre(saida) as obra:
        if obra.tem >= o.quantidade:
            print(f"{visivel(relativo(saida), 200)} já tem {milhar(obra.tem)} poemas; peça mais com --quantidade.")
            return
        obra.crivo.conhece(receita.exemplos)
        obra.comeca_sessao({"servidores": _confere(llms), **receita.resumo()})
        try:
            interrompida = _roda(o, obra, receita, llms)
        finally:
            grava_atomico(ao_lado(saida, obras.FICHA), ficha(obra))
            _relata(obra, saida)
    if interrompida:
        raise KeyboardInterrupt


def _roda(o: Opcoes, obra: Obra, receita: Receita, llms: list[LLM]) -> bool:
    """Pede o que falta; devolve se o interromperam."""
    fila = (pedido for pedido in pedidos(receita) if pedido.chave not in obra.respondidas)
    with Painel(o.quantidade, obra.tem, len(obra.crivo.feita.descartados)) as painel:
        rodada = Rodada(obra, painel, o.quantidade)
        asyncio.run(rodada.pede(llms, o.paralelo, fila))
    print(f"{decimal(painel.tokens_por_segundo, 1)} tokens por segundo, em {decimal(painel.segundos, 1)} s")
    return rodada.interrompida


def _saida(o: Opcoes) -> Path:
    if o.saida is None:
        raise ErroPoema("falta dizer onde gravar os poemas: --saida dataset/meus-poemas.txt")
    prova_que_se_grava(o.saida)
    return o.saida


def _receita(o: Opcoes) -> Receita:
    comum = {"modelo": o.modelo_llm, "temperatura": o.temperatura, "tokens": o.tokens, "semente": o.semente}
    if not o.base:
        if o.exemplos:
            raise ErroPoema("--exemplos só vale com --base: quem atende a pedidos não precisa deles.")
        temas = _temas(o.temas) if o.temas else pedidos_.TEMAS
        return Receita(pedido=o.pedido or pedidos_.PEDIDO, temas=temas, **comum)
    if o.pedido or o.temas:
        raise ErroPoema("um modelo base não atende a pedidos: com --base não valem --pedido nem --temas.")
    exemplos = le_poemas(o.exemplos or pedidos_.OS_EXEMPLOS)
    return Receita(exemplos=tuple(exemplos), **comum)


def _temas(caminho: Path) -> tuple[str, ...]:
    temas = tuple(" ".join(linha.split()) for linha in caminho.read_text(encoding="utf-8-sig").split("\n"))
    if not any(temas):
        raise ErroPoema(f"{visivel(relativo(caminho), 200)} não tem nenhum tema; ponha um por linha.")
    return tuple(filter(None, temas))


def _confere(llms: list[LLM]) -> list[str]:
    """O tipo de cada servidor. Um que não responde talvez volte; um que responde e não serve é um engano."""
    tipos, falhas = [], []
    for llm in llms:
        try:
            tipos.append(llm.confere())
        except Passageira as falha:
            falhas.append(falha)
            tipos.append("não respondeu")
    if len(falhas) == len(llms):
        raise falhas[0]
    return tipos


def _relata(obra: Obra, saida: Path) -> None:
    feita, c = obra.crivo.feita, obra.contagem
    linhas = [*balanco.numeros(feita.poemas), *balanco.tabela(feita, Contas())]
    for linha in linhas:
        print(linha)
    print(
        f"{milhar(c.respostas)} respostas, {milhar(len(feita.poemas))} aceitas; {milhar(c.entrada)} tokens lidos e "
        f"{milhar(c.saida)} escritos"
    )
    print(f"{milhar(obra.tem)} poemas em {visivel(relativo(saida), 200)}")
    print(f"para treinar com eles: just treina --dataset {entre_aspas(saida)}")


if __name__ == "__main__":
    executa(principal)
