"""As opções que cortam o sorteio, as mesmas em todos os comandos que escrevem."""

from dataclasses import dataclass

from poema_top.base.opcoes import opcao
from poema_top.base.valores import inteiro_nao_negativo, parcela, probabilidade
from poema_top.geracao.amostragem import Amostragem


@dataclass(frozen=True)
class Cortes:
    """Um comando as herda; a temperatura, que cada um pede a seu modo, é dele."""

    top_k: int = opcao(0, "só os k tokens mais prováveis; 0 desliga", type=inteiro_nao_negativo)
    top_p: float = opcao(1.0, "só os tokens mais prováveis que somem p; 1 desliga", type=probabilidade)
    min_p: float = opcao(
        0.0, "só os tokens com ao menos p vezes a chance do mais provável; 0 desliga", type=parcela
    )

    def amostragem(self, temperatura: float) -> Amostragem:
        """Como sortear a essa temperatura, com estes cortes."""
        return Amostragem(temperatura, self.top_k, self.top_p, self.min_p)
