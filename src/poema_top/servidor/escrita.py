"""A escrita de um poema próprio: o que dele já se pode ler, e quando sai um quadro."""

import asyncio
from dataclasses import dataclass

from poema_top.geracao.poema import Poema
from poema_top.servidor.entrega import LEVAS


@dataclass
class Escrita:
    """Um poema em andamento.

    Attributes:
        poema: o que se escreve.
        pedido_em: quando foi pedido.
        fim: quem espera o fim.
        guardado: o que já é hora de ler, e espera o quadro seguinte.
        batidas: quantas desde que começou.
        comecou: se já saiu a primeira letra.
    """

    poema: Poema
    pedido_em: float
    fim: "asyncio.Future[None]"
    guardado: str = ""
    batidas: int = 0
    comecou: bool = False

    @property
    def escrito(self) -> bool:
        """Se nada mais vem do poema."""
        return self.poema.acabou and not len(self.poema)

    def quadro(self, letras: int) -> str:
        """Passa uma batida; o que mandar nela.

        Um quadro por volta, como no fluxo de todos; mas a primeira volta sai aos poucos: quem pediu vê logo
        a primeira letra, e a página tem o que alisar.
        """
        self.guardado += self.poema.entrega(letras)
        self.batidas += 1
        if self.batidas > LEVAS and self.batidas % LEVAS and not self.escrito:
            return ""
        novo, self.guardado = self.guardado, ""
        return novo
