"""De tokens a poemas: o texto de um fluxo, onde um poema acaba e o que se mostra dele."""

import re
import time
from collections.abc import Iterable, Iterator

from poema_top.geracao.amostragem import Amostragem, gera
from poema_top.geracao.passo import Passo
from poema_top.geracao.sorteio import Sorteio
from poema_top.texto.vocabulario import Vocabulario

RITMO = 20.0  # caracteres por segundo: cerca de 200 palavras por minuto, a leitura em silêncio
TEMPERATURA = 0.5
SEPARACAO = "\n\n\n"  # entre dois poemas; dentro de um só há "\n" e "\n\n"
TAMANHO_MAXIMO = 1000  # caracteres; um poema que não termina é cortado aqui


def escreve(
    motor: Passo, vocabulario: Vocabulario, amostragem: Amostragem, sorteio: Sorteio, inicio: str = ""
) -> Iterator[str]:
    """O texto de um fluxo só, token a token, com o terminador entre eles."""
    for (i,) in gera(motor, vocabulario, amostragem, [sorteio], [inicio]):
        yield vocabulario.tokens[i]


class Poema:
    """Um poema sendo montado: é aqui que se decide onde ele acaba e o que dele se mostra.

    Ficam de fora o espaço em volta e as linhas em branco a mais. O terminador antes de qualquer letra não
    acaba nada: um poema nunca é vazio.
    """

    def __init__(self, terminador: str | None, tamanho: int = TAMANHO_MAXIMO) -> None:
        """Nada escrito ainda; o poema acaba no terminador, ou quando já leu `tamanho` caracteres."""
        self._terminador = terminador
        self._tamanho = tamanho
        self.acabou = False
        self._novo = ""  # escrito e ainda não entregue
        self._branco = ""  # espaços e quebras que só saem se vier letra depois
        self._vazio = True
        self._lidos = 0

    @classmethod
    def escrito(cls, texto: str) -> "Poema":
        """Um que já acabou, e que só falta entregar."""
        poema = cls(None, len(texto))
        poema.recebe(texto)
        return poema

    def recebe(self, token: str) -> None:
        """Acrescenta um token, ou as letras dele que ainda cabem."""
        token = token[: self._tamanho - self._lidos]
        self._lidos += len(token)
        if token == self._terminador and not self._vazio:
            self.acabou = True
        elif token.isspace() or token == self._terminador:
            self._branco = "" if self._vazio else self._branco + token
        else:
            junto = self._branco + token
            letras = junto.rstrip()
            self._novo += re.sub(r"\n{3,}", "\n\n", letras.lstrip() if self._vazio else letras)
            self._branco, self._vazio = junto[len(letras) :], False
        self.acabou |= self._lidos >= self._tamanho

    def __len__(self) -> int:
        """Quantas letras esperam ser entregues."""
        return len(self._novo)

    def entrega(self, letras: int | None = None) -> str:
        """O que há de novo desde a última vez, ou as primeiras `letras` disso."""
        novo, self._novo = self._novo[:letras], "" if letras is None else self._novo[letras:]
        return novo


def poema(tokens: Iterable[str], terminador: str | None, tamanho: int = TAMANHO_MAXIMO) -> str:
    """O primeiro poema de um fluxo de tokens."""
    montado = Poema(terminador, tamanho)
    for token in tokens:
        montado.recebe(token)
        if montado.acabou:
            break
    return montado.entrega()


def em_ritmo(pedacos: Iterable[str], ritmo: float) -> Iterator[str]:
    """Entrega os pedaços no ritmo pedido (letras por segundo), pelo relógio: atrasos não se somam.

    O relógio é o `perf_counter`: o `monotonic` do Windows, até o Python 3.12, só anda de 15 em 15 ms.
    """
    proximo = time.perf_counter()
    for pedaco in pedacos:
        if ritmo:
            proximo = max(proximo + len(pedaco) / ritmo, time.perf_counter() - 1)
            time.sleep(max(0.0, proximo - time.perf_counter()))
        yield pedaco
