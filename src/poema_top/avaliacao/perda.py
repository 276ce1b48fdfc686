"""A perda em poemas inteiros, pelo LiteRT: quanto cada caractere surpreende o modelo."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poema_top.base.nats import Nats, bits, perplexidade, surpresa
from poema_top.geracao.passo import Passo
from poema_top.texto.vocabulario import Vocabulario

FLUXOS = 128  # poemas lidos de cada vez
REAMOSTRAS = 2000


def surpresas(motor: Passo, vocabulario: Vocabulario, poemas: Sequence[str]) -> list[Nats]:
    """Os nats de cada caractere de cada poema, o separador que o fecha incluído.

    A surpresa com um token de várias letras se reparte por igual entre elas: a soma é a mesma, e vocabulários
    diferentes se comparam letra a letra.

    Cada poema é lido do nada (estado zero e o separador), como na geração. Os de tamanho parecido
    vão juntos, um por fluxo: quase nenhum fluxo espera pelos outros.

    Args:
        motor: com B fluxos; os estados dele são zerados.
        vocabulario: o do modelo.
        poemas: P textos.

    Returns:
        P vetores float64, na ordem dos poemas; o de um poema de n caracteres tem n + 1.

    Raises:
        ErroPoema: há num poema caracteres que o vocabulário não tem.
    """
    separador = vocabulario.id_separador
    alvos = [np.append(vocabulario.codifica(p), separador).astype(np.int32) for p in poemas]
    ordem = sorted(range(len(alvos)), key=lambda i: -len(alvos[i]))
    medidas: list[Nats] = [np.empty(0)] * len(alvos)
    for comeco in range(0, len(ordem), motor.fluxos):
        quais = ordem[comeco : comeco + motor.fluxos]
        lote = np.full((len(alvos[quais[0]]), motor.fluxos), separador, np.int32)
        for fluxo, i in enumerate(quais):
            lote[: len(alvos[i]), fluxo] = alvos[i]
        lidos = _le_lote(motor, lote, separador)
        for fluxo, i in enumerate(quais):
            letras = vocabulario.letras[alvos[i]]
            medidas[i] = np.repeat(lidos[: len(alvos[i]), fluxo] / letras, letras)
    return medidas


def _le_lote(motor: Passo, alvos: NDArray[np.int32], separador: int) -> Nats:
    """Alvos [T, B] -> nats [T, B]; a entrada de cada passo é o alvo do anterior."""
    motor.zera()
    entrada = np.full(motor.fluxos, separador, np.int32)
    nats = np.empty(alvos.shape)
    for t, alvo in enumerate(alvos):
        nats[t] = surpresa(motor.avanca(entrada), alvo)
        entrada = alvo
    return nats


@dataclass(frozen=True)
class Perda:
    """O que se diz da perda num conjunto de poemas.

    Attributes:
        nats: média por caractere.
        minimo: o começo do intervalo de 95 %.
        maximo: o fim dele.
        poemas: quantos.
        caracteres: quantos, com o separador de cada poema.
    """

    nats: float
    minimo: float
    maximo: float
    poemas: int
    caracteres: int

    @property
    def bits(self) -> float:
        """Bits por caractere: nats / ln 2."""
        return bits(self.nats)

    @property
    def perplexidade(self) -> float:
        """e^nats, que é o mesmo que 2^bits."""
        return perplexidade(self.nats)


def resume(medidas: Sequence[Nats], sorteador: np.random.Generator, vezes: int = REAMOSTRAS) -> Perda:
    """Média por caractere com intervalo de 95 % por bootstrap sobre os poemas.

    O poema é a unidade sorteada, não o caractere: os caracteres de um poema não são independentes
    (Efron 1979, "Bootstrap Methods: Another Look at the Jackknife").
    """
    somas = np.array([nats.sum() for nats in medidas])
    tamanhos = np.array([len(nats) for nats in medidas])
    medias = np.empty(vezes)
    for i in range(vezes):
        quais = sorteador.integers(len(somas), size=len(somas))
        medias[i] = somas[quais].sum() / tamanhos[quais].sum()
    minimo, maximo = np.quantile(medias, [0.025, 0.975])
    total = int(tamanhos.sum())
    return Perda(float(somas.sum() / total), float(minimo), float(maximo), len(medidas), total)


def por_posicao(medidas: Sequence[Nats], minimo: int = 30) -> list[float]:
    """A média dos nats em cada posição do poema, enquanto ao menos `minimo` poemas chegam a ela."""
    tamanhos = np.array([len(nats) for nats in medidas])
    somas = np.zeros(tamanhos.max(initial=0))
    for nats in medidas:
        somas[: len(nats)] += nats
    quantos = np.array([(tamanhos > t).sum() for t in range(len(somas))])
    bastam = quantos >= min(minimo, len(medidas))
    return [float(v) for v in somas[bastam] / quantos[bastam]]
