"""Pede poemas a uma LLM, limpa-os, recusa os que não servem e guarda os outros num arquivo de treino."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from poema_top.base.arquivos import grava_atomico, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema, executa
from poema_top.base.numeros import decimal, milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import ate, inteiro_positivo, positivo, semente, temperatura
from poema_top.base.visivel import entre_aspas, visivel
from poema_top.llm import cliente
from poema_top.llm.cliente import LLM
from poema_top.llm.falhas import Passageira
from poema_top.llm.probabilidades import MAXIMO
from poema_top.llm.sintese import obra as obras
from poema_top.llm.sintese import pedidos as lista
from poema_top.llm.sintese.ficha import ficha
from poema_top.llm.sintese.obra import Obra
from poema_top.llm.sintese.painel import Painel
from poema_top.llm.sintese.pedidos import Receita
from poema_top.llm.sintese.rodada import Rodada
from poema_top.llm.sintese.temas import TEMAS
from poema_top.texto import balanco
from poema_top.texto.contas import Contas
from poema_top.texto.poemas import le_poemas

PRAZO_DA_CONFERENCIA = 30.0  # segundos: a lista dos modelos não se escreve, está pronta


@dataclass
class Opcoes:
    """As opções de `just gera`."""

    quantidade: int = opcao(1000, "poemas que o arquivo deve ter, com os que já tiver", type=inteiro_positivo)
    saida: Path | None = opcao(None, "o arquivo dos poemas, que só cresce", type=Path)
    servidor: tuple[str, ...] = opcao(
        (cliente.SERVIDOR,), "servidores compatíveis com a OpenAI, um ou vários", type=str, metavar="URL"
    )
    modelo_llm: str = opcao(cliente.MODELO, "modelo dos servidores", type=str, metavar="NOME")
    pedido: str | None = opcao(None, f"o que se pede (padrão: “{lista.PEDIDO}”)", type=str, metavar="TEXTO")
    temas: Path | None = opcao(None, "arquivo com um tema por linha (padrão: cem nossos)", type=Path)
    base: bool = opcao(False, "o modelo é base, não atende a pedidos: lê poemas e escreve o seguinte")
    exemplos: Path | None = opcao(
        None, f"com --base: os poemas que ele lê (padrão: {relativo(lista.OS_EXEMPLOS)})", type=Path
    )
    probabilidades: int = opcao(
        0,
        f"guarda também, em cada token, as probabilidades dos K mais prováveis (até {MAXIMO})",
        type=ate(MAXIMO),
        metavar="K",
    )
    paralelo: int = opcao(
        cliente.SIMULTANEOS, "pedidos ao mesmo tempo em cada servidor", type=inteiro_positivo
    )
    temperatura: float = opcao(lista.TEMPERATURA, "a da LLM", type=temperatura)
    tokens: int = opcao(lista.TOKENS, "o máximo de cada resposta", type=inteiro_positivo)
    prazo: float = opcao(cliente.PRAZO, "segundos até desistir de uma resposta", type=positivo)
    semente: int = opcao(0, "outra semente, outros pedidos", type=semente)


def principal() -> None:
    """Pede poemas a uma LLM (Ollama, llama.cpp, vLLM), limpa-os e os guarda num arquivo pronto para treinar.

    Pode parar a qualquer instante: o mesmo comando continua de onde ia, sem perguntar nada duas vezes.
    """
    o = le_opcoes(Opcoes, principal.__doc__)
    if o.saida is None:
        raise ErroPoema("falta dizer onde gravar os poemas: --saida dataset/meus-poemas.txt")
    prova_que_se_grava(o.saida)
    receita = _receita(o)
    llms = [LLM(url, o.modelo_llm, prazo=o.prazo, tentativas=1) for url in dict.fromkeys(o.servidor)]
    with obras.abre(o.saida) as obra:
        nome = visivel(relativo(o.saida), 200)
        if obra.tem >= o.quantidade:
            grava_atomico(obras.ao_lado(o.saida, obras.FICHA), ficha(obra))  # a de quem foi morto no fim
            print(f"{nome} já tem {milhar(obra.tem)} poemas; para mais, aumente a --quantidade.")
            return
        obra.crivo.conhece_exemplos(receita.exemplos)
        tipos = _confere([llm.servidor for llm in llms], o)
        try:
            obra.comeca_sessao({"servidores": tipos, **receita.resumo()})
            try:
                interrompida = _roda(o, obra, receita, llms)
            finally:
                grava_atomico(obras.ao_lado(o.saida, obras.FICHA), ficha(obra))
        except OSError as erro:
            raise ErroPoema(
                f"não consigo gravar {nome}: {descreve_erro_do_sistema(erro)} O que já veio está guardado: o "
                "mesmo comando continua."
            ) from None
        finally:
            _relata(obra, nome)
    if interrompida:
        raise KeyboardInterrupt
    print(f"para treinar com eles: just treina --dataset {entre_aspas(o.saida)}")


def _receita(o: Opcoes) -> Receita:
    comum = Receita(o.modelo_llm, o.temperatura, o.tokens, o.semente, probabilidades=o.probabilidades)
    if not o.base:
        if o.exemplos:
            raise ErroPoema("--exemplos só vale com --base: quem atende a pedidos não precisa deles.")
        temas = _temas(o.temas) if o.temas else TEMAS
        return replace(comum, pedido=o.pedido or lista.PEDIDO, temas=temas)
    if o.pedido or o.temas:
        raise ErroPoema("um modelo base não atende a pedidos: com --base não valem --pedido nem --temas.")
    exemplos = tuple(le_poemas(o.exemplos or lista.OS_EXEMPLOS))
    return replace(comum, exemplos=exemplos)


def _temas(caminho: Path) -> tuple[str, ...]:
    try:
        linhas = caminho.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise ErroPoema(f"{visivel(relativo(caminho), 200)} não está em UTF-8; grave-o assim.") from None
    temas = tuple(tema for linha in linhas if (tema := " ".join(linha.split())))
    if not temas:
        raise ErroPoema(f"{visivel(relativo(caminho), 200)} não tem nenhum tema; ponha um por linha.")
    return temas


def _confere(servidores: Sequence[str], o: Opcoes) -> list[str]:
    """O tipo de cada servidor. Um que não responde talvez volte; um que responde e não serve é um engano."""
    tipos, falhas = [], []
    for servidor in servidores:
        try:
            tipos.append(LLM(servidor, o.modelo_llm, prazo=min(o.prazo, PRAZO_DA_CONFERENCIA)).confere())
        except Passageira as falha:
            falhas.append(falha)
            tipos.append("não respondeu")
    if len(falhas) == len(servidores):
        raise falhas[0]
    if o.probabilidades and o.base and (outros := set(tipos) - {"llama.cpp", "não respondeu"}):
        raise ErroPoema(
            f"de um modelo base, só o servidor do llama.cpp dá as probabilidades (este é {outros.pop()}): "
            "tire --probabilidades, ou suba um llama-server."
        )
    if "Ollama" in tipos and o.paralelo > 1:
        print(
            "o Ollama atende um pedido de cada vez, se não lhe disserem outra coisa: "
            f"OLLAMA_NUM_PARALLEL={o.paralelo} ollama serve"
        )
    return tipos


def _roda(o: Opcoes, obra: Obra, receita: Receita, llms: Sequence[LLM]) -> bool:
    """Pede o que falta; devolve se o interromperam."""
    fila = (pedido for pedido in lista.pedidos(receita) if pedido.chave not in obra.respondidas)
    with Painel(o.quantidade, obra.tem, len(obra.crivo.feita.descartados)) as painel:
        rodada = Rodada(obra, painel, o.quantidade)
        asyncio.run(rodada.pede(llms, o.paralelo, fila))
    print(f"{decimal(painel.tokens_por_segundo, 1)} tokens por segundo, em {decimal(painel.segundos, 1)} s")
    return rodada.interrompida


def _relata(obra: Obra, nome: str) -> None:
    """O mesmo relatório de `just dataset`, de tudo o que o diário tem."""
    feita, c = obra.crivo.feita, obra.contagem
    for linha in (*balanco.numeros(feita.poemas), *balanco.tabela(feita, Contas())):
        print(linha)
    print(
        f"{milhar(c.respostas)} respostas, {milhar(len(feita.poemas))} aceitas; "
        f"{milhar(c.entrada)} tokens lidos e {milhar(c.saida)} escritos"
    )
    print(f"{milhar(obra.tem)} poema(s) em {nome}")


if __name__ == "__main__":
    executa(principal)
