"""Treina um modelo: dos poemas à pasta em modelos_treinados/."""

import argparse
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from poema_top import checkpoint
from poema_top.amostra import avisa_trocas, mostra_amostras
from poema_top.comum import ErroPoema, decimal, executa, milhar, relativo
from poema_top.configuracao import RECEITAS, Configuracao
from poema_top.dados import Dados
from poema_top.distribuicao import Grupo
from poema_top.janelas import Plano
from poema_top.opcoes import le_opcoes

if TYPE_CHECKING:
    from poema_top.acompanhamento import Acompanhamento
    from poema_top.treinador import Treinador


def principal() -> None:
    """Treina um modelo nos poemas de um arquivo e guarda o melhor em modelos_treinados/."""
    roda(le_opcoes(Configuracao, principal.__doc__, padroes=padroes), Grupo())


def roda(c: Configuracao, grupo: Grupo) -> None:
    """O comando inteiro: lê os poemas, treina e mostra o que o modelo escreve."""
    pasta = _pasta(c)
    dados = Dados.de(c)
    plano = Plano.de(c, dados.treino)
    _mostra_dados(c, dados, plano)
    treina(c, dados, plano, pasta, grupo)
    if grupo.chefe:
        print(f"\nmodelo em {relativo(pasta)}; alguns poemas dele:")
        mostra_amostras(checkpoint.le(pasta), semente=c.semente)


def padroes(lidas: argparse.Namespace) -> dict[str, Any]:
    """Os padrões das outras opções: os do treino que se retoma, ou os da receita."""
    if lidas.continua is None:
        return RECEITAS[lidas.receita]
    from poema_top.retomada import Retomada

    feito = Retomada.de_pasta(_a_continuar(lidas.continua, lidas.saida)).configuracao
    caminhos = {campo: Path(feito[campo]) for campo in ("dataset", "professor") if feito[campo]}
    return {**feito, **caminhos}


def _a_continuar(continua: Path, saida: Path) -> Path:
    """A pasta pedida, ou a mais nova quando `--continua` veio sem valor."""
    return continua if continua.name else checkpoint.mais_nova(saida)


def _pasta(c: Configuracao) -> Path:
    if c.continua is not None:
        return _a_continuar(c.continua, c.saida)
    pasta = c.saida / (c.nome or datetime.now().strftime("%Y%m%d-%H%M%S"))
    if pasta.parent != c.saida or not pasta.name or pasta.name.startswith("."):
        raise ErroPoema(f"--nome precisa ser um nome de pasta simples (veio {c.nome!r}).")
    return pasta


def treina(c: Configuracao, dados: Dados, plano: Plano, pasta: Path, grupo: Grupo) -> None:
    """Treina e deixa em `pasta` o melhor modelo pela validação; num grupo, só o chefe grava.

    Raises:
        ErroPoema: a perda divergiu (o melhor até ali fica), ou o disco recusou a gravação.
    """
    # Só agora: o TensorFlow leva segundos para carregar, e os erros de opção não esperam por ele.
    from poema_top.acompanhamento import Acompanhamento
    from poema_top.gravacao import Gravacao
    from poema_top.modelo import descreve
    from poema_top.treinador import Treinador
    from poema_top.validacao import valida

    treinador = Treinador.de(c, dados.vocabulario, grupo)
    acompanhamento = Acompanhamento(c, plano.passos, len(dados.vocabulario))
    gravacao = Gravacao(c, dados, pasta, treinador, acompanhamento)
    if c.continua is not None:
        gravacao.retoma()
    print(descreve(treinador.modelo))
    print(f"treino em {treinador.onde}\n", flush=True)

    if c.professor is not None:
        from poema_top.destila import alvos_do_professor

        alvos = alvos_do_professor(
            c.professor, c.peso_do_professor, dados.treino, dados.vocabulario, dados.cache
        )
        plano = plano.com_professor(alvos)
    janelas = plano.epocas(len(acompanhamento.historico))
    with acompanhamento.atende_sinais():
        while not _todos_param(grupo, acompanhamento):
            perda, caracteres_por_segundo = _epoca(treinador, janelas, acompanhamento)
            if acompanhamento.divergiu:
                break
            nats = valida(treinador.modelo, dados.validacao, dados.vocabulario, c)
            melhor = acompanhamento.anota_epoca(perda, nats, caracteres_por_segundo)
            if grupo.chefe:
                gravacao.mostra_versos()
                gravacao.guarda(melhor=melhor)
    _mostra_fim(acompanhamento, pasta)


def _todos_param(grupo: Grupo, a: "Acompanhamento") -> bool:
    """Se é hora de parar para algum dos processos: param juntos, ou os outros o esperariam."""
    return grupo.combina(a.acabou)[0] > 0


def _epoca(
    treinador: "Treinador", janelas: Iterator[tuple[np.ndarray, np.ndarray]], a: "Acompanhamento"
) -> tuple[float, float]:
    """Uma volta no dataset, ou até a hora de parar: perda média e caracteres por segundo."""
    treinador.zera()  # a ordem dos poemas é outra: o estado de antes não diz nada
    comeco, perdas, caracteres = time.monotonic(), list[Any](), 0
    with a.barra() as barra:
        for _ in range(a.passos_por_epoca):
            ids, alvos = next(janelas)
            (taxa,) = treinador.grupo.combina(a.taxa)
            perdas.append(treinador.treina(ids, alvos, taxa))
            caracteres += alvos.shape[0] * alvos.shape[1]
            a.anota_passo(float(perdas[-2:][0]), barra)  # a do passo anterior: a deste ainda não saiu
            if _todos_param(treinador.grupo, a):
                break
    a.confere(float(perdas[-1]))
    return float(np.mean([float(perda) for perda in perdas])), caracteres / (time.monotonic() - comeco)


def _mostra_dados(c: Configuracao, dados: Dados, plano: Plano) -> None:
    print(f"{relativo(c.dataset)}")
    for nome, corpus in (("treino", dados.treino), ("validação", dados.validacao)):
        print(f"  {nome:<10} {milhar(len(corpus)):>7} poemas  {milhar(corpus.caracteres):>10} caracteres")
    print(f"  vocabulário {len(dados.vocabulario)} caracteres")
    avisa_trocas(dados.trocas)
    duracao = f"{decimal(c.orcamento_minutos, 1)} minutos" if c.orcamento_minutos else f"{c.epocas} épocas"
    print(f"  {milhar(plano.passos)} passos por época, {duracao} de treino\n", flush=True)


def _mostra_fim(a: "Acompanhamento", pasta: Path) -> None:
    """Diz por que o treino parou, se não foi no fim do orçamento.

    Raises:
        ErroPoema: a perda deixou de ser um número, ou nada chegou a ser guardado.
    """
    if a.divergiu:
        fica = f"o melhor até ali está em {relativo(pasta)}" if a.historico else "nada foi gravado"
        raise ErroPoema(f"{a.motivo} e o treino parou; {fica}. Tente uma --taxa-aprendizado menor.")
    if a.motivo:
        print(f"treino encerrado antes do fim: {a.motivo}")


if __name__ == "__main__":
    executa(principal)
