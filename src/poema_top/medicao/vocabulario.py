"""Quanto de um texto cabe num vocabulário de tantas sílabas, ou de tantas palavras."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from poema_top.base.arquivos import grava_atomico, relativo, relativos
from poema_top.base.figura import com_virgula, eixo, png
from poema_top.base.numeros import decimal, milhar
from poema_top.texto.pedacos import DO_TEXTO, conta
from poema_top.texto.poemas import le_poemas
from poema_top.texto.vocabulario import Vocabulario

TAMANHOS = (128, 256, 500, 750, 1000, 1500, 2000, 3000, 4000)
MARCAS = (128, 256, 500, 1000, 2000, 4000)  # as do eixo
COMO = {"silabas": ("sílabas", "#b3432b"), "palavras": ("palavras", "#2f6f8f")}


def mede(dataset: Sequence[Path], grafico: Path) -> dict[str, Any]:
    """Mostra a tabela, grava o gráfico e devolve, por tipo e tamanho, a cobertura e as letras por token.

    A cobertura é a parcela dos pedaços de mais de uma letra que são um token inteiro; os outros se escrevem
    com tokens menores.
    """
    poemas = [poema for arquivo in dataset for poema in le_poemas(arquivo)]
    print(f"{relativos(dataset)}\n\n{'tokens':<10}{'V':>7}{'cobertura':>11}{'letras por token':>18}")
    figura, novo = eixo("Quanto do texto cabe em V tokens", "V", "% dos pedaços inteiros")
    medidas: dict[str, Any] = {}
    for nome, (rotulo, cor) in COMO.items():
        medidas[nome] = _de_um_tipo(poemas, DO_TEXTO[nome])
        for v, (cobertura, letras) in medidas[nome].items():
            print(f"{nome:<10}{milhar(v):>7}{decimal(cobertura, 1) + ' %':>11}{decimal(letras, 2):>18}")
        novo.plot(list(medidas[nome]), [c for c, _ in medidas[nome].values()], ".-", color=cor, label=rotulo)
    novo.set_xscale("log")
    novo.set_xticks(MARCAS, [milhar(v) for v in MARCAS])
    novo.minorticks_off()
    novo.yaxis.set_major_formatter(com_virgula("{:.0f}"))
    grava_atomico(grafico, png(figura, novo))
    print(f"\ngráfico em {relativo(grafico)}\n")
    return medidas


def _de_um_tipo(poemas: list[str], tipo: str) -> dict[int, tuple[float, float]]:
    """V -> a cobertura, em %, e as letras por token."""
    contagem = conta(poemas, tipo, minusculas=True)
    caracteres = {"@"}.union(*contagem)
    longos = sorted(vezes for pedaco, vezes in contagem.items() if len(pedaco) > 1)[::-1]
    somas = list(accumulate(longos))
    letras = sum(map(len, poemas)) + len(poemas)
    medidas = {}
    for v in (*TAMANHOS, len(caracteres) + len(longos)):
        if len(caracteres) < v <= len(caracteres) + len(longos):
            vocabulario = Vocabulario.de_poemas(poemas, tipo=tipo, maximo=v)
            tokens = sum(len(vocabulario.codifica(poema)) + 1 for poema in poemas)
            medidas[v] = (100 * somas[v - len(caracteres) - 1] / somas[-1], letras / tokens)
    return medidas
