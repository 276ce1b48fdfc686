"""O laço do treino: épocas, validações e o que se guarda de cada uma."""

import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.rede.modelo import descreve
from poema_top.texto.janelas import Janelas, Plano
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.acompanhamento import Acompanhamento
from poema_top.treino.comparacao import Comparacao
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.dados import Dados
from poema_top.treino.destilacao import Distribuicoes, alvos_do_professor
from poema_top.treino.destilacao_llm import alvos_da_llm
from poema_top.treino.gravacao import Gravacao
from poema_top.treino.grupo import Grupo
from poema_top.treino.noticias import Conta, a_ninguem
from poema_top.treino.preparo import mostra_fim, mostra_plano
from poema_top.treino.treinador import Treinador
from poema_top.treino.validacao import nats_por_caractere


def treina(
    c: Configuracao, dados: Dados, pasta: Path, conta: Conta = a_ninguem, grupo: Grupo | None = None
) -> None:
    """Treina e deixa em `pasta` o melhor modelo pela validação; num grupo, só o chefe grava.

    Raises:
        ErroPoema: a perda divergiu (o melhor até ali fica), ou o disco recusou a gravação.
    """
    grupo = grupo or Grupo()
    vocabulario = dados.vocabulario
    plano = Plano(dados.treino, c.lote, c.janela, c.semente)
    mostra_plano(c, plano.passos)
    treinador = Treinador.de(c, vocabulario, grupo)
    a = Acompanhamento(c, plano.passos, len(vocabulario), conta)
    gravacao = Gravacao(c, dados, pasta, treinador.modelo, a)
    if c.continua is not None:
        gravacao.retoma()
    print(descreve(treinador.modelo))
    print(f"treino em {treinador.onde}\n", flush=True)
    plano = replace(plano, professor=_do_professor(c, dados))
    comparacao = None
    if c.a_partir_de is not None and grupo.chefe:
        with a.sem_contar():
            comparacao = Comparacao(c, dados, treinador.modelo)
    janelas = plano.epocas(a.epoca)
    with a.atende_sinais(), gravacao.ate_o_fim():
        parou = _todos_param(grupo, a)
        while not parou:
            perda, caracteres_por_segundo = _epoca(treinador, janelas, a, vocabulario)
            if a.divergiu:
                break
            parou = _todos_param(grupo, a)
            if not (parou or a.hora_de_validar):
                continue
            nats = _valida(treinador.modelo, dados, a)
            if nats is None:
                break
            melhor = a.anota_epoca(perda, nats, caracteres_por_segundo)
            if grupo.chefe:
                gravacao.mostra_versos()
                gravacao.guarda(melhor=melhor)
            parou = parou or _todos_param(grupo, a)
    mostra_fim(a, pasta)
    if comparacao:
        comparacao.mostra(a.historico, pasta)


def _do_professor(c: Configuracao, dados: Dados) -> Distribuicoes | None:
    """De onde vêm os alvos, se não só do texto."""
    if not c.peso_do_professor:
        return None
    de = dados.treino, dados.vocabulario, dados.cache
    if c.professor_llm is not None:
        return alvos_da_llm(c.professor_llm, *de)
    return None if c.professor is None else alvos_do_professor(c.professor, c.peso_do_professor, *de)


def _valida(modelo: Any, dados: Dados, a: Acompanhamento) -> float | None:
    """Nats por caractere na validação; None se um Ctrl-C a cortou e há uma época anterior com que ficar.

    A primeira conta mesmo pela metade: sem ela não haveria o que gravar. O grafo dela não é tempo de
    treino.
    """
    motivo, c = a.motivo, a.configuracao
    with nullcontext() if a.historico else a.sem_contar():
        nats = nats_por_caractere(
            modelo,
            dados.validacao,
            dados.vocabulario.id_separador,
            c.janela,
            desiste=lambda: a.motivo != motivo,
        )
    return None if a.motivo != motivo and a.historico else nats


def _todos_param(grupo: Grupo, a: Acompanhamento) -> bool:
    """Se é hora de parar para algum dos processos: param juntos, ou os outros o esperariam."""
    return grupo.combina(a.acabou)[0] > 0


def _epoca(
    treinador: Treinador, janelas: Janelas, a: Acompanhamento, vocabulario: Vocabulario
) -> tuple[float, float]:
    """Uma volta no dataset, ou até a hora de parar: nats por caractere, e caracteres por segundo.

    A perda de um passo é a média por token; multiplicada pelos tokens e somada, dá os nats da época, que se
    dividem pelas letras lidas.
    """
    treinador.zera()  # a ordem dos poemas é outra: o estado de antes não diz nada
    comeco, perdas, tokens, letras = time.perf_counter(), list[Any](), 0, 0
    with a.barra() as barra:
        for _ in range(a.passos_por_epoca):
            ids, alvos = next(janelas)
            (taxa,) = treinador.grupo.combina(a.taxa)
            if a.passos:
                perdas.append(treinador.treina(ids, alvos, taxa))
            else:
                with a.sem_contar():  # o grafo se monta aqui, e leva mais que muitos passos
                    perdas.append(treinador.treina(ids, alvos, taxa))
                    float(perdas[0])
            tokens, letras = tokens + ids.size, letras + int(vocabulario.letras[ids].sum())
            # A perda é a do passo anterior: a deste ainda não saiu.
            a.anota_passo(float(perdas[-2:][0]), barra, letras / tokens)
            if _todos_param(treinador.grupo, a):
                break
    a.confere(float(perdas[-1]))
    nats_por_token = float(np.mean([float(perda) for perda in perdas]))
    return nats_por_token * tokens / letras, letras / (time.perf_counter() - comeco)
