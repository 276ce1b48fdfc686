"""Onde acaba um poema e começa outro: as regras, e a que um texto parece seguir."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from poema_top.base.numeros import milhar
from poema_top.texto import prosa, titulos
from poema_top.texto.poemas import FIM_DE_POEMA, separa_poemas

MAIOR = 120  # versos: um "poema" mediano maior que isto é um livro que a regra não separou
_MARCAS = {
    "pagina": re.compile(r"\f"),
    "iguais": re.compile(r"(?m)^[ \t]*={3,}[ \t]*$"),
    "asteriscos": re.compile(r"(?m)^[ \t]*(?:\\?\*[ \t]*)+$"),
    "tracos": re.compile(r"(?m)^[ \t]*(?:[-–—_][ \t]*){3,}$"),
    "brancos": re.compile(r"\n{3,}"),
    "branco": re.compile(r"\n{2,}"),
}
# O nome de cada regra, e o que ela vê, no singular e no plural.
REGRAS = {
    "arroba": ("poema fechado por @", "poemas fechados por @"),
    "pagina": ("poema entre quebras de página", "poemas entre quebras de página"),
    "iguais": ("poema entre linhas ===", "poemas entre linhas ==="),
    "asteriscos": ("poema entre linhas ***", "poemas entre linhas ***"),
    "tracos": ("poema entre linhas ---", "poemas entre linhas ---"),
    "titulos": ("poema com título ou número", "poemas com título ou número"),
    "brancos": ("bloco entre duas ou mais linhas em branco", "blocos entre duas ou mais linhas em branco"),
    "branco": ("bloco separado por linha em branco", "blocos separados por linha em branco"),
    "paragrafos": ("parágrafo de prosa", "parágrafos de prosa"),
    "arquivo": ("poema por arquivo", "poemas, um por arquivo"),
}  # fmt: skip
_NA_ORDEM = ("pagina", "iguais", "asteriscos", "tracos", "titulos", "brancos", "branco")


@dataclass(frozen=True)
class Separado:
    """Um texto em poemas, pela regra que se usou, e outra que também serviria ("" se nenhuma)."""

    poemas: list[str]
    regra: str
    outra: str = ""

    def conta(self) -> str:
        """Quantos, e pelo quê: "431 blocos separados por linha em branco"."""
        return conta(len(self.poemas), self.regra)


def conta(quantos: int, regra: str) -> str:
    """O número com o que a regra vê, no singular ou no plural."""
    return f"{milhar(quantos)} {REGRAS[regra][quantos != 1]}"


def separa(texto: str, regra: str = "auto", *, sozinho: bool = True) -> Separado:
    r"""Divide um texto em poemas.

    Args:
        texto: com "\n" como único fim de linha.
        regra: uma de `REGRAS`, ou "auto", que escolhe a que o texto parece seguir.
        sozinho: se é o único arquivo; entre vários, na dúvida um arquivo é um poema.
    """
    limpo = re.sub(r"(?m)^[ \t\u00a0\u200b]+$", "", texto)
    if regra != "auto":
        limpo = titulos.sublinhados(limpo) if regra == "titulos" else limpo
        return Separado(_pela_regra(limpo, regra), regra)
    if FIM_DE_POEMA.search(limpo):
        return Separado(_pela_regra(limpo, "arroba"), "arroba")
    limpo = titulos.sublinhados(limpo)
    if prosa.e_prosa(limpo):
        return Separado(_pela_regra(limpo, "paragrafos"), "paragrafos", "arquivo")
    versos = _versos(limpo)
    if versos <= 1 or (not sozinho and versos <= MAIOR and not _varios(limpo)):
        return Separado(_pela_regra(limpo, "arquivo"), "arquivo")
    servem = [s for r in _NA_ORDEM if _faz_sentido(s := Separado(_pela_regra(limpo, r), r))]
    if any(s.regra == "titulos" for s in servem):
        servem = [s for s in servem if not _de_enfeite(s)]
    if not servem:
        return Separado(_pela_regra(limpo, "arquivo"), "arquivo")
    outra = servem[1].regra if len(servem) > 1 else "arquivo"
    return Separado(servem[0].poemas, servem[0].regra, outra)


def _varios(texto: str) -> bool:
    """Se um arquivo entre outros tem mesmo vários poemas: duas marcas fortes ao menos, não só estrofes."""
    fortes = (_pela_regra(texto, r) for r in ("pagina", "iguais", "asteriscos", "tracos"))
    if any(len(pedacos) >= 3 for pedacos in fortes):
        return True
    tipos = titulos.linhas_de_titulo(texto)
    return any(len(tipos.get(t, ())) >= 3 for t in ("cabeçalho", "canto", "rótulo", "negrito"))


def _faz_sentido(s: Separado) -> bool:
    tamanhos = [_versos(poema) for poema in s.poemas]
    menor = 2 if s.regra in ("branco", "brancos") else 1
    return len(tamanhos) >= 2 and menor <= median(tamanhos) <= MAIOR


def _de_enfeite(s: Separado) -> bool:
    """Se os *** (ou ---, ou ===) estão dentro dos poemas: entre dois deles começa outro, com o seu título."""
    if s.regra not in ("asteriscos", "tracos", "iguais"):
        return False
    meios = [p for p in s.poemas for onde in titulos.linhas_de_titulo(p.strip()).values() if max(onde) > 0]
    return 3 * len(meios) >= len(s.poemas)


def _versos(texto: str) -> int:
    return sum(1 for linha in texto.split("\n") if linha.strip())


def _pela_regra(texto: str, regra: str) -> list[str]:
    feitas: dict[str, Callable[[str], list[str]]] = {
        "arroba": separa_poemas,
        "arquivo": lambda t: [t],
        "paragrafos": prosa.paragrafos,
        "titulos": _por_titulos,
        "branco": lambda t: _junta_estrofes(_MARCAS["branco"].split(t)),
    }
    pedacos = feitas[regra](texto) if regra in feitas else _MARCAS[regra].split(texto)
    pedacos = [p for p in (pedaco.strip("\n") for pedaco in pedacos) if p.strip()]
    return pedacos if regra in ("arroba", "arquivo", "paragrafos") else _com_titulo(pedacos)


def _por_titulos(texto: str) -> list[str]:
    """Corta antes de cada título do tipo que mais faz sentido, e dos mais raros que ele."""
    achados = {t: onde for t, onde in titulos.linhas_de_titulo(texto).items() if len(onde) >= 2}
    melhor: list[str] = [texto]
    for onde in achados.values():
        raros = (o for o in achados.values() if len(o) <= len(onde))
        cortes = sorted({0, len(texto)}.union(*raros))
        pedacos = [texto[a:b] for a, b in pairwise(cortes)]
        if len(pedacos) > len(melhor) and median(map(_versos, pedacos)) >= 2:
            melhor = pedacos
    return melhor


def _com_titulo(pedacos: list[str]) -> list[str]:
    """Um pedaço que é só um título vai com o que o segue."""
    juntos: list[str] = []
    preso = ""
    for pedaco in pedacos:
        preso += pedaco
        if "\n" not in pedaco.strip() and titulos.tipo(pedaco):
            preso += "\n\n"
            continue
        juntos.append(preso)
        preso = ""
    return [*juntos, preso.rstrip("\n")] if preso.strip() else juntos


def _junta_estrofes(blocos: list[str]) -> list[str]:
    """Blocos de 4, 4, 3 e 3 versos, do começo ao fim, são sonetos: cada quatro fazem um."""
    blocos = _com_titulo([b for b in blocos if b.strip()])
    sem_titulo = [_versos(b[titulos.titulo(b) :]) for b in blocos]
    if len(blocos) % 4 or sem_titulo != [4, 4, 3, 3] * (len(blocos) // 4):
        return blocos
    return ["\n\n".join(b.strip("\n") for b in blocos[i : i + 4]) for i in range(0, len(blocos), 4)]
