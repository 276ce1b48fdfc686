"""O que acontece em volta de cada passo e de cada época do treino."""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

from poema_top.base import interrupcao
from poema_top.base.nats import bits
from poema_top.base.numeros import decimal, milhar
from poema_top.base.sistema import SINAIS_DE_PARAR
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.historico import Epoca
from poema_top.treino.noticias import Conta, a_ninguem, andamento, da_epoca

AQUECIMENTO = 0.02  # parte do treino em que a taxa sobe
FOLGA = 3.0  # quantas vezes pior que o acaso é explodir
PARANDO = "\nparando…: o passo acaba e o que se aprendeu fica guardado; outro Ctrl-C para já\n"
PASSOS_ENTRE_VALIDACOES = 8
PISO = 0.01  # a taxa no fim, em fração do pico


def fator_da_taxa(progresso: float, agenda: str = "linear") -> float:
    """A taxa de aprendizado ao longo do treino, em fração do pico.

    Sobe e desce em linha reta: passos largos enquanto há muito a aprender, curtos para assentar.

    Args:
        progresso: 0 no começo do treino, 1 no fim.
        agenda: "linear", ou "constante" (sempre o pico).
    """
    if agenda == "constante":
        return 1.0
    subida = min(1.0, (progresso + 1e-3) / AQUECIMENTO)
    return subida * max(PISO, 1 - progresso)


