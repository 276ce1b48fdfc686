"""Dos logits ao próximo token, e daí em diante: a geração que todos os comandos usam."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from poema_top.geracao.inicio import Inicio
from poema_top.geracao.passo import Logits, Passo
from poema_top.geracao.sorteio import Sorteio, numeros
from poema_top.texto.vocabulario import Vocabulario

Probabilidades = NDArray[np.float64]
BLOCO = 256  # números sorteados de uma vez: o custo de chamar o NumPy se divide por eles
# Chances somadas de uma vez, 128 KB: as de um lote inteiro, com milhares de tokens, voltariam ao sistema
# operacional a cada passo, e pedir memória de novo custa mais que somar.
PEDACO = 16_384


@dataclass(frozen=True)
class Amostragem:
    """Como sortear.

    Os cortes vêm depois da temperatura, nesta ordem: top_k, top_p (uma parcela do que o top_k deixou) e
    min_p. O mais provável nunca sai, e o min_p só se mede contra ele: corta o mesmo que cortaria sozinho.

    Attributes:
        temperatura: divide os logits antes da softmax. Abaixo de 1 acentua as diferenças (mais
            repetitivo), acima as achata (mais inventivo); 0 é sempre o mais provável.
        top_k: só os k mais prováveis concorrem; 0 desliga.
        top_p: só concorre o menor conjunto que soma ao menos p (Holtzman et al. 2020,
            arXiv 1904.09751); 1 desliga.
        min_p: só concorre quem tem ao menos min_p vezes a chance do mais provável (Nguyen et al. 2024,
            arXiv 2407.01082), muitos onde o modelo hesita e poucos onde tem certeza; 0 desliga, 1 só deixa o
            mais provável e os que empatam com ele.
    """

    temperatura: float
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


def probabilidades(logits: Logits, amostragem: Amostragem) -> Probabilidades:
    """Logits [..., V] -> distribuição float64 [..., V] de onde se sorteia."""
    p = distribuicao(logits, amostragem.temperatura)
    k = amostragem.top_k if 0 < amostragem.top_k < p.shape[-1] else p.shape[-1]
    if k == p.shape[-1] and amostragem.top_p >= 1 and amostragem.min_p <= 0:
        return p
    if k < p.shape[-1]:
        p = _corta(p, k, np.inf)
    if amostragem.top_p < 1:
        p = _corta(p, p.shape[-1], amostragem.top_p)
    if amostragem.min_p > 0:
        p *= p >= amostragem.min_p * p.max(axis=-1, keepdims=True)
    p /= p.sum(axis=-1, keepdims=True)
    return p


def distribuicao(logits: Logits, temperatura: float | NDArray[np.float64]) -> Probabilidades:
    """A softmax dos logits divididos pela temperatura, sem cortes, numa matriz só mudada no lugar.

    Vale para quaisquer logits: NaN conta como impossível, e uma linha sem nada possível vira a
    distribuição uniforme.

    Args:
        logits: [..., V].
        temperatura: uma só, ou uma por linha, [..., 1]; 0 dá toda a chance ao primeiro dos mais prováveis.
    """
    x = logits.astype(np.float64)
    maior = x.max(axis=-1, keepdims=True)
    if not np.isfinite(maior).all():  # um -inf que não é o maior não atrapalha: dá zero
        np.nan_to_num(x, copy=False, nan=-1e300, posinf=1e300, neginf=-1e300)
        maior = x.max(axis=-1, keepdims=True)
    x -= maior  # o maior vira 0: a exponencial nunca estoura
    fria = temperatura == 0
    algum_frio = fria if isinstance(fria, bool) else fria.any()
    certeza = np.arange(x.shape[-1]) == x.argmax(axis=-1, keepdims=True) if algum_frio else x
    with np.errstate(over="ignore"):  # -grande / temperatura minúscula é -inf, e exp(-inf) é 0
        x /= np.where(fria, 1.0, temperatura) if algum_frio else temperatura
    np.exp(x, out=x)
    x /= x.sum(axis=-1, keepdims=True)
    return np.where(fria, certeza, x) if algum_frio else x


def _corta(p: Probabilidades, k: int, parcela: float) -> Probabilidades:
    """Zera o que fica fora dos k maiores ou além da parcela da soma; empates por ordem de id."""
    ordem = np.argsort(-p, axis=-1, kind="stable")
    ordenado = np.take_along_axis(p, ordem, axis=-1)
    antes = np.cumsum(ordenado, axis=-1) - ordenado  # a soma dos que vêm à frente de cada um
    fica = antes < parcela * ordenado.sum(axis=-1, keepdims=True)
    fica[..., 0] = True
    fica[..., k:] = False
    cortado = np.zeros_like(p)
    np.put_along_axis(cortado, ordem, np.where(fica, ordenado, 0), axis=-1)
    return cortado


def escolhe(p: Probabilidades, acaso: NDArray[np.float64]) -> NDArray[np.int32]:
    """Sorteia pela inversa da função acumulada.

    Args:
        p: [B, V], distribuições.
        acaso: [B], números em [0, 1), um por linha: a função é pura, o acaso vem de fora.

    Returns:
        Ids int32 [B]; nunca um de probabilidade zero.
    """
    if p.size > PEDACO and len(p) > 1:
        meio = len(p) // 2
        return np.concatenate([escolhe(p[:meio], acaso[:meio]), escolhe(p[meio:], acaso[meio:])])
    acumulada = p.cumsum(axis=-1)
    # O total pode dar 0,999...: mede-se o acaso nessa régua para não passar do último possível.
    alvo = acaso[:, None] * acumulada[:, -1:]
    ids: NDArray[np.int32] = (acumulada > alvo).argmax(axis=-1).astype(np.int32)
    return ids


def gera(
    motor: Passo,
    vocabulario: Vocabulario,
    amostragem: Amostragem,
    sorteios: Sequence[Sorteio],
    inicios: Sequence[str] = (),
) -> Iterator[NDArray[np.int32]]:
    """Gera para sempre, um token de cada texto por vez; quem consome decide quando parar.

    Cada texto começa do nada: estado zero e o separador. O começo pedido, se houver, sai do mesmo sorteio,
    limitado aos tokens que o escrevem (`Inicio`). Ao ler o terminador o modelo esquece tudo, e o poema
    seguinte começa do nada como o primeiro. Cada texto tem o seu sorteio, então o que um escreve
    não depende dos outros nem de quantos são.

    Args:
        motor: com B fluxos; os estados dele são zerados.
        vocabulario: o do modelo.
        amostragem: temperatura e cortes.
        sorteios: B, um por texto.
        inicios: B textos, um por fluxo; sem eles, nenhum começo.

    Yields:
        Ids int32 [B].
    """
    motor.zera()
    ids = np.full(motor.fluxos, vocabulario.id_separador, np.int32)
    abertos = {fluxo: Inicio(texto, vocabulario) for fluxo, texto in enumerate(inicios) if texto}
    for bloco in count(0, BLOCO):
        for acaso in numeros(sorteios, np.arange(bloco, bloco + BLOCO)[:, None]):
            logits = continuam(motor.avanca(ids), abertos)
            ids = escolhe(probabilidades(logits, amostragem), acaso)
            seguem(ids, abertos)
            yield ids


def continuam(logits: Logits, abertos: Mapping[int, Inicio]) -> Logits:
    """Os logits [B, V], limitados ao que continua o começo de cada fluxo que ainda tem um."""
    if abertos:
        logits = logits.copy()
        for fluxo, inicio in abertos.items():
            logits[fluxo] = inicio.limita(logits[fluxo])
    return logits


def seguem(ids: NDArray[np.int32], abertos: dict[int, Inicio]) -> None:
    """Conta aos começos o que se escreveu, [B], e larga os que acabaram."""
    for fluxo, inicio in list(abertos.items()):
        inicio.segue(int(ids[fluxo]))
        if not inicio:
            del abertos[fluxo]
