"""O modelo como a página o lê: um cabeçalho em JSON e os pesos em float16, num arquivo só.

    8 bytes     POEMATOP
    4 bytes     quantos tem o cabeçalho (inteiro sem sinal, o menos significativo primeiro)
    cabeçalho   JSON em UTF-8, com espaços no fim até um múltiplo de 4
    pesos       float16, o byte menos significativo primeiro, sem nada entre eles: a tabela [V, d], se há
                uma; de cada GRU, W [m, 3n], U [n, 3n] e b [2, 3n]; da saída, os pesos [n, V] e o viés [V];
                ou, se ela é a própria tabela, a projeção [n, d] e o viés dela [d]

São os pesos do passo, que já estão arredondados: a página e o LiteRT fazem as contas com os mesmos números.
Quem o lê é `rede.js`.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poema_top.texto.tipografia import PARECIDOS, parecido
from poema_top.texto.vocabulario import Vocabulario

INDICE = "modelo.json"  # ao lado da página: diz o nome do arquivo do modelo
MAGICA = b"POEMATOP"
FORMATO = 1
_INTEIRO = 4  # bytes


def endereco(sha256: str) -> str:
    """Onde o arquivo fica, a partir da página: o nome é o SHA-256 do que há nele, e um novo tem outro."""
    return f"modelo/{sha256}.bin"


def indice(sha256: str) -> bytes:
    """O conteúdo de `modelo.json`."""
    return json.dumps({"arquivo": endereco(sha256)}).encode()


class Forma(NamedTuple):
    """Os tamanhos de uma rede, de que saem as formas de todos os pesos.

    Attributes:
        tokens: V.
        unidades: n de cada GRU, da entrada para a saída.
        dimensoes: d, da tabela da entrada; 0 é sem ela, one-hot.
        atada: se a saída é a tabela.
    """

    tokens: int
    unidades: tuple[int, ...]
    dimensoes: int = 0
    atada: bool = False

    def dos_pesos(self) -> list[tuple[int, ...]]:
        """As formas dos pesos, na ordem do arquivo."""
        formas: list[tuple[int, ...]] = [(self.tokens, self.dimensoes)] if self.dimensoes else []
        m = self.dimensoes or self.tokens
        for n in self.unidades:
            formas += [(m, 3 * n), (n, 3 * n), (2, 3 * n)]
            m = n
        saidas = self.dimensoes if self.atada else self.tokens
        return [*formas, (m, saidas), (saidas,)]


def empacota(
    vocabulario: Vocabulario, forma: Forma, pesos: Sequence[NDArray[np.float32]], criado_em: str
) -> bytes:
    """O conteúdo do arquivo.

    Args:
        vocabulario: o do modelo.
        forma: os tamanhos da rede.
        pesos: na ordem dela, já arredondados a números que cabem em float16.
        criado_em: a hora que a ficha do modelo diz.

    Raises:
        ValueError: os pesos não são os dessa forma, ou não cabem em float16.
    """
    if [peso.shape for peso in pesos] != forma.dos_pesos():
        raise ValueError(f"pesos de formas {[peso.shape for peso in pesos]}, e não {forma.dos_pesos()}")
    meios = [peso.astype("<f2") for peso in pesos]
    if not all(np.array_equal(meio, peso) for meio, peso in zip(meios, pesos, strict=True)):
        raise ValueError("há pesos que não cabem em float16")
    corpo = b"".join(meio.tobytes() for meio in meios)
    cabecalho = json.dumps(
        {
            "formato": FORMATO,
            "criado_em": criado_em,
            "sha256": hashlib.sha256(corpo).hexdigest(),
            "unidades": forma.unidades,
            "dimensoes": forma.dimensoes,
            "atada": forma.atada,
            **_do_vocabulario(vocabulario),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    cabecalho += b" " * (-len(cabecalho) % _INTEIRO)
    return MAGICA + len(cabecalho).to_bytes(_INTEIRO, "little") + cabecalho + corpo


def _do_vocabulario(v: Vocabulario) -> dict[str, Any]:
    """O vocabulário, e o que entra no lugar do que um teclado escreve e ele não tem."""
    conhecidos = {token for token in v.tokens if len(token) == 1 and token != v.terminador}
    return {
        "tipo": v.tipo,
        "minusculas": v.minusculas,
        "terminador": v.terminador,
        "tokens": v.tokens,
        "trocas": {c: parecido(c, conhecidos) for c in PARECIDOS if c not in conhecidos},
    }
