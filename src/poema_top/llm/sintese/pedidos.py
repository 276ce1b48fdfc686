"""O que se pede à LLM: uma lista sem fim, a mesma para a mesma receita, cada pedido com a sua chave."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

import numpy as np

from poema_top.base.arquivos import RAIZ
from poema_top.llm.cliente import MODELO
from poema_top.llm.conversa import Continuacao, Pergunta
from poema_top.llm.sintese.temas import FORMAS, TEMAS, VOZES
from poema_top.texto.poemas import TERMINADOR

# O do projeto original, palavra por palavra.
PEDIDO = "escreva um poema curto em português do Brasil, sem título, sem enunciado, e com linguajar simples"
PARADA = f"\n{TERMINADOR}"  # ninguém pede um @ à LLM; se ela o escrever, o poema acabou ali
TEMPERATURA, TOKENS = 0.9, 400
OS_EXEMPLOS = RAIZ / "dataset" / "poemas-1k-rimados.txt"
EXEMPLOS, SEGUIDOS = 4, 8  # poemas que o modelo base lê, e quantos pedidos seguidos leem os mesmos


@dataclass(frozen=True)
class Receita:
    """O que define os pedidos.

    Attributes:
        modelo: o nome que o servidor lhe dá.
        temperatura: a da LLM.
        tokens: o máximo de cada resposta.
        semente: outra semente, outros pedidos.
        pedido: o que se pede; ao que vem depois dele, veja `pedidos`.
        temas: de que falar.
        exemplos: poemas que um modelo base lê antes de escrever o seu; vazio, o modelo atende a pedidos.
        probabilidades: de quantos tokens, em cada lugar, se quer a probabilidade; 0, de nenhum.
    """

    modelo: str = MODELO
    temperatura: float = TEMPERATURA
    tokens: int = TOKENS
    semente: int = 0
    pedido: str = PEDIDO
    temas: tuple[str, ...] = TEMAS
    exemplos: tuple[str, ...] = ()
    probabilidades: int = 0

    def resumo(self) -> dict[str, Any]:
        """O que se anota dela: os exemplos, que podem ser milhares, vão contados e resumidos."""
        dela = asdict(self) | {"parada": PARADA}
        if self.exemplos:
            soma = hashlib.sha256("\0".join(self.exemplos).encode()).hexdigest()
            feito = {"poemas": len(self.exemplos), "sha256": soma, "em_cada_pedido": EXEMPLOS}
            return {k: v for k, v in dela.items() if k not in ("pedido", "temas")} | {"exemplos": feito}
        return dela | {"vozes": VOZES, "formas": FORMAS}


@dataclass(frozen=True)
class Pedido:
    """Um pedido, com o lugar dele na lista e a chave que o distingue de todos os outros."""

    numero: int
    pergunta: Pergunta | Continuacao
    chave: str


def pedidos(receita: Receita) -> Iterator[Pedido]:
    """Todos os pedidos de uma receita, em ordem; o de número i não depende dos outros.

    A um modelo que atende a pedidos, o pedido com um tema, uma voz e uma forma sorteados. A um modelo base,
    poemas, cada um com a linha que o fecha, para que ele escreva o seguinte: `SEGUIDOS` pedidos seguidos
    trazem os mesmos, e o servidor, que guarda o que acabou de ler, lê-os uma vez só.
    """
    for numero in count():
        acaso = np.random.default_rng([receita.semente, numero])
        como: dict[str, Any] = {
            "temperatura": receita.temperatura,
            "semente": int(acaso.integers(1 << 31)),
            "tokens": receita.tokens,
            "parada": PARADA,
            "probabilidades": receita.probabilidades,
        }
        pergunta: Pergunta | Continuacao
        if receita.exemplos:
            pergunta = Continuacao(_poemas(receita, numero // SEGUIDOS), **como)
        else:
            pergunta = Pergunta((("user", _com_variacao(receita, acaso)),), **como)
        yield Pedido(numero, pergunta, _chave(receita.modelo, pergunta))


def _com_variacao(receita: Receita, acaso: np.random.Generator) -> str:
    tema, voz, forma = (lista[acaso.integers(len(lista))] for lista in (receita.temas, VOZES, FORMAS))
    return f"{receita.pedido.rstrip('.')}. O tema é {tema}; escreva {voz}, {forma}."


def _poemas(receita: Receita, grupo: int) -> str:
    acaso = np.random.default_rng([receita.semente, grupo, EXEMPLOS])
    escolhidos = acaso.permutation(len(receita.exemplos))[:EXEMPLOS]
    return "".join(f"{receita.exemplos[i]}\n{TERMINADOR}\n" for i in escolhidos)


def _chave(modelo: str, pergunta: Pergunta | Continuacao) -> str:
    """A do pedido inteiro, e não do servidor: qualquer um deles serve.

    Sem probabilidades não se fala delas: as chaves são as de antes de as haver.
    """
    dele = {campo: valor for campo, valor in asdict(pergunta).items() if campo != "probabilidades" or valor}
    tudo = json.dumps([modelo, dele], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(tudo.encode()).hexdigest()
