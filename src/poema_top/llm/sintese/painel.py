"""O que se vê enquanto uma LLM escreve: poemas, recusados, tokens por segundo, e quanto falta."""

import sys
import time
from contextlib import AbstractContextManager
from typing import IO

from tqdm import tqdm

from poema_top.base.numeros import decimal, milhar


class Painel(AbstractContextManager["Painel"]):
    """A barra; sem terminal não aparece, e os avisos aparecem na mesma."""

    def __init__(self, quantos: int, tem: int, recusados: int, saida: IO[str] | None = None) -> None:
        """Mostra a barra.

        Args:
            quantos: os poemas que se querem.
            tem: os que já há.
            recusados: os que já se recusaram.
            saida: onde se escreve; None, o stderr, e só se for um terminal.
        """
        self._recusados, self._aceitos, self._tokens, self._comeco = recusados, 0, 0, time.monotonic()
        self._saida = saida or sys.stderr
        self._barra = tqdm(
            total=quantos,
            initial=tem,
            bar_format="{n_fmt}/{total_fmt} poemas |{bar:20}| faltam {remaining}{postfix}",
            mininterval=0.5,
            disable=None if saida is None else False,
            file=self._saida,
        )

    def __exit__(self, *_: object) -> None:
        """Deixa a barra como está."""
        self._barra.close()

    @property
    def segundos(self) -> float:
        """Desde que se começou."""
        return time.monotonic() - self._comeco

    @property
    def tokens_por_segundo(self) -> float:
        """Os escritos, desde que se começou."""
        return self._tokens / max(self.segundos, 1e-9)

    def anota(self, *, aceito: bool, tokens: int) -> None:
        """Conta uma resposta."""
        self._tokens += tokens
        self._recusados += not aceito
        self._aceitos += aceito
        por_minuto = decimal(60 * self._aceitos / max(self.segundos, 1e-9), 1)
        por_segundo = decimal(self.tokens_por_segundo, 1)
        self._barra.set_postfix_str(
            f"{milhar(self._recusados)} recusados, {por_minuto} poemas/min, {por_segundo} tokens/s",
            refresh=False,
        )
        self._barra.update(aceito)

    def avisa(self, texto: str) -> None:
        """Uma linha por cima da barra."""
        self._barra.write(texto, file=self._saida)
