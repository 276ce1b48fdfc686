"""Um lote de poemas que entram e saem a qualquer hora, e avançam juntos num motor só."""

import numpy as np

from poema_top.geracao.amostragem import continuam, distribuicao, escolhe, seguem
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.inicio import Inicio
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import Poema
from poema_top.geracao.sorteio import Sorteio, numeros
from poema_top.servidor.pedido import Pedido
from poema_top.texto.vocabulario import Vocabulario


class Encomenda:
    """Um poema em andamento: o que falta do começo pedido, o sorteio dele e o que já se escreveu."""

    def __init__(self, pedido: Pedido, vocabulario: Vocabulario) -> None:
        """Nada escrito ainda; ErroPoema se o vocabulário não tem com que escrever o começo pedido."""
        self.temperatura = pedido.temperatura
        self.sorteio = Sorteio(pedido.semente)
        self.lidos = 0  # tokens: o número de ordem do próximo sorteio
        self.inicio = Inicio(pedido.inicio, vocabulario)
        self.poema = Poema(vocabulario.terminador)


class Lote:
    """Um motor com um número fixo de vagas; o que um poema escreve não depende dos outros."""

    def __init__(self, treinado: Checkpoint, vagas: int) -> None:
        """Carrega o motor.

        Args:
            treinado: o modelo.
            vagas: B, quantos poemas ao mesmo tempo. O motor faz sempre a conta de todas: com um
                tamanho só, um poema sai igual com um vizinho ou com quinhentos.
        """
        self.vocabulario = treinado.vocabulario
        self._motor = Motor(treinado, vagas)
        self._livres = list(range(vagas))
        self._encomendas: dict[int, Encomenda] = {}
        self._ids = np.full(vagas, self.vocabulario.id_separador, np.int32)

    def __len__(self) -> int:
        return len(self._encomendas)

    def entra(self, pedido: Pedido) -> Poema:
        """Dá uma vaga a um pedido; IndexError se não há."""
        encomenda = Encomenda(pedido, self.vocabulario)
        vaga = self._livres.pop()
        self._encomendas[vaga] = encomenda
        self._ids[vaga] = self.vocabulario.id_separador
        for estado in self._motor.estados:
            estado[vaga] = 0
        return encomenda.poema

    def limpa(self) -> None:
        """Devolve as vagas dos poemas que acabaram."""
        for vaga in [vaga for vaga, encomenda in self._encomendas.items() if encomenda.poema.acabou]:
            del self._encomendas[vaga]
            self._livres.append(vaga)

    def avanca(self, letras: int) -> None:
        """Escreve até cada poema ter tantas letras por entregar, ou acabar.

        Todos andam a cada passo, também os que já as têm: o motor faz a conta de todas as vagas, e um estado
        que andasse sem o seu poema se perderia. Quem tem tokens mais longos só acaba antes.
        """
        while True:
            andam = {vaga: e for vaga, e in self._encomendas.items() if not e.poema.acabou}
            if all(len(encomenda.poema) >= letras for encomenda in andam.values()):
                return
            self._um_passo(list(andam), list(andam.values()))

    def _um_passo(self, vagas: list[int], encomendas: list[Encomenda]) -> None:
        graus = np.array([[encomenda.temperatura] for encomenda in encomendas])
        acaso = numeros([e.sorteio for e in encomendas], np.array([e.lidos for e in encomendas]))
        abertos = {i: e.inicio for i, e in enumerate(encomendas) if e.inicio}
        logits = continuam(self._motor.avanca(self._ids)[vagas], abertos)
        escolhidos = escolhe(distribuicao(logits, graus), acaso)
        seguem(escolhidos, abertos)
        for i, encomenda in enumerate(encomendas):
            encomenda.lidos += 1
            encomenda.poema.recebe(self.vocabulario.tokens[escolhidos[i]])
        self._ids[vagas] = escolhidos
