"""O que vem antes e depois do laço do treino: os padrões, a pasta, os poemas lidos e o que se mostra."""

import argparse
import contextlib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poema_top.base import interrupcao
from poema_top.base.arquivos import PASTA_MODELOS, RAIZ, relativo, relativos
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.geracao import checkpoint, pastas
from poema_top.geracao.amostras import avisa_trocas, mostra_amostras
from poema_top.texto.divisao import POUCOS, parcela_ou_arquivo
from poema_top.texto.reservado import varios
from poema_top.treino import destino
from poema_top.treino.ajuste import ajusta
from poema_top.treino.configuracao import RECEITAS, Configuracao
from poema_top.treino.dados import Dados
from poema_top.treino.noticias import Conta, a_ninguem

if TYPE_CHECKING:
    from poema_top.treino.acompanhamento import Acompanhamento

# Os números são os de docs/silabas.md.
O_PASSO_SEGUINTE = (
    "o passo seguinte: just treina --receita silabas lê sílabas em vez de letras e, no mesmo tempo, erra "
    "0,04 nat a menos por letra (docs/silabas.md)"
)
QUASE_ACASO = 2.0  # nats por caractere: acima disto nem as palavras curtas se acertam
Treina = Callable[[Configuracao, Dados, Path, Conta], None]  # treina e deixa na pasta o melhor modelo


def roda(
    c: Configuracao,
    escolhe_treino: Callable[[Configuracao], Treina],
    *,
    chefe: bool = True,
    conta: Conta = a_ninguem,
) -> None:
    """O comando inteiro: lê os poemas, treina e mostra o que o modelo escreve.

    Args:
        c: o que foi pedido.
        escolhe_treino: devolve o laço; só é chamado depois de os poemas estarem lidos, porque o TensorFlow
            leva segundos para carregar, e os erros de quem usa não esperam por ele.
        chefe: se é este processo que grava o modelo, e o mostra no fim.
        conta: a quem dizer o que vai acontecendo.
    """
    with destino.reservado(c) if chefe else contextlib.nullcontext(destino.pedido(c)) as pasta:
        antes = pastas.versao(pasta)
        conta({"fase": "preparo", "nome": pasta.name})
        dados = Dados.de(c)
        conta({"lidos": len(dados.treino), "guardados": len(dados.validacao)})
        _mostra_dados(c, dados)
        for dito in c.ajustes:
            print(f"  {dito}", flush=True)
        try:
            escolhe_treino(c)(c, dados, pasta, conta)
            if chefe:
                conta({"fase": "poemas"})
                print(f"\nmodelo em {relativo(pasta)}; alguns poemas dele:")
                escritos = mostra_amostras(checkpoint.le(pasta), semente=c.semente)
                poemas = [{"temperatura": graus, "texto": texto} for graus, texto in escritos]
                conta({"poemas": poemas, "comando": _o_que_poe_no_ar(pasta)})
                if c.receita == "rapida" and c.tokens == "caracteres":
                    print(f"\n{O_PASSO_SEGUINTE}")
        except KeyboardInterrupt:
            if pastas.versao(pasta) == antes:
                raise
            print(f"\ninterrompido; o melhor até ali está em {relativo(pasta)}")


def _o_que_poe_no_ar(pasta: Path) -> str:
    """Sem dizer qual, o servidor usa o modelo mais novo dos de sempre."""
    daqui = pasta.resolve().parent == PASTA_MODELOS.resolve()
    return "just websocket" if daqui else f"just websocket --modelo {relativo(pasta)}"


