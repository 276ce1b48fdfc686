"""O que o modelo de partida sabia dos poemas de quem usa, e o que passou a saber."""

from pathlib import Path

from poema_top.base.arquivos import relativo
from poema_top.base.numeros import decimal
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.motor import Motor
from poema_top.geracao.passo import Passo
from poema_top.geracao.poema import TEMPERATURA, escreve, poema
from poema_top.geracao.sorteio import Sorteio
from poema_top.rede.backend import keras
from poema_top.rede.passo import PassoKeras
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.dados import Dados
from poema_top.treino.historico import Epoca
from poema_top.treino.validacao import nats_por_caractere

TAMANHO = 400  # caracteres de cada poema mostrado


class Comparacao:
    """Mede e escreve antes do treino; mostra depois dele, com a mesma semente e a mesma temperatura."""

    def __init__(self, c: Configuracao, dados: Dados, modelo: keras.Model) -> None:
        """Lê os poemas reservados com o modelo como ele chegou, e escreve um poema.

        Args:
            c: o que foi pedido.
            dados: os poemas, os reservados entre eles.
            modelo: o que se vai treinar, ainda com os pesos de onde parte.
        """
        self._semente, self._vocabulario = c.semente, dados.vocabulario
        self._reservados = len(dados.validacao)
        separador = dados.vocabulario.id_separador
        self._nats = nats_por_caractere(modelo, dados.validacao, separador, c.janela)
        self._poema = self._escreve(PassoKeras(modelo, dados.vocabulario.id_terminador), dados.vocabulario)

    def mostra(self, historico: list[Epoca], pasta: Path) -> None:
        """Diz o que mudou, pela melhor época, que é a que está na pasta."""
        depois = min(epoca.validacao_nats for epoca in historico)
        print(
            f"\nno que não leu ({self._reservados} poema(s)): {decimal(self._nats, 3)} nats por caractere "
            f"antes, {decimal(depois, 3)} depois"
        )
        if depois >= self._nats:
            print(f"o treino não ajudou; o modelo de partida é melhor que {relativo(pasta)}.")
        escrito = self._escreve(Motor(checkpoint.le(pasta)), self._vocabulario)
        for quando, texto in (("antes", self._poema), ("depois", escrito)):
            print(
                f"\n── {quando}: temperatura {decimal(TEMPERATURA, 1)}, semente {self._semente} " + "─" * 10
            )
            print(texto)

    def _escreve(self, motor: Passo, vocabulario: Vocabulario) -> str:
        tokens = escreve(motor, vocabulario, Amostragem(TEMPERATURA), Sorteio(self._semente))
        return poema(tokens, vocabulario.terminador, TAMANHO)
