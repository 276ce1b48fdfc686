"""Como o crítico aprende: a rede dos versos, por gradiente; as notas do poema, por mínimos quadrados."""

from dataclasses import dataclass

import numpy as np

from poema_top.base.vetores import Vetor
from poema_top.geracao.critico import Rede, normaliza, resume
from poema_top.geracao.tracos import Lidos
from poema_top.texto.ngramas import Inteiros
from poema_top.treino.notas import Reais

UNIDADES = 48  # H
EPOCAS = 10
LOTE = 64  # versos
TAXA = 3e-3  # a do começo; cai em linha reta até zero
ENCOLHE = 0.02  # o "weight decay" do AdamW (Loshchilov e Hutter 2019)
APAGA_ENTRADA, APAGA_SAIDA = 0.1, 0.3  # dropout
CRISTA = 30.0  # o quanto se encolhem os pesos da regressão (Hoerl e Kennard 1970)


def ajusta(lidos: Lidos, versos: Reais, notas: Reais, treino: Inteiros, semente: int = 0) -> Rede:
    """Aprende com alguns dos poemas lidos.

    Args:
        lidos: os traços de todos os poemas.
        versos: [V, 2], o que o leitor disse de cada verso.
        notas: [P, 3].
        treino: os poemas de que se aprende.
        semente: a mesma dá sempre a mesma rede.
    """
    limites = np.append(lidos.poemas, len(lidos.versos))
    quais = np.concatenate([np.arange(limites[p], limites[p + 1]) for p in treino])
    media = lidos.tracos.mean(axis=0)
    desvio = lidos.tracos.std(axis=0) + 1e-6
    x = normaliza(lidos.tracos, media, desvio)
    centro, escala = versos[quais].mean(axis=0), versos[quais].std(axis=0) + 1e-6
    alvos = ((versos - centro) / escala).astype(np.float32)
    pesos = _desce(x, np.append(lidos.versos, len(x)), alvos, quais, np.random.default_rng(semente))
    w1, b1, w2, b2 = pesos
    # As notas são previstas depois; até lá, os pesos delas não existem.
    nada = np.zeros(0, np.float32)
    rede = Rede(media, desvio, w1, b1, w2 * escala, b2 * escala + centro, nada, nada, np.zeros(3, np.float32))
    resumo = np.concatenate([resume(rede.versos(lidos), lidos.poemas), lidos.gerais], axis=1)
    w3, b3 = _regride(resumo[treino], notas[treino])
    return Rede(*(v.astype(np.float32) for v in (*rede[:6], w3, b3, rede.erro)))


@dataclass
class _AdamW:
    """Adam com os pesos encolhidos à parte."""

    pesos: list[Vetor]
    passos: int

    def __post_init__(self) -> None:
        self._n = 0
        self._medias = [np.zeros_like(p) for p in self.pesos]
        self._quadrados = [np.zeros_like(p) for p in self.pesos]

    def anda(self, gradientes: list[Vetor]) -> None:
        """Um passo, na taxa que lhe cabe."""
        taxa = TAXA * (1 - self._n / self.passos)
        self._n += 1
        for i, g in enumerate(gradientes):
            self._medias[i] = 0.9 * self._medias[i] + 0.1 * g
            self._quadrados[i] = 0.99 * self._quadrados[i] + 0.01 * g * g
            direcao = (self._medias[i] / (1 - 0.9**self._n)) / (
                np.sqrt(self._quadrados[i] / (1 - 0.99**self._n)) + 1e-8
            )
            encolhe = ENCOLHE * self.pesos[i] if g.ndim == 2 else 0
            self.pesos[i] = (self.pesos[i] - taxa * (direcao + encolhe)).astype(np.float32)


def _desce(
    x: Vetor, limites: Inteiros, alvos: Vetor, versos: Inteiros, acaso: np.random.Generator
) -> list[Vetor]:
    """Os pesos w1, b1, w2, b2 que menos erram os alvos, [V, 2], em erro quadrático."""
    d, lotes = x.shape[1], max(1, len(versos) // LOTE)
    inicio = [
        acaso.normal(size=(d, UNIDADES)) / np.sqrt(d),
        np.zeros(UNIDADES),
        acaso.normal(size=(2 * UNIDADES, 2)) * 0.1 / np.sqrt(UNIDADES),
        np.zeros(2),
    ]
    adam = _AdamW([p.astype(np.float32) for p in inicio], EPOCAS * lotes)
    for _ in range(EPOCAS):
        for quais in np.array_split(acaso.permutation(versos), lotes):
            comecos, tamanhos = limites[quais], limites[quais + 1] - limites[quais]
            onde = np.repeat(comecos - np.cumsum(tamanhos) + tamanhos, tamanhos) + np.arange(tamanhos.sum())
            adam.anda(_gradiente(adam.pesos, x[onde], tamanhos, alvos[quais], acaso))
    return adam.pesos


def _gradiente(
    pesos: list[Vetor], x: Vetor, tamanhos: Inteiros, alvos: Vetor, acaso: np.random.Generator
) -> list[Vetor]:
    """Do erro quadrático médio de um lote de versos, com dropout.

    Args:
        pesos: w1, b1, w2, b2.
        x: [T, D], os traços dos versos do lote, um atrás do outro.
        tamanhos: [B], quantas marcas tem cada verso.
        alvos: [B, 2].
        acaso: de onde vem o dropout.
    """
    w1, b1, w2, b2 = pesos
    comecos, por_marca = np.cumsum(tamanhos) - tamanhos, tamanhos[:, None]
    x = x * _mascara(x.shape, APAGA_ENTRADA, acaso)
    a = np.maximum(x @ w1 + b1, 0)
    maior = np.maximum.reduceat(a, comecos)
    junto = np.concatenate([maior, np.add.reduceat(a, comecos) / por_marca], axis=1)
    apaga = _mascara(junto.shape, APAGA_SAIDA, acaso)
    erro = ((junto * apaga) @ w2 + b2 - alvos) / len(alvos)
    de_volta = (erro @ w2.T) * apaga
    do_maior, da_media = de_volta[:, : len(b1)], de_volta[:, len(b1) :] / por_marca
    foi_o_maior = a == np.repeat(maior, tamanhos, axis=0)
    em_a = (np.repeat(da_media, tamanhos, axis=0) + foi_o_maior * np.repeat(do_maior, tamanhos, axis=0)) * (
        a > 0
    )
    return [x.T @ em_a, em_a.sum(axis=0), (junto * apaga).T @ erro, erro.sum(axis=0)]


def _mascara(forma: tuple[int, ...], parcela: float, acaso: np.random.Generator) -> Vetor:
    """Zeros em uma parcela, e o resto maior na mesma medida: a média é 1."""
    mascara: Vetor = (acaso.random(forma, dtype=np.float32) >= parcela) / np.float32(1 - parcela)
    return mascara


def _regride(x: Vetor, y: Reais) -> tuple[Vetor, Vetor]:
    """Os pesos [D, 3] e o que se soma, [3], de uma regressão de crista sobre x normalizado."""
    media, desvio = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = (x - media) / desvio
    w = np.linalg.solve(z.T @ z + CRISTA * np.eye(x.shape[1]), z.T @ (y - y.mean(axis=0)))
    w /= desvio[:, None]
    return w, y.mean(axis=0) - media @ w
