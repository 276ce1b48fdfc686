"""O julgamento: poemas reais, gerados e embaralhados diante do mesmo juiz, e o que se conclui."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from poema_top.avaliacao.juiz import EMBARALHADO, REAL, Calibracao, Custo, Juiz, Nota, calibra, embaralha
from poema_top.base.numeros import decimal, milhar


def julga(
    juiz: Juiz,
    reais: Sequence[str],
    gerados: Mapping[str, Sequence[str]],
    *,
    quantos: int,
    semente: int,
) -> dict[str, Any]:
    """Julga, mostra e devolve as notas por origem, a calibração e o custo.

    Args:
        juiz: quem julga.
        reais: poemas do dataset que o modelo não leu.
        gerados: origem -> poemas.
        quantos: poemas de cada origem.
        semente: a do sorteio dos poemas, da ordem e do bootstrap.
    """
    sorteador = np.random.default_rng(semente)
    escolhidos = {REAL: _sorteia(reais, quantos, sorteador)}
    escolhidos[EMBARALHADO] = [embaralha(poema, sorteador) for poema in escolhidos[REAL]]
    for origem, poemas in gerados.items():
        escolhidos[origem] = _sorteia([p for p in poemas if p.strip()], quantos, sorteador)
    todas = iter(juiz.julga([p for poemas in escolhidos.values() for p in poemas], sorteador))
    notas = {origem: [next(todas) for _ in poemas] for origem, poemas in escolhidos.items()}
    calibracao = calibra({origem: n for origem, n in notas.items() if n}, sorteador)
    _mostra(juiz.llm.modelo, notas, calibracao, juiz.custo)
    return {
        "modelo": juiz.llm.modelo,
        "notas": {origem: [asdict(nota) for nota in dadas] for origem, dadas in notas.items()},
        "calibracao": asdict(calibracao),
        "custo": asdict(juiz.custo),
    }


def _sorteia(poemas: Sequence[str], quantos: int, sorteador: np.random.Generator) -> list[str]:
    return [poemas[i] for i in sorteador.permutation(len(poemas))[:quantos]]


def _mostra(modelo: str, notas: Mapping[str, Sequence[Nota]], c: Calibracao, custo: Custo) -> None:
    print(f"\nnotas de {modelo}, de 0 a 10\n{'':<44}{'poemas':>8}{'coesão':>9}{'coerência':>11}")
    for origem, dadas in notas.items():
        coesao = decimal(float(np.mean([n.coesao for n in dadas])), 2) if dadas else "-"
        coerencia = decimal(float(np.mean([n.coerencia for n in dadas])), 2) if dadas else "-"
        print(f"{origem:<44}{len(dadas):>8}{coesao:>9}{coerencia:>11}")
    minimo, maximo = (decimal(v, 2) for v in c.intervalo)
    print(f"real menos embaralhado: de {minimo} a {maximo} (95 %)")
    if c.vale:
        print("calibração: real > gerado > embaralhado; as notas deste juiz querem dizer alguma coisa.")
    else:
        print(
            "calibração: FALHOU. Este juiz não põe real > gerado > embaralhado com segurança: as notas dele "
            "não querem dizer nada; use um modelo maior com --modelo-llm."
        )
    print(
        f"custo: {milhar(custo.pedidos)} pedidos ({custo.malformadas} malformados; {milhar(custo.do_cache)} "
        f"notas vieram do cache), {milhar(custo.entrada)} tokens lidos e {milhar(custo.saida)} escritos, "
        f"{decimal(custo.segundos, 1)} s"
    )
