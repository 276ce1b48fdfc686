"""O que vem antes e depois do laço do treino: os padrões, a pasta, os poemas lidos e o que se mostra."""

import argparse
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poema_top.base.arquivos import RAIZ, relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.base.sistema import serve_de_nome
from poema_top.geracao import checkpoint
from poema_top.geracao.amostras import avisa_trocas, mostra_amostras
from poema_top.texto.divisao import parcela_ou_arquivo
from poema_top.treino.configuracao import RECEITAS, Configuracao
from poema_top.treino.dados import Dados

if TYPE_CHECKING:
    from poema_top.treino.acompanhamento import Acompanhamento

_PROIBIDOS = '< > : " / \\ | ? *, ponto no fim nem nome de aparelho (con, nul)'
Treina = Callable[[Configuracao, Dados, Path], None]  # treina e deixa na pasta o melhor modelo


def roda(c: Configuracao, escolhe_treino: Callable[[Configuracao], Treina], *, mostra: bool = True) -> None:
    """O comando inteiro: lê os poemas, treina e mostra o que o modelo escreve.

    Args:
        c: o que foi pedido.
        escolhe_treino: devolve o laço; só é chamado depois de os poemas estarem lidos, porque o TensorFlow
            leva segundos para carregar, e os erros de quem usa não esperam por ele.
        mostra: se no fim há um modelo gravado para mostrar.
    """
    pasta = pasta_do_treino(c)
    dados = Dados.de(c)
    _mostra_dados(c, dados)
    escolhe_treino(c)(c, dados, pasta)
    if mostra:
        print(f"\nmodelo em {relativo(pasta)}; alguns poemas dele:")
        mostra_amostras(checkpoint.le(pasta), semente=c.semente)


def padroes(lidas: argparse.Namespace) -> dict[str, Any]:
    """Os padrões das outras opções: os do treino que se retoma, ou os da receita."""
    if lidas.continua is None:
        return RECEITAS[lidas.receita]
    from poema_top.treino.retomada import Retomada

    feito = Retomada.de_pasta(_a_continuar(lidas.continua, lidas.saida)).configuracao
    caminhos: dict[str, Any] = {c: RAIZ / feito[c] for c in ("dataset", "professor") if feito[c]}
    if isinstance(validacao := parcela_ou_arquivo(feito["validacao"]), Path):
        caminhos["validacao"] = str(validacao)
    # Uma opção que já não existe pode estar na retomada de um treino antigo.
    conhecidas = {campo.name for campo in fields(Configuracao)}
    return {campo: valor for campo, valor in {**feito, **caminhos}.items() if campo in conhecidas}


def _a_continuar(continua: Path, saida: Path) -> Path:
    """A pasta pedida, ou a mais nova quando `--continua` veio sem valor."""
    return checkpoint.mais_nova(saida) if continua == Path() else continua


def pasta_do_treino(c: Configuracao) -> Path:
    """A pasta em que o modelo vai ficar; ErroPoema se o nome não serve."""
    if c.continua is not None:
        return _a_continuar(c.continua, c.saida)
    pasta = c.saida / (c.nome or datetime.now().strftime("%Y%m%d-%H%M%S"))
    if pasta.parent != c.saida or not pasta.name or pasta.name.startswith("."):
        raise ErroPoema(f"--nome precisa ser um nome de pasta simples (veio {c.nome!r}).")
    if not serve_de_nome(pasta.name):
        raise ErroPoema(
            f"--nome precisa servir de pasta também no Windows: sem {_PROIBIDOS} (veio {c.nome!r})."
        )
    return pasta


def _mostra_dados(c: Configuracao, dados: Dados) -> None:
    print(f"{relativo(c.dataset)}")
    for nome, corpus in (("treino", dados.treino), ("validação", dados.validacao)):
        print(f"  {nome:<10} {milhar(len(corpus)):>7} poemas  {milhar(corpus.caracteres):>10} caracteres")
    print(f"  vocabulário {len(dados.vocabulario)} tokens", flush=True)
    avisa_trocas(dados.trocas)


def mostra_plano(c: Configuracao, passos: int) -> None:
    """Conta quanto há para treinar."""
    duracao = f"{decimal(c.orcamento_minutos, 1)} minutos" if c.orcamento_minutos else f"{c.epocas} épocas"
    print(f"  {milhar(passos)} passos por época, {duracao} de treino\n", flush=True)


def mostra_fim(a: "Acompanhamento", pasta: Path) -> None:
    """Diz por que o treino parou, se não foi no fim do orçamento.

    Raises:
        ErroPoema: a perda deixou de ser um número, ou nada chegou a ser guardado.
    """
    if a.divergiu:
        fica = f"o melhor até ali está em {relativo(pasta)}" if a.historico else "nada foi gravado"
        raise ErroPoema(f"{a.motivo} e o treino parou; {fica}. Tente uma --taxa-aprendizado menor.")
    if a.motivo:
        print(f"treino encerrado antes do fim: {a.motivo}")
