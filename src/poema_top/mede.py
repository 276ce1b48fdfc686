"""Medidas comparadas dentro de uma mesma rodada: uma tabela para gente e uma linha JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poema_top.base import interrupcao
from poema_top.base.arquivos import (
    DATASET_PADRAO,
    PASTA_MODELOS,
    RAIZ,
    prova_que_se_grava,
    relativo,
    relativos,
)
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import breve
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import inteiro_nao_negativo, inteiro_positivo, positivo
from poema_top.geracao import checkpoint, pastas
from poema_top.medicao import dados, geracao, pagina, professor, servidor, um_nucleo, vocabulario

MEDIDAS = ("geracao", "pagina", "treino", "servidor", "vocabulario", "dados", "letras", "professor")


def _lista(niveis: tuple[int, ...]) -> str:
    return " ".join(map(str, niveis))


@dataclass
class Opcoes:
    """As opções de `just mede`."""

    qual: str = opcao("geracao", "o que medir", posicional=True, choices=MEDIDAS)
    modelo: Path | None = opcao(
        None,
        "geracao, pagina e servidor: pasta do modelo (padrão: a mais nova); professor: de que parte o nosso "
        "(padrão: o que vem com o projeto)",
        type=Path,
    )
    voltas: int = opcao(
        3,
        "geracao e pagina: medidas de cada variante; vale a mediana; letras: respostas; professor: sementes",
        type=inteiro_positivo,
    )
    segundos: float | None = opcao(
        None,
        "duração de cada medida (padrão: 3 na geracao e na pagina, 50 no servidor, 20 com --nginx)",
        type=positivo,
    )
    leitores: tuple[int, ...] = opcao(
        (),
        f"servidor: leitores em cada medida (padrão: {_lista(servidor.NIVEIS)}; com --nginx, "
        f"{_lista(um_nucleo.NIVEIS)})",
        type=inteiro_positivo,
    )
    proprios: int | None = opcao(
        None,
        f"servidor: poemas próprios ao mesmo tempo (padrão: {servidor.PROPRIOS}; com --nginx, "
        f"{um_nucleo.PROPRIOS})",
        type=inteiro_nao_negativo,
    )
    nginx: bool = opcao(
        False, "servidor: com o nginx de produção e TLS, os dois no mesmo núcleo, como numa máquina de 1 vCPU"
    )
    dataset: tuple[Path, ...] = opcao(
        (),
        "treino, vocabulario e dados: arquivos de poemas (padrão: dataset/poemas-10k.txt; em dados, também "
        "poemas-30k-rimados.txt); professor: o arquivo de just gera --probabilidades",
        type=Path,
    )
    minutos: float = opcao(3.0, "treino e dados: tempo de cada treino", type=positivo)
    epocas: int = opcao(4, "dados: épocas de cada treino, quando são elas as mesmas", type=inteiro_positivo)
    tamanhos: tuple[int, ...] = opcao(
        dados.TAMANHOS, "dados: em quantos poemas treinar; mais do que há são todos", type=inteiro_positivo
    )
    texto: tuple[Path, ...] = opcao(
        dados.RESERVADOS, "dados: arquivos de poemas em que medir, que nenhum treino lê", type=Path
    )
    pasta: Path | None = opcao(
        None, "dados e professor: guarda aqui os modelos e as medidas, e não refaz as que já estão", type=Path
    )
    grafico: Path | None = opcao(
        None, "treino, vocabulario, dados e professor: onde gravar o gráfico (padrão: em docs/)", type=Path
    )
    modelo_llm: str | None = opcao(
        None, "letras: modelo do servidor (padrão: o de just gera)", type=str, metavar="NOME"
    )
    servidor: str | None = opcao(
        None, "letras: um servidor do llama.cpp (padrão: o endereço de just gera)", type=str, metavar="URL"
    )


def principal() -> None:
    """Mede geração e treino contra o modo do original, a página, o servidor, os tokens, ou mais poemas."""
    o = le_opcoes(Opcoes, principal.__doc__)
    dataset, grafico = o.dataset or (DATASET_PADRAO,), o.grafico or RAIZ / "docs" / f"{o.qual}.png"
    if o.qual == "geracao":
        pasta, segundos = checkpoint.le(o.modelo).pasta, o.segundos or 3.0
        print(f"modelo {relativo(pasta)}; {o.voltas} voltas de {breve(segundos)} s, mediana\n", flush=True)
        medidas = geracao.mede(pasta, o.voltas, segundos)
    elif o.qual == "pagina":
        medidas = pagina.mede(checkpoint.le(o.modelo), o.voltas, o.segundos or 3.0)
    elif o.qual == "servidor":
        medidas = _mede_o_servidor(o)
    elif o.qual == "vocabulario":
        prova_que_se_grava(grafico)
        medidas = vocabulario.mede(dataset, grafico)
    elif o.qual == "dados":
        prova_que_se_grava(grafico)
        limites = {"minutos": o.minutos, "epocas": o.epocas}
        dataset = o.dataset or dados.DATASET
        medidas = dados.mede(dataset, o.texto, o.tamanhos, limites, grafico=grafico, pasta=o.pasta)
    elif o.qual == "professor":
        prova_que_se_grava(grafico)
        if len(o.dataset) != 1:
            raise ErroPoema(
                "diga com que probabilidades: --dataset e o arquivo que just gera --probabilidades deixou ao "
                "lado dos poemas."
            )
        nosso = o.modelo or PASTA_MODELOS / pastas.NOME_PADRAO
        medidas = professor.mede(o.dataset[0], nosso, o.voltas, grafico=grafico, pasta=o.pasta)
    elif o.qual == "letras":
        try:
            with interrupcao.carregando():
                from poema_top.medicao import letras
        except ImportError:
            raise ErroPoema(
                "isto fala com uma LLM, e falta o que just gera instala: rode just gera --help uma vez."
            ) from None
        medidas = letras.mede(o.servidor, o.modelo_llm, o.voltas)
    else:
        with interrupcao.carregando():
            from poema_top.medicao import treino
        prova_que_se_grava(grafico)
        print(f"{relativos(dataset)}; {breve(o.minutos)} minutos de cada receita\n", flush=True)
        medidas = treino.mede(dataset, o.minutos, grafico)
    print(json.dumps(medidas, ensure_ascii=False))


def _mede_o_servidor(o: Opcoes) -> dict[str, Any]:
    medida = um_nucleo if o.nginx else servidor
    proprios = medida.PROPRIOS if o.proprios is None else o.proprios
    pasta, segundos = checkpoint.le(o.modelo).pasta, o.segundos or medida.SEGUNDOS
    medidas: dict[str, Any] = medida.mede(pasta, segundos, o.leitores or medida.NIVEIS, proprios)
    return medidas


if __name__ == "__main__":
    executa(principal)
