"""O que acontece em volta de cada passo e de cada época do treino."""

import math
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from tqdm import tqdm

from poema_top.comum import ErroPoema, decimal, milhar
from poema_top.configuracao import Configuracao
from poema_top.historico import Epoca, bits
from poema_top.modelo import zera_estados
from poema_top.silencio import keras

AQUECIMENTO = 0.02  # parte do treino em que a taxa sobe
PISO = 0.01  # a taxa no fim, em fração do pico


def fator_da_taxa(progresso: float) -> float:
    """A taxa de aprendizado ao longo do treino, em fração do pico.

    Sobe em linha reta e desce como meio cosseno (Loshchilov e Hutter 2016, arXiv 1608.03983):
    passos largos enquanto há muito a aprender, curtos para assentar.

    Args:
        progresso: 0 no começo do treino, 1 no fim.
    """
    subida = min(1.0, (progresso + 1e-3) / AQUECIMENTO)
    return subida * (PISO + (1 - PISO) * 0.5 * (1 + math.cos(math.pi * min(progresso, 1.0))))


class Acompanhamento(keras.callbacks.Callback):
    """Ajusta a taxa, mostra o andamento, valida, e avisa quando há um modelo melhor.

    O progresso do treino é a fração gasta do orçamento que acabar antes: minutos ou épocas. Assim
    a taxa sempre termina de descer, qualquer que seja a máquina.
    """

    def __init__(
        self,
        configuracao: Configuracao,
        passos_por_epoca: int,
        valida: Callable[[], float],
        ao_fim_da_epoca: Callable[[list[Epoca], bool], None],
    ) -> None:
        """Prepara o acompanhamento.

        Args:
            configuracao: a do treino.
            passos_por_epoca: passos em cada época.
            valida: devolve a perda de validação, em nats por caractere.
            ao_fim_da_epoca: recebe o histórico e se a última época é a melhor até aqui.
        """
        super().__init__()
        self.configuracao = configuracao
        self.passos_por_epoca = passos_por_epoca
        self.valida = valida
        self.ao_fim_da_epoca = ao_fim_da_epoca
        self.historico: list[Epoca] = []
        self.parada = ""  # por que o treino acabou, quando não foi por completar as épocas
        self._passos = 0

    @property
    def progresso(self) -> float:
        """A fração do treino já feita, de 0 a 1."""
        c = self.configuracao
        por_tempo = self._decorrido() / (60 * c.orcamento_minutos) if c.orcamento_minutos else 0.0
        por_passos = self._passos / (c.epocas * self.passos_por_epoca) if c.epocas else 0.0
        return min(1.0, max(por_tempo, por_passos))

    def _decorrido(self) -> float:
        return time.monotonic() - self._comeco

    def on_train_begin(self, logs: Any = None) -> None:
        """Marca o começo e passa a tratar Ctrl-C e SIGTERM como pedido de parar."""
        self._comeco = time.monotonic()
        self._sinais = {s: signal.signal(s, self._pede_parada) for s in (signal.SIGINT, signal.SIGTERM)}

    def on_train_end(self, logs: Any = None) -> None:
        """Devolve os sinais a quem os tratava."""
        for sinal, tratador in self._sinais.items():
            signal.signal(sinal, tratador)

    def _pede_parada(self, sinal: int, _quadro: FrameType | None) -> None:
        """Deixa o passo terminar, e valida e guarda o aprendido; um segundo Ctrl-C não espera."""
        self.parada = "interrompido"
        signal.signal(sinal, self._sinais[sinal])

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Recomeça o estado: a ordem dos poemas é outra."""
        zera_estados(self.model)
        self._inicio_da_epoca, self._passos_da_epoca = time.monotonic(), 0
        total = f"/{self.configuracao.epocas}" if self.configuracao.epocas else ""
        self._barra = tqdm(
            total=self.passos_por_epoca,
            desc=f"época {epoch + 1}{total}",
            bar_format="{desc} |{bar:30}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}",
            mininterval=0.5,
            leave=False,
            disable=None,  # sem barra quando a saída não é um terminal
        )

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Põe a taxa de aprendizado deste ponto do treino."""
        taxa = self.configuracao.taxa_aprendizado * fator_da_taxa(self.progresso)
        self.model.optimizer.learning_rate.assign(taxa)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Anda a barra e decide se é hora de parar."""
        self._passos += 1
        self._passos_da_epoca += 1
        perda = logs["loss"]
        self._barra.update()
        if self._passos % 10 == 0:
            self._barra.set_postfix_str(f" treino {decimal(perda, 3)} nats", refresh=False)
        if not math.isfinite(perda):
            self.parada = "divergiu"
        if self.parada or self.progresso >= 1:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Valida, registra, mostra e guarda."""
        duracao = time.monotonic() - self._inicio_da_epoca
        self._barra.close()
        if self.parada == "divergiu":
            return
        caracteres = self._passos_da_epoca * self.configuracao.lote * self.configuracao.janela
        atual = Epoca(
            epoca=epoch + 1,
            segundos=self._decorrido(),
            taxa_aprendizado=float(self.model.optimizer.learning_rate),
            treino_nats=logs["loss"],
            validacao_nats=self.valida(),
            caracteres_por_segundo=caracteres / duracao,
        )
        melhor = all(atual.validacao_nats < outra.validacao_nats for outra in self.historico)
        self.historico.append(atual)
        _mostra(atual, melhor)
        self.ao_fim_da_epoca(self.historico, melhor)
        if self._sem_melhora() >= (self.configuracao.paciencia or math.inf):
            self.parada = "sem melhora"
            self.model.stop_training = True

    def _sem_melhora(self) -> int:
        melhor = min(range(len(self.historico)), key=lambda i: self.historico[i].validacao_nats)
        return len(self.historico) - 1 - melhor


def _mostra(e: Epoca, melhor: bool) -> None:
    minutos, segundos = divmod(round(e.segundos), 60)
    print(
        f"época {e.epoca:>2}  {minutos:>2}:{segundos:02}"
        f"  treino {decimal(e.treino_nats, 3)} nats ({decimal(bits(e.treino_nats), 2)} bits)"
        f"  validação {decimal(e.validacao_nats, 3)} nats ({decimal(bits(e.validacao_nats), 2)} bits)"
        f"  {milhar(round(e.caracteres_por_segundo))} caracteres/s{'  *' if melhor else ''}",
        flush=True,
    )


def confere_divergencia(acompanhamento: Acompanhamento, guardado: str) -> None:
    """Transforma uma perda infinita em conselho.

    Raises:
        ErroPoema: a perda deixou de ser um número.
    """
    if acompanhamento.parada == "divergiu":
        fica = f"o melhor até ali está em {guardado}" if acompanhamento.historico else "nada foi gravado"
        raise ErroPoema(
            f"a perda deixou de ser um número e o treino parou; {fica}. "
            "Tente uma --taxa-aprendizado menor."
        )
