"""O que os padrões mudam quando o texto é pouco: de onde partir, o lote, a janela, a taxa, as épocas."""

import argparse
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poema_top.base.arquivos import PASTA_MODELOS, relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import breve, milhar
from poema_top.geracao import checkpoint
from poema_top.geracao.pastas import NOME_PADRAO
from poema_top.texto import colecao
from poema_top.texto.divisao import POUCOS, de_validacao, impressoes, parcela_ou_arquivo
from poema_top.texto.pedacos import DE_NOME, pedacos
from poema_top.treino.configuracao import MINUTOS_PADRAO, RECEITAS, Configuracao

POUCO_TEXTO = 100_000  # caracteres
TEXTO_DE_SOBRA = 1 << 20  # bytes: com mais que isto nada muda, e nem se lê
PASSOS = 16  # por época, ao menos, enquanto o lote não fica pequeno demais para render
LOTE_MINIMO = 8
PASSOS_DE_ZERO, PASSOS_DE_AFINAR = 800, 200
EPOCAS = 8  # ao menos
TAXA_DE_AFINAR, DROPOUT = 0.004, 0.3  # medidos em 46 e em 200 poemas: docs/seus-poemas.md
# Quem pede uma destas quer outra rede, ou outro começo, que não os do modelo que vem com o projeto.
_DE_OUTRA_REDE = {
    *("unidades", "minusculas", "terminador", "professor", "a_partir_de", "do_zero", "continua"),
    *("receita", "tokens", "max_vocabulario", "entrada", "dimensoes", "saida_atada"),
}
_DA_REDE = ("unidades", "tokens", "entrada", "dimensoes", "saida_atada")  # o que se herda de onde se parte


@dataclass
class Ajuste:
    """Os padrões que mudam, e por quê."""

    valores: dict[str, Any] = field(default_factory=dict)
    ditos: list[str] = field(default_factory=list)


def ajusta(lidas: argparse.Namespace, pedidas: set[str], partida: Path | None = None) -> Ajuste:
    """Os padrões para o texto pedido; o que foi pedido na linha de comando fica como está.

    Args:
        lidas: as opções, com os padrões da receita.
        pedidas: os nomes das que foram dadas.
        partida: o modelo de quem parte quem tem poucos poemas (padrão: o que vem com o projeto).

    Raises:
        ErroPoema: o texto não se lê, ou as opções não se entendem.
    """
    if lidas.do_zero and lidas.a_partir_de:
        raise ErroPoema("--do-zero não parte de modelo nenhum: tire-o, ou tire o --a-partir-de.")
    a = Ajuste()
    if "receita" in pedidas:  # a que se pede fica com os seus tokens, ainda que parta de um modelo de outros
        pedidas = pedidas | (set(RECEITAS[lidas.receita]) & {"tokens"})
    treino, caracteres, poemas = _mede(lidas)
    pouco = 0 < poemas < POUCOS or 0 < caracteres < POUCO_TEXTO
    origem = lidas.a_partir_de
    padrao = partida or PASTA_MODELOS / NOME_PADRAO
    if pouco and not pedidas & _DE_OUTRA_REDE and (padrao / checkpoint.MODELO).exists():
        origem = a.valores["a_partir_de"] = padrao
        a.ditos.append(
            f"são poucos poemas ({milhar(poemas)}): parto de {relativo(padrao)}, que já sabe português; "
            "--do-zero começa do nada"
        )
    if origem is not None:
        a.valores |= {nome: valor for nome, valor in _rede_de(origem).items() if nome not in pedidas}
    elif lidas.professor is not None and "tokens" not in pedidas:
        a.valores["tokens"] = _rede_de(lidas.professor).get("tokens", lidas.tokens)
    tokens = _tokens(treino, DE_NOME[a.valores.get("tokens", lidas.tokens)])
    _cabe(a, lidas, pedidas, tokens)
    if pouco:
        _dura(a, lidas, pedidas, tokens, afina=origem is not None)
    return a


