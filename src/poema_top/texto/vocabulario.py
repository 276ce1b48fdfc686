"""Vocabulario: a tradução entre tokens e números, que viaja com o modelo."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.texto.pedacos import CARACTERE, LLM, MAXIMO, conta, mais_compridos, menores, normaliza, pedacos
from poema_top.texto.poemas import TERMINADOR
from poema_top.texto.tipografia import parecido
from poema_top.texto.vocabulario_lido import confere

Ids = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Vocabulario:
    r"""Os tokens do modelo; o id de um token é a posição dele na tupla.

    Attributes:
        tokens: textos distintos de uma letra ou mais, em ordem de código Unicode. Todo caractere que um
            texto do modelo possa ter é um deles, sozinho: o que é raro se escreve letra por letra.
        minusculas: se o texto passa a minúsculas antes de virar ids.
        terminador: o token que fecha cada poema, ou None (o poema fecha com "\\n", um fim de
            verso como os outros, e o modelo não sabe onde um poema acaba).
        tipo: em que se corta o texto, um dos `pedacos.TIPOS`.
    """

    tokens: tuple[str, ...]
    minusculas: bool = True
    terminador: str | None = TERMINADOR
    tipo: str = CARACTERE

    @classmethod
    def de_poemas(
        cls,
        poemas: Iterable[str],
        *,
        minusculas: bool = True,
        terminador: bool = True,
        tipo: str = CARACTERE,
        maximo: int | None = None,
        da_llm: Sequence[str] = (),
    ) -> "Vocabulario":
        """Tira o vocabulário de um conjunto de poemas.

        Args:
            poemas: os textos.
            minusculas: se passam a minúsculas.
            terminador: se o fim de cada poema é um token.
            tipo: em que se corta o texto.
            maximo: V; ficam todos os caracteres e os pedaços mais comuns. None é o que o texto tiver, até
                `MAXIMO`.
            da_llm: se o tipo é esse, os tokens dela, do mais comum ao mais raro; o que o texto não pode ter
                não entra.

        Raises:
            ErroPoema: o máximo não chega para os caracteres, ou passa do que o texto tem; ou não há letras;
                ou falta o terminador aos tokens de uma LLM.
        """
        fim = TERMINADOR if terminador else "\n"
        contagem = conta(poemas, tipo, minusculas)
        caracteres = {fim}.union(*contagem)
        longos = sorted((p for p in contagem if len(p) > 1), key=lambda p: (-contagem[p], p))
        if tipo == LLM:
            if not terminador:  # um token pode ter um fim de verso, e o de um poema tem de ser um token seu
                raise ErroPoema("os tokens de uma LLM precisam do terminador: treine sem --sem-terminador.")
            normais = dict.fromkeys(normaliza(token, minusculas) for token in da_llm)
            longos = [p for p in normais if len(p) > 1 and fim not in p and caracteres.issuperset(p)]
        if tipo == CARACTERE and maximo is not None:
            raise ErroPoema("--max-vocabulario não é para --tokens caracteres: esses ficam todos.")
        if tipo != CARACTERE and not any(map(str.isalpha, caracteres)):
            raise ErroPoema("não há letras no texto, e sem elas não há sílabas nem palavras: use caracteres.")
        if maximo is not None and not len(caracteres) <= maximo <= len(caracteres) + len(longos):
            quanto = "pouco" if maximo < len(caracteres) else "demais"
            todos = milhar(len(caracteres) + len(longos))
            raise ErroPoema(
                f"--max-vocabulario {milhar(maximo)} é {quanto} para este texto: ele tem {len(caracteres)} "
                f"caracteres e, com os pedaços maiores, {todos} tokens; peça um número entre esses dois."
            )
        cabem = maximo or MAXIMO[tipo]
        quantos = cabem and max(0, cabem - len(caracteres))
        tokens = tuple(sorted(caracteres.union(longos[:quantos])))
        return cls(tokens, minusculas, fim if terminador else None, tipo)

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
    def _ids(self) -> dict[str, int]:
        """Token -> id."""
        return {token: i for i, token in enumerate(self.tokens)}

    def id_de(self, token: str) -> int | None:
        """O id de um token; None se o vocabulário não o tem."""
        return self._ids.get(token)

    @cached_property
    def _tabela(self) -> NDArray[np.int32]:
        """Código Unicode -> id, -1 para o que o vocabulário não tem: codificar é indexar."""
        tabela = np.full(sys.maxunicode + 1, -1, np.int32)
        de_uma_letra = np.flatnonzero(self.letras == 1)
        tabela[[ord(self.tokens[i]) for i in de_uma_letra]] = de_uma_letra
        return tabela

    def normaliza(self, texto: str) -> str:
        """Põe o texto na forma em que o modelo lê: acentos compostos e, se for o caso, minúsculas."""
        return normaliza(texto, self.minusculas)

    def codifica(self, texto: str) -> Ids:
        """Texto -> ids [T].

        Raises:
            ErroPoema: há no texto caracteres que o vocabulário não tem.
        """
        normal = self.normaliza(texto)
        if self.tipo == LLM:
            cortado = mais_compridos(normal, self._ids, int(self.letras.max()))
            ids = np.fromiter((self._ids.get(token, -1) for token in cortado), np.int32)
        elif self.tipo == CARACTERE:
            ids = self._tabela[np.frombuffer(normal.encode("utf-32-le"), np.uint32)]
        else:
            achados = (i for pedaco in pedacos(normal, self.tipo) for i in self._de_um_pedaco(pedaco))
            ids = np.fromiter(achados, np.int32)
        if ids.size and ids.min() < 0:
            faltam = "".join(sorted(set(normal) - set(self.tokens)))
            raise ErroPoema(f"o vocabulário do modelo não tem: {faltam!r}; tire-os do texto.")
        estreitos: Ids = ids.astype(self.dtype)
        return estreitos

    def _de_um_pedaco(self, pedaco: str) -> Iterator[int]:
        """O id de um pedaço, ou os dos menores em que se parte; -1 é um caractere desconhecido."""
        achado = self._ids.get(pedaco, -1)
        if achado >= 0 or len(pedaco) == 1:
            yield achado
        else:
            for menor in menores(pedaco):
                yield from self._de_um_pedaco(menor)

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
        conhecidos = {token for token in self.tokens if len(token) == 1 and token != self.terminador}
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
        lido = json.loads(texto)
        confere(lido)
        return cls(tuple(lido["tokens"]), bool(lido["minusculas"]), lido["terminador"], lido["tipo"])
