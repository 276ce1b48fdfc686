"""O espelho do projeto: quanto um modelo erra no que não leu, e o que valem os poemas que escreve."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.avaliacao import critica, figuras
from poema_top.avaliacao.juiz import Juiz
from poema_top.avaliacao.julgamento import julga
from poema_top.avaliacao.perda import FLUXOS, Perda, por_posicao, resume, surpresas
from poema_top.avaliacao.qualidade import Gerado, Qualidade, Referencia, faixa_util, gera_poemas, mede
from poema_top.avaliacao.relatorio import mostra_perda, mostra_qualidade
from poema_top.base import cache
from poema_top.base.arquivos import grava_atomico, prova_que_grava, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import breve
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import ate, inteiro_positivo, semente, temperatura
from poema_top.geracao import checkpoint
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.cortes import Cortes
from poema_top.geracao.critico import Critico
from poema_top.geracao.motor import Motor
from poema_top.geracao.rascunhos import MAXIMO, Revisor
from poema_top.llm import cliente
from poema_top.texto import reservado
from poema_top.texto.poemas import le_poemas


@dataclass(frozen=True)
class Opcoes(Cortes):
    """As opções de `just avalia`."""

    modelo: tuple[Path, ...] = opcao((), "pastas dos modelos (padrão: a mais nova)", type=Path)
    texto: Path | None = opcao(
        None, "poemas em que medir a perda (padrão: a validação de cada modelo)", type=Path
    )
    temperaturas: tuple[float, ...] = opcao((0.3, 0.6, 0.9), "temperaturas da geração", type=temperatura)
    caracteres: int = opcao(100_000, "caracteres gerados por temperatura", type=inteiro_positivo)
    semente: int = opcao(0, "repete o mesmo sorteio", type=semente)
    json: Path | None = opcao(None, "grava aqui todas as medidas", type=Path)
    grafico: Path | None = opcao(None, "grava aqui a qualidade contra a temperatura (PNG)", type=Path)
    posicao: Path | None = opcao(None, "grava aqui a perda contra a posição no poema (PNG)", type=Path)
    rascunhos: int = opcao(
        1, "mede o melhor de tantos poemas, escolhido como em just amostra", type=ate(MAXIMO)
    )
    critico: bool = opcao(True, "mostra as notas do crítico")
    juiz: bool = opcao(False, "pede notas a uma LLM")
    julgados: int = opcao(20, "juiz: poemas de cada origem", type=inteiro_positivo)
    votos: int = opcao(3, "juiz: notas por poema", type=inteiro_positivo)
    servidor: str = opcao(cliente.SERVIDOR, "juiz: servidor compatível com a OpenAI", metavar="URL")
    modelo_llm: str = opcao(cliente.MODELO, "juiz: modelo do servidor")
    cache: Path | None = opcao(None, "juiz: onde guardar as notas já dadas (padrão: .cache/juiz)", type=Path)


@dataclass(frozen=True)
class Avaliado:
    """O que se mediu de um modelo.

    Attributes:
        perda: no texto escolhido.
        sobrepostos: quantos poemas do texto o modelo leu no treino; se há algum, o texto não é reservado.
        posicoes: nats em cada posição do poema.
        qualidades: uma por temperatura.
        real: as mesmas medidas nos próprios poemas do texto, para comparar.
        gerados: os poemas de cada temperatura.
        reais: os poemas reservados, para o juiz comparar.
    """

    perda: Perda
    sobrepostos: int
    posicoes: list[float]
    qualidades: list[Qualidade]
    real: Qualidade
    gerados: dict[float, list[Gerado]]
    reais: list[str]


def avalia(treinado: Checkpoint, o: Opcoes, critico: Critico | None = None) -> Avaliado:
    """Mede a perda e, a cada temperatura, a qualidade do que o modelo escreve."""
    vocabulario = treinado.vocabulario
    textos = reservado.textos(treinado.ficha)
    poemas = le_poemas(o.texto) if o.texto else textos.validacao
    if not poemas:
        raise ErroPoema("o modelo não guardou nenhum poema para a validação; indique outros com --texto.")
    motor = Motor(treinado, FLUXOS)
    nats = surpresas(motor, vocabulario, poemas)
    treino = [vocabulario.normaliza(poema) for poema in textos.treino]
    referencia = Referencia(treino, vocabulario.separador)
    reais = [vocabulario.normaliza(poema) for poema in poemas]
    quantos = o.caracteres * o.rascunhos
    gerados = {
        t: gera_poemas(motor, vocabulario, o.amostragem(t), quantos, o.semente) for t in o.temperaturas
    }
    if o.rascunhos > 1:
        revisor = Revisor.de(treinado)
        gerados = {t: critica.preferidos(escritos, o.rascunhos, revisor) for t, escritos in gerados.items()}
    return Avaliado(
        perda=resume(nats, np.random.default_rng(o.semente)),
        sobrepostos=reservado.sobrepostos(poemas, textos.treino),
        posicoes=por_posicao(nats),
        qualidades=[
            replace(
                mede(gerados[t], referencia, temperatura=t),
                critico=critica.media(critico, gerados[t]) if critico else None,
            )
            for t in o.temperaturas
        ],
        gerados=gerados,
        real=mede([Gerado(poema, acabou=True) for poema in reais], referencia),
        reais=reais,
    )


def principal() -> None:
    """Mede um modelo, ou vários lado a lado: perda no que não leu, palavras, cópias, forma e notas."""
    o = le_opcoes(Opcoes, principal.__doc__)
    # Antes de medir: o que não der no fim se descobre já.
    for destino in filter(None, (o.json, o.grafico, o.posicao)):
        prova_que_se_grava(destino)
    if o.juiz:
        juiz = Juiz(cliente.LLM(o.servidor, o.modelo_llm), _cache_do_juiz(o), o.votos)
        juiz.llm.confere()
    critico = Critico.le() if o.critico else None
    modelos: dict[str, Avaliado] = {}
    for pasta in o.modelo or (None,):
        treinado = checkpoint.le(pasta)
        modelos[relativo(treinado.pasta)] = avalia(treinado, o, critico)
    texto = relativo(o.texto) if o.texto else "validação do modelo"
    mostra_perda(texto, {nome: (a.perda, a.sobrepostos) for nome, a in modelos.items()})
    mostra_qualidade(_qualidades(modelos), critico.rede.erro.tolist() if critico else ())
    notas = None
    if o.juiz:
        reais = next(iter(modelos.values())).reais
        gerados = {
            f"{nome} a {breve(t)}": [g.texto for g in gs]
            for nome, a in modelos.items()
            for t, gs in a.gerados.items()
        }
        notas = julga(juiz, reais, gerados, quantos=o.julgados, semente=o.semente)
    _grava(o, texto, modelos, notas)


def _cache_do_juiz(o: Opcoes) -> Path:
    pasta = o.cache or cache.pasta() / "juiz"
    try:
        prova_que_grava(pasta)
    except OSError as erro:
        raise cache.recusado(erro) from None
    return pasta


def _grava(o: Opcoes, texto: str, modelos: Mapping[str, Avaliado], notas: Any) -> None:
    if o.json:
        medidas = {
            "texto": texto,
            "semente": o.semente,
            "cortes": {campo.name: getattr(o, campo.name) for campo in fields(Cortes)},
            "modelos": {n: _resumo(a) for n, a in modelos.items()},
        }
        if notas is not None:
            medidas["juiz"] = notas
        grava_atomico(o.json, (json.dumps(medidas, ensure_ascii=False, indent=1) + "\n").encode())
    if o.grafico:
        grava_atomico(o.grafico, figuras.de_qualidade(_qualidades(modelos)))
    if o.posicao:
        grava_atomico(o.posicao, figuras.de_posicao({nome: a.posicoes for nome, a in modelos.items()}))


def _qualidades(modelos: Mapping[str, Avaliado]) -> dict[str, tuple[list[Qualidade], Qualidade]]:
    return {nome: (a.qualidades, a.real) for nome, a in modelos.items()}


def _resumo(a: Avaliado) -> dict[str, Any]:
    perda = {**asdict(a.perda), "bits": a.perda.bits, "perplexidade": a.perda.perplexidade}
    return {
        "perda": {**perda, "reservado": not a.sobrepostos, "sobrepostos": a.sobrepostos},
        "por_posicao": a.posicoes,
        "temperaturas": [asdict(q) for q in a.qualidades],
        "real": asdict(a.real),
        "faixa_util": faixa_util(a.qualidades, a.real),
    }


if __name__ == "__main__":
    executa(principal)
