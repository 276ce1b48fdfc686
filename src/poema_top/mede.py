"""Medidas comparadas dentro de uma mesma rodada: uma tabela para gente e uma linha JSON."""

import json
from dataclasses import dataclass
from pathlib import Path

from poema_top import checkpoint, mede_geracao
from poema_top.comum import DATASET_PADRAO, RAIZ, executa, relativo
from poema_top.opcoes import inteiro_positivo, le_opcoes, opcao, positivo

MEDIDAS = ("geracao", "treino")


@dataclass
class Opcoes:
    """As opções de `just mede`."""

    qual: str = opcao("geracao", "o que medir", posicional=True, choices=MEDIDAS)
    modelo: Path | None = opcao(None, "geracao: pasta do modelo (padrão: a mais nova)", type=Path)
    voltas: int = opcao(3, "geracao: medidas de cada variante; vale a mediana", type=inteiro_positivo)
    segundos: float = opcao(3.0, "geracao: duração de cada medida", type=positivo)
    dataset: Path = opcao(DATASET_PADRAO, "treino: arquivo de poemas", type=Path)
    minutos: float = opcao(3.0, "treino: tempo de cada receita", type=positivo)
    grafico: Path = opcao(RAIZ / "docs" / "treino.png", "treino: onde gravar o gráfico", type=Path)


def principal() -> None:
    """Mede o modo do projeto original contra os nossos: a geração de texto, ou o treino."""
    o = le_opcoes(Opcoes, principal.__doc__)
    if o.qual == "geracao":
        pasta = checkpoint.le(o.modelo).pasta
        print(f"modelo {relativo(pasta)}; {o.voltas} voltas de {o.segundos:g} s, mediana\n", flush=True)
        medidas = mede_geracao.mede(pasta, o.voltas, o.segundos)
    else:
        from poema_top import mede_treino

        print(f"{relativo(o.dataset)}; {o.minutos:g} minutos de cada receita\n", flush=True)
        medidas = mede_treino.mede(o.dataset, o.minutos, o.grafico)
    print(json.dumps(medidas, ensure_ascii=False))


if __name__ == "__main__":
    executa(principal)