class Acompanhamento:
    """Sabe em que ponto o treino está, mostra o andamento e decide quando parar.

    O progresso é a fração gasta do orçamento que acabar antes, minutos ou épocas. Assim a taxa
    sempre termina de descer, qualquer que seja a máquina.
    """

    def __init__(
        self, configuracao: Configuracao, passos_por_epoca: int, tokens: int, conta: Conta = a_ninguem
    ) -> None:
        """Começa a contar o tempo; `tokens` é V: sortear entre eles custaria ln V por token."""
        self.configuracao = configuracao
        self.conta = conta
        self.passos_por_epoca = passos_por_epoca
        self.historico: list[Epoca] = []
        self.motivo = ""  # por que parou, quando não foi por acabar o orçamento
        self.divergiu = False
        self.passos = 0
        self.epoca = 0  # a que se lê, ou a última que se leu
        self._validados = 0  # os passos, na última validação
        self._perda_maxima = FOLGA * math.log(tokens)
        # O monotonic do Windows anda de 15 em 15 ms: uma época minúscula caberia em zero.
        self._comeco = time.perf_counter()

    def retoma(self, passos: int, segundos: float, historico: list[Epoca]) -> None:
        """Segue de onde outro treino estava."""
        self.passos = self._validados = passos
        self.historico = list(historico)
        self.conta({"epocas": list(map(da_epoca, historico))})
        self.epoca = historico[-1].epoca if historico else 0
        self._comeco = time.perf_counter() - segundos

    @property
    def decorrido(self) -> float:
        """Segundos desde o começo do treino."""
        return time.perf_counter() - self._comeco

    @property
    def progresso(self) -> float:
        """A fração do treino já feita, de 0 a 1."""
        c = self.configuracao
        por_tempo = self.decorrido / (60 * c.orcamento_minutos) if c.orcamento_minutos else 0.0
        por_passos = self.passos / (c.epocas * self.passos_por_epoca) if c.epocas else 0.0
        return min(1.0, max(por_tempo, por_passos))

    @property
    def taxa(self) -> float:
        """A taxa de aprendizado deste ponto do treino."""
        return self.configuracao.taxa_aprendizado * fator_da_taxa(self.progresso, self.configuracao.agenda)

    @contextmanager
    def sem_contar(self) -> Iterator[None]:
        """O que se faz aqui dentro não gasta do tempo pedido: montar um grafo não é treinar."""
        antes = time.perf_counter()
        yield
        self._comeco += time.perf_counter() - antes

    @property
    def hora_de_validar(self) -> bool:
        """Se houve passos que bastem desde a última validação: em épocas de um ou dois, ela custaria mais."""
        return self.passos - self._validados >= PASSOS_ENTRE_VALIDACOES

    @property
    def acabou(self) -> bool:
        """Se é hora de parar, por qualquer motivo."""
        return bool(self.motivo) or self.progresso >= 1

    @contextmanager
    def barra(self) -> Iterator[tqdm]:
        """A barra da época que começa; sem terminal, não aparece."""
        self.epoca += 1
        total = f"/{self.configuracao.epocas}" if self.configuracao.epocas else ""
        with tqdm(
            total=self.passos_por_epoca,
            desc=f"época {self.epoca}{total}",
            bar_format="{desc} |{bar:30}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}",
            mininterval=0.5,
            leave=False,
            disable=None,
        ) as barra:
            yield barra

    def anota_passo(self, perda: float, barra: tqdm, letras_por_token: float = 1.0) -> None:
        """Conta um passo, mostra a perda por caractere e confere a por token, que é a que vem."""
        self.passos += 1
        nats = perda / letras_por_token
        barra.set_postfix_str(f" treino {decimal(nats, 3)} nats", refresh=False)
        barra.update()
        ponto = andamento(self.epoca, nats, self.progresso, self.decorrido)
        self.conta({"fase": "treino", "andamento": ponto})
        self.confere(perda)

    def confere(self, perda: float) -> None:
        """Uma perda que não é número, ou que explodiu, pede parada."""
        if not perda < self._perda_maxima:
            self.divergiu = True
            self.motivo = f"a perda explodiu ({decimal(perda, 1)} nats)"

    def anota_epoca(self, treino: float, validacao: float, caracteres_por_segundo: float) -> bool:
        """Registra e mostra uma época; devolve se ela é a melhor até aqui."""
        melhor = all(validacao < outra.validacao_nats for outra in self.historico)
        atual = Epoca(
            epoca=self.epoca,
            segundos=self.decorrido,
            taxa_aprendizado=self.taxa,
            treino_nats=treino,
            validacao_nats=validacao,
            caracteres_por_segundo=caracteres_por_segundo,
        )
        self.historico.append(atual)
        self.conta({"epocas": [da_epoca(atual)]})
        self._validados = self.passos
        _mostra(atual, melhor)
        sem_melhora = self._epocas_sem_melhora()
        if self.configuracao.paciencia and sem_melhora >= self.configuracao.paciencia:
            self.motivo = f"{self.epoca - self._melhor.epoca} épocas sem melhora na validação"
        return melhor

    def mostra_versos(self, versos: list[str], temperatura: float) -> None:
        """Mostra o que o modelo escreveu depois da última época, numa linha."""
        print("      " + " / ".join(versos), flush=True)
        self.conta({"versos": [{"epoca": self.epoca, "temperatura": temperatura, "versos": versos}]})

    def _epocas_sem_melhora(self) -> int:
        """Há quantas épocas medidas a validação não melhora; 0 se a espera ainda não diz nada.

        Com a taxa alta a perda oscila sem descer, e só desce quando a taxa desce: num treino longo,
        oito épocas assim não são nada. A espera conta depois que a taxa caiu um quarto.
        """
        caiu = self.taxa <= 0.75 * self._melhor.taxa_aprendizado
        if self.configuracao.agenda != "constante" and not caiu:
            return 0
        return len(self.historico) - 1 - self.historico.index(self._melhor)

    @property
    def _melhor(self) -> Epoca:
        return min(self.historico, key=lambda e: e.validacao_nats)

    @contextmanager
    def atende_sinais(self) -> Iterator[None]:
        """Faz dos `SINAIS_DE_PARAR` pedidos de parar: o passo termina e o aprendido é guardado.

        A época medida e gravada leva uns segundos; o segundo Ctrl-C não espera.
        """
        anteriores = {s: signal.getsignal(s) for s in SINAIS_DE_PARAR}

        def pede_parada(sinal: int, _quadro: FrameType | None) -> None:
            self.motivo = "interrompido"
            signal.signal(sinal, anteriores[signal.Signals(sinal)])
            interrupcao.avisa(PARANDO)

        for sinal in anteriores:
            signal.signal(sinal, pede_parada)
        try:
            yield
        finally:
            for sinal, anterior in anteriores.items():
                signal.signal(sinal, anterior)


def _mostra(e: Epoca, melhor: bool) -> None:
    minutos, segundos = divmod(round(e.segundos), 60)
    print(
        f"época {e.epoca:>2}  {minutos:>2}:{segundos:02}"
        f"  treino {decimal(e.treino_nats, 3)} nats ({decimal(bits(e.treino_nats), 2)} bits)"
        f"  validação {decimal(e.validacao_nats, 3)} nats ({decimal(bits(e.validacao_nats), 2)} bits)"
        f"  {milhar(round(e.caracteres_por_segundo))} caracteres/s{'  *' if melhor else ''}",
        flush=True,
    )
