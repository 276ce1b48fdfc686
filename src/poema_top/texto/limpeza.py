"""Confere e limpa poemas: as frases que a LLM deixa em volta, repetidos, caracteres estranhos."""

import re
from collections import Counter
from dataclasses import dataclass

from poema_top.texto.poemas import TERMINADOR

ALFABETO = frozenset(
    "abcdefghijklmnopqrstuvwxyzàáâãçéêíóôõúüABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÇÉÊÍÓÔÕÚÜ0123456789 \n!\"'(),-.:;?"
)

# Frases da LLM em volta do poema, que o projeto original tirava com sed: a apresentação
# ("Aqui vai um poema:", com a linha em branco que a segue) e a observação do fim ("Note que...:").
_APRESENTACAO = re.compile(r"(?im)^.*\baqui (?:vai|está)\b.*:[ \t]*(?:\n|\Z)(?:[ \t]*(?:\n|\Z))?")
_OBSERVACAO = re.compile(r"(?im)^[ \t(*]*(?:note|nota|observação|obs)\b.*:.*(?:\n|\Z)")

_TIPOGRAFIA = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\t": " ", "\u00a0": " "}
)


def limpa(poemas: list[str]) -> list[str]:
    """Devolve os poemas limpos: frases da LLM, aspas tipográficas, espaços e repetidos fora.

    Um caractere que continue fora do alfabeto descarta o poema que o contém.
    """
    limpos = []
    for poema in poemas:
        novo = _OBSERVACAO.sub("", _APRESENTACAO.sub("", poema.translate(_TIPOGRAFIA)))
        novo = novo.replace(TERMINADOR, "")
        novo = "\n".join(" ".join(verso.split()) for verso in novo.split("\n"))
        novo = re.sub(r"\n{3,}", "\n\n", novo).strip()
        if novo and set(novo) <= ALFABETO:
            limpos.append(novo)
    return list(dict.fromkeys(limpos))


@dataclass(frozen=True)
class Conferencia:
    """O que `confere` contou num arquivo de poemas."""

    poemas: int
    repetidos: int
    versos: int
    caracteres: int
    maior: int
    fora_do_alfabeto: dict[str, int]
    frases_da_llm: list[str]
    terminador_no_verso: int
    espacos_sobrando: int

    @property
    def problemas(self) -> bool:
        """Se `--limpa` teria o que fazer."""
        return bool(
            self.repetidos
            or self.fora_do_alfabeto
            or self.frases_da_llm
            or self.terminador_no_verso
            or self.espacos_sobrando
        )


def confere(poemas: list[str]) -> Conferencia:
    """Conta os poemas e aponta o que destoa."""
    contagem = Counter("".join(poemas))
    estranhos = set(contagem) - ALFABETO - {TERMINADOR}
    return Conferencia(
        poemas=len(poemas),
        repetidos=len(poemas) - len(set(poemas)),
        versos=sum(bool(verso.strip()) for poema in poemas for verso in poema.split("\n")),
        caracteres=sum(map(len, poemas)),
        maior=max(map(len, poemas), default=0),
        fora_do_alfabeto={c: contagem[c] for c in sorted(estranhos)},
        frases_da_llm=[
            achado.group().strip()
            for poema in poemas
            for padrao in (_APRESENTACAO, _OBSERVACAO)
            for achado in padrao.finditer(poema)
        ],
        terminador_no_verso=contagem[TERMINADOR],
        espacos_sobrando=sum(
            poema != poema.strip() or bool(re.search(r"[ \t]\n|\n[ \t]|  |\n{3}", poema)) for poema in poemas
        ),
    )