def _rede_de(origem: Path) -> dict[str, Any]:
    """As opções com que se fez a rede de um modelo; o que a ficha dele não diz fica com o padrão."""
    feita = checkpoint.le(origem).ficha.get("configuracao", {})
    valores = {nome: feita.get(nome, getattr(Configuracao, nome)) for nome in _DA_REDE}
    return {**valores, "unidades": tuple(valores["unidades"])}


def _mede(lidas: argparse.Namespace) -> tuple[list[str], int, int]:
    """Os poemas do treino, os caracteres de tudo, e quantos poemas; nada se há texto de sobra."""
    try:
        arquivos = (arquivo for caminho in lidas.dataset for arquivo in _arquivos(caminho))
        bytes_lidos = sum(arquivo.stat().st_size for arquivo in arquivos)
    except OSError:
        return [], 0, 0  # quem o vai ler explica
    if bytes_lidos > TEXTO_DE_SOBRA:
        return [], 0, 0
    poemas = colecao.le(*lidas.dataset)
    parcela = parcela_ou_arquivo(lidas.validacao)
    fora = de_validacao(impressoes(poemas), parcela if isinstance(parcela, float) else 0.0, lidas.semente)
    do_treino = [poema for poema, separado in zip(poemas, fora, strict=True) if not separado]
    return do_treino, sum(len(poema) + 1 for poema in poemas), len(poemas)


def _tokens(poemas: list[str], tipo: str) -> int:
    """Quantos tokens há neles, ao menos: um pedaço que não coube no vocabulário se escreve com vários."""
    return sum(1 + sum(1 for _ in pedacos(poema, tipo)) for poema in poemas)


def _arquivos(caminho: Path) -> list[Path]:
    return [p for p in caminho.rglob("*") if p.is_file()] if caminho.is_dir() else [caminho]


def _cabe(a: Ajuste, lidas: argparse.Namespace, pedidas: set[str], tokens: int) -> None:
    """Um lote, e se preciso uma janela, com que cada época tenha passos bastantes."""
    lote, janela = lidas.lote, lidas.janela
    if not tokens or "lote" in pedidas:
        return
    while lote > LOTE_MINIMO and tokens <= PASSOS * lote * janela:
        lote //= 2
    while lote > 1 and tokens <= lote * janela:
        lote //= 2
    while "janela" not in pedidas and janela > 1 and tokens <= lote * janela:
        janela //= 2
    if (lote, janela) != (lidas.lote, lidas.janela):
        a.valores |= {"lote": lote, "janela": janela}
        a.ditos.append(
            f"para {milhar(tokens)} tokens de treino, lotes de {lote} janelas de {janela} "
            f"em vez de {lidas.lote} de {lidas.janela} (--lote e --janela mudam)"
        )


def _dura(a: Ajuste, lidas: argparse.Namespace, pedidas: set[str], tokens: int, *, afina: bool) -> None:
    """As épocas e a taxa de quem tem pouco: depois de umas voltas, o que se aprende é de cor."""
    ditos = []
    if not pedidas & {"epocas", "minutos"}:
        passos = max(
            1, (tokens - 1) // (a.valores.get("lote", lidas.lote) * a.valores.get("janela", lidas.janela))
        )
        epocas = max(EPOCAS, math.ceil((PASSOS_DE_AFINAR if afina else PASSOS_DE_ZERO) / passos))
        a.valores |= {"epocas": epocas, "minutos": MINUTOS_PADRAO}
        ditos.append(f"no máximo {milhar(epocas)} épocas (--epocas ou --minutos mudam)")
    if afina and not pedidas & {"taxa_aprendizado", "otimizador"}:
        a.valores["taxa_aprendizado"] = TAXA_DE_AFINAR
        ditos.append(f"taxa de aprendizado {breve(TAXA_DE_AFINAR)}, para mudar o modelo aos poucos")
    if "dropout" not in pedidas:
        a.valores["dropout"] = DROPOUT
        ditos.append(f"dropout {breve(DROPOUT)}, contra o decorar")
    if ditos:
        a.ditos.append("; ".join(ditos))
