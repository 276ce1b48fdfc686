"""Limpa poemas com regras que se contam e se explicam: o que saiu, de quantos, e por quê."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress

from poema_top.texto import marcas, moldura, repetidos, tipografia
from poema_top.texto.conhecidas import so_com_conhecidas
from poema_top.texto.contas import Contas
from poema_top.texto.poemas import TERMINADOR
from poema_top.texto.titulos import titulo

Regra = Callable[[str], str]
_VOLTAS = 30  # uma regra pode abrir caminho a outra; nenhuma acrescenta, então isto acaba bem antes


def sem_espacos(texto: str) -> str:
    """O texto sem espaços nas pontas nem dobrados, e com uma linha em branco no máximo."""
    if not re.search(r"[^\S\n]{2}|[^\S\n]\n|\n[^\S\n]|\n{3}|\A\s|\s\Z|[^\S\n ]", texto):
        return texto
    versos = "\n".join(" ".join(verso.split()) for verso in texto.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", versos).strip()


def sem_titulo(texto: str) -> str:
    """O texto sem o título."""
    return texto[titulo(texto) :]


# As que todo texto atravessa antes de virar números, e as que só a limpeza faz.
HIGIENE: dict[str, Regra] = {
    "caracteres invisíveis": marcas.sem_controles,
    "aspas, traços e espaços": tipografia.simples,
    "espaços e linhas demais": sem_espacos,
}
REGRAS: dict[str, Regra] = {
    "caracteres invisíveis": marcas.sem_controles,
    "cercas de código": marcas.sem_cercas,  # antes da tipografia, que troca ` por '
    "aspas, traços e espaços": tipografia.simples,
    "emoji e enfeites": marcas.sem_enfeites,
    "quebras escritas \\n": marcas.sem_escapes,
    "HTML e marcas de turno": marcas.sem_html,
    "espaços e linhas demais": sem_espacos,
    "apresentação da LLM": moldura.sem_abertura,
    "despedida da LLM": moldura.sem_despedida,
    "nota do fim": moldura.sem_nota,
    "réguas": marcas.sem_reguas,
    "Markdown": marcas.sem_markdown,
    "rótulos": marcas.sem_rotulos,
    "numeração": marcas.sem_numeracao,
    "laço sem fim": marcas.sem_lacos,
}


@dataclass
class Limpeza:
    """Os poemas limpos e tudo o que se fez para chegar a eles.

    Attributes:
        poemas: os que ficaram, na ordem em que vieram.
        mudancas: o que cada regra mudou.
        descartes: por que motivo saíram poemas inteiros.
        descartados: o motivo e o poema, como veio.
        parecidos: os pares que partilham ao menos metade dos versos, em lugares de `poemas`.
    """

    poemas: list[str] = field(default_factory=list)
    mudancas: Contas = field(default_factory=Contas)
    descartes: Contas = field(default_factory=Contas)
    descartados: list[tuple[str, str]] = field(default_factory=list)
    parecidos: list[repetidos.Par] = field(default_factory=list)


def limpa(
    poemas: Iterable[str],
    *,
    titulos: str = "deixa",
    repetidos_: str = "iguais",
    base: Sequence[str] = (),
) -> Limpeza:
    """Limpa poemas já separados.

    Args:
        poemas: um por item.
        titulos: "deixa" ou "tira".
        repetidos_: "deixa" todos, tira os "iguais" ou também os "parecidos".
        base: poemas cujas palavras se conhecem; se os há, saem os que têm outras (`conhecidas`).
    """
    regras = REGRAS | ({"título": sem_titulo} if titulos == "tira" else {})
    feita = Limpeza()
    vistos: set[str] = set()
    originais: list[str] = []
    for poema in poemas:
        limpo = limpa_um(poema, regras, feita.mudancas)
        chave = repetidos.essencia(limpo)
        motivo = defeito(limpo) or ("igual a outro" if repetidos_ != "deixa" and chave in vistos else "")
        if motivo:
            descarta(feita, motivo, limpo, poema)
            continue
        vistos.add(chave)
        feita.poemas.append(limpo)
        originais.append(poema)
    if base:
        servem = so_com_conhecidas(feita.poemas, base)
        fora = [i for i, serve in enumerate(servem) if not serve]
        _tira(feita, originais, fora, "palavras que não se conhecem")
        originais = list(compress(originais, servem))
    feita.parecidos = list(repetidos.parecidos(feita.poemas))
    if repetidos_ == "parecidos":
        _tira(feita, originais, _a_mais(feita.parecidos), "parecido com outro")
    return feita


def limpa_um(poema: str, regras: dict[str, Regra], contas: Contas) -> str:
    """Um poema por todas as regras, até nenhuma mudar nada: limpar de novo não muda mais."""
    minhas = Contas()
    for _ in range(_VOLTAS):
        antes = poema
        for nome, regra in regras.items():
            poema = minhas.aplica(nome, regra, poema)
        if poema == antes:
            break
    contas.soma(minhas)
    return poema


def defeito(poema: str) -> str:
    """Por que um poema limpo não serve, ou ""."""
    if not any(c.isalpha() for c in poema):
        return "sem nenhum verso"
    if TERMINADOR in poema:
        return "@ no meio de um verso"
    return "recusa da LLM" if moldura.recusa(poema) else ""


def descarta(feita: Limpeza, motivo: str, limpo: str, original: str) -> None:
    """Põe um poema entre os descartados, como veio, e conta as letras que saem com ele."""
    feita.descartes.anota(motivo, limpo, "", exemplo=limpo or original)
    feita.descartados.append((motivo, original))


def _a_mais(parecidos: Iterable[repetidos.Par]) -> list[int]:
    """Os que saem para que de cada grupo de parecidos fique o primeiro."""
    fora: set[int] = set()
    for par in parecidos:
        if par.primeiro not in fora:
            fora.add(par.segundo)
    return sorted(fora)


def _tira(feita: Limpeza, originais: Sequence[str], fora: Sequence[int], motivo: str) -> None:
    """Descarta os poemas desses lugares."""
    for i in fora:
        descarta(feita, motivo, feita.poemas[i], originais[i])
    saem = set(fora)
    feita.poemas = [poema for i, poema in enumerate(feita.poemas) if i not in saem]


def raros(poemas: list[str], menos_de: int) -> dict[str, int]:
    """Os caracteres que aparecem em menos poemas que isto: cada um é mais uma linha no vocabulário."""
    em = Counter(c for poema in poemas for c in set(poema.lower()))
    return {c: n for c, n in sorted(em.items(), key=lambda x: (-x[1], x[0])) if n < menos_de}
