"""Medidas comparadas dentro de uma mesma rodada: uma tabela para gente e uma linha JSON."""

import json
from dataclasses import dataclass
from pathlib import Path

from poema_top import checkpoint, mede_geracao
from poema_top.comum import executa, relativo
from poema_top.opcoes import inteiro_positivo, le_opcoes, opcao, positivo

MEDIDAS = {"geracao": mede_geracao}


@dataclass
class Opcoes:
    """As opções de `just mede`."""

    qual: str = opcao("geracao", "o que medir", posicional=True, choices=tuple(MEDIDAS))
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)
    voltas: int = opcao(3, "medidas de cada variante; vale a mediana", type=inteiro_positivo)
    segundos: float = opcao(3.0, "duração de cada medida", type=positivo)


def principal() -> None:
    """Mede a geração de texto: o modo do projeto original contra os nossos."""
    o = le_opcoes(Opcoes, principal.__doc__)
    pasta = checkpoint.le(o.modelo).pasta
    print(f"modelo {relativo(pasta)}; {o.voltas} voltas de {o.segundos:g} s, mediana\n", flush=True)
    print(json.dumps(MEDIDAS[o.qual].mede(pasta, o.voltas, o.segundos), ensure_ascii=False))


if __name__ == "__main__":
    executa(principal)