def padroes(lidas: argparse.Namespace, pedidas: set[str]) -> dict[str, Any]:
    """Os padrões das outras opções: os do treino que se retoma, os da receita, ou os que cabem no texto."""
    if lidas.continua is None:
        receita = RECEITAS[lidas.receita]
        if lidas.receita == "classica":
            return receita
        com_receita = argparse.Namespace(
            **{**vars(lidas), **{k: v for k, v in receita.items() if k not in pedidas}}
        )
        feito_para_ele = ajusta(com_receita, pedidas)
        return {**receita, **feito_para_ele.valores, "ajustes": tuple(feito_para_ele.ditos)}
    with interrupcao.carregando():
        from poema_top.treino.retomada import Retomada

    pasta = destino.a_continuar(lidas.continua, lidas.saida)
    feito = Retomada.de_pasta(pasta).configuracao
    try:
        caminhos: dict[str, Any] = {"dataset": tuple(RAIZ / nome for nome in varios(feito["dataset"]))}
        for campo in ("professor", "professor_llm"):
            if feito.get(campo):
                caminhos[campo] = RAIZ / feito[campo]
        if isinstance(validacao := parcela_ou_arquivo(feito["validacao"]), Path):
            caminhos["validacao"] = str(validacao)
    except (KeyError, TypeError, AttributeError):
        raise ErroPoema(f"{relativo(pasta)} não diz que treino era; treine de novo.") from None
    # Uma opção que já não existe pode estar na retomada de um treino antigo.
    conhecidas = {campo.name for campo in fields(Configuracao)}
    return {campo: valor for campo, valor in {**feito, **caminhos}.items() if campo in conhecidas}


def _mostra_dados(c: Configuracao, dados: Dados) -> None:
    print(relativos(c.dataset))
    for linha in dados.relato:
        print(f"  {linha}")
    for nome, corpus in (("treino", dados.treino), ("validação", dados.validacao)):
        print(f"  {nome:<10} {milhar(len(corpus)):>7} poemas  {milhar(corpus.caracteres):>10} caracteres")
    todos = len(dados.treino) + len(dados.validacao)
    if todos < POUCOS and isinstance(parcela_ou_arquivo(c.validacao), float):
        print(
            f"  com poucos poemas, ao menos um décimo deles (aqui {len(dados.validacao)} de {todos}) fica "
            "para a validação"
        )
    print(f"  vocabulário {len(dados.vocabulario)} tokens", flush=True)
    avisa_trocas(dados.trocas)
    if dados.novos:
        partes = (
            f"{novo!r} ({f'como {velho!r}' if velho else 'do nada'})" for novo, velho in dados.novos.items()
        )
        print(f"  o vocabulário cresceu em {len(dados.novos)}: {', '.join(partes)}", flush=True)
    for aviso in dados.enormes():
        print(aviso, flush=True)


def mostra_plano(c: Configuracao, passos: int) -> None:
    """Conta quanto há para treinar."""
    minutos = f"{decimal(c.orcamento_minutos, 1)} minutos" if c.orcamento_minutos else ""
    duracao = " ou ".join(filter(None, [f"{milhar(c.epocas)} épocas" if c.epocas else "", minutos]))
    print(f"  {milhar(passos)} passos por época, {duracao} de treino\n", flush=True)


def mostra_fim(a: "Acompanhamento", pasta: Path) -> None:
    """Diz por que o treino parou, se não foi no fim do orçamento.

    Raises:
        ErroPoema: a perda deixou de ser um número.
        KeyboardInterrupt: parou antes de aprender alguma coisa.
    """
    if a.divergiu:
        fica = f"o melhor até ali está em {relativo(pasta)}" if a.historico else "nada foi gravado"
        raise ErroPoema(f"{a.motivo} e o treino parou; {fica}. Tente uma --taxa-aprendizado menor.")
    if a.motivo and not a.historico:
        raise KeyboardInterrupt
    if a.motivo:
        a.conta({"motivo": a.motivo})
        print(f"treino encerrado antes do fim: {a.motivo}")
    melhor = min(a.historico, key=lambda e: e.validacao_nats)
    if melhor.validacao_nats > QUASE_ACASO and a.configuracao.a_partir_de is None:
        print(
            f"aviso: a {decimal(melhor.validacao_nats, 1)} nats por caractere o que escreve é quase acaso. "
            f"Foram {milhar(a.passos)} passos: dê mais --minutos ou --epocas; com poucos poemas, não comece "
            "do zero."
        )
