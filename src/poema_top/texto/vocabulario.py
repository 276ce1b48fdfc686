"""Vocabulario: a tradução entre tokens e números, que viaja com o modelo."""

import json
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.erros import ErroPoema
from poema_top.texto.poemas import TERMINADOR
from poema_top.texto.tipografia import parecido

Ids = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Vocabulario:
    r"""Os tokens do modelo; o id de um token é a posição dele na tupla.

    Attributes:
        tokens: textos distintos de uma letra ou mais, em ordem de código Unicode.
        minusculas: se o texto passa a minúsculas antes de virar ids.
        terminador: o token que fecha cada poema, ou None (o poema fecha com "\\n", um fim de
            verso como os outros, e o modelo não sabe onde um poema acaba).
        tipo: o que é um token.
    """

    tokens: tuple[str, ...]
    minusculas: bool = True
    terminador: str | None = TERMINADOR
    tipo: str = "caractere"

    @classmethod
    def de_poemas(
        cls, poemas: Iterable[str], *, minusculas: bool = True, terminador: bool = True
    ) -> "Vocabulario":
        """Tira o vocabulário de um conjunto de poemas: os caracteres que aparecem, ordenados."""
        fim = TERMINADOR if terminador else "\n"
        caracteres = {fim}
        for poema in poemas:
            caracteres.update(_normaliza(poema, minusculas))
        return cls(tuple(sorted(caracteres)), minusculas, fim if terminador else None)

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def letras(self) -> NDArray[np.int64]:
        """Quantas letras tem cada token, [V]: é por elas que se divide toda medida "por caractere".

        Fim de verso, espaço e terminador contam como as outras: são caracteres do arquivo.
        """
        return np.array([len(token) for token in self.tokens])

    @property
    def separador(self) -> str:
        """O que fecha cada poema no fluxo de treino, e abre a geração de um poema do nada."""
        return self.terminador or "\n"

    @cached_property
    def id_separador(self) -> int:
        """O id do separador."""
        return self.tokens.index(self.separador)

    @property
    def id_terminador(self) -> int | None:
        """O id do terminador, se houver."""
        return self.id_separador if self.terminador else None

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """O menor inteiro em que cabem os ids: um dataset codificado ocupa um byte por caractere."""
        return np.uint8 if len(self) <= 256 else np.uint16

    @cached_property
    def _tabela(self) -> NDArray[np.int32]:
        """Código Unicode -> id, -1 para o que o vocabulário não tem: codificar é indexar."""
        tabela = np.full(sys.maxunicode + 1, -1, np.int32)
        de_uma_letra = np.flatnonzero(self.letras == 1)
        tabela[[ord(self.tokens[i]) for i in de_uma_letra]] = de_uma_letra
        return tabela

    def normaliza(self, texto: str) -> str:
        """Põe o texto na forma em que o modelo lê: acentos compostos e, se for o caso, minúsculas."""
        return _normaliza(texto, self.minusculas)

    def codifica(self, texto: str) -> Ids:
        """Texto -> ids [T].

        Raises:
            ErroPoema: há no texto caracteres que o vocabulário não tem.
        """
        normal = self.normaliza(texto)
        ids = self._tabela[np.frombuffer(normal.encode("utf-32-le"), np.uint32)]
        if ids.size and ids.min() < 0:
            faltam = "".join(sorted(set(normal) - set(self.tokens)))
            raise ErroPoema(f"o vocabulário do modelo não tem: {faltam!r}; tire-os do texto.")
        estreitos: Ids = ids.astype(self.dtype)
        return estreitos

    def decodifica(self, ids: Iterable[int]) -> str:
        """Ids -> texto."""
        return "".join(self.tokens[i] for i in ids)

    def aproveita(self, texto: str) -> tuple[str, dict[str, str]]:
        """Adapta um texto qualquer (o início que alguém digitou) ao vocabulário.

        Returns:
            O texto só com caracteres conhecidos, e as trocas feitas: caractere desconhecido ->
            o que entrou no lugar ("" quando foi retirado). O terminador conta como desconhecido:
            ele é um sinal do modelo, não parte de um verso.
        """
        conhecidos = set(self.tokens) - {self.terminador}
        trocas: dict[str, str] = {}
        for caractere in dict.fromkeys(self.normaliza(texto)):
            if caractere not in conhecidos:
                trocas[caractere] = parecido(caractere, conhecidos)
        return self.troca(texto, trocas), trocas

    def troca(self, texto: str, trocas: dict[str, str]) -> str:
        """O texto normalizado, com estas trocas feitas."""
        return self.normaliza(texto).translate({ord(c): t for c, t in trocas.items()})

    def para_json(self) -> str:
        """O conteúdo de `vocabulario.json`."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def de_json(cls, texto: str) -> "Vocabulario":
        """Lê o que `para_json` escreveu.

        Raises:
            ValueError: não é o JSON de um vocabulário.
        """
        lido: dict[str, Any] = json.loads(texto)
        if not isinstance(lido, dict) or set(lido) != {"tokens", "minusculas", "terminador", "tipo"}:
            raise ValueError("os campos não são os de um vocabulário")
        tokens = lido["tokens"]
        if not isinstance(tokens, list) or not all(isinstance(t, str) and len(t) == 1 for t in tokens):
            raise ValueError("os tokens não são caracteres")
        "".join(tokens).encode()  # metade de um par substituto não é um caractere: UnicodeEncodeError
        if lido["tipo"] != "caractere" or len(set(tokens)) != len(tokens):
            raise ValueError("tipo desconhecido ou tokens repetidos")
        if (lido["terminador"] or "\n") not in tokens:
            raise ValueError("falta o separador de poemas")
        return cls(tuple(tokens), bool(lido["minusculas"]), lido["terminador"], lido["tipo"])


def _normaliza(texto: str, minusculas: bool) -> str:
    composto = unicodedata.normalize("NFC", texto)
    return composto.lower() if minusculas else composto
