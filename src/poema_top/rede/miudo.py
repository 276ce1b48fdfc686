"""A ideia inteira em NumPy, para ler primeiro: de um arquivo de poemas a versos novos, em um minuto.

É a gêmea lenta de gru.py: as mesmas contas, numa camada só e sem nada arrumado para ser rápido. Nos
comentários, B é quantos trechos se leem juntos, T quantos caracteres tem uma janela, V quantos há no
vocabulário e n quantas unidades tem a GRU. Para vê-la aprender: python -m poema_top.rede.miudo
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DATASET = Path(__file__).resolve().parents[3] / "dataset" / "poemas-1k.txt"
FORA = 50  # poemas do fim do arquivo que o treino não lê: neles se vê se aprendeu ou decorou
FLUXOS, JANELA, UNIDADES = 32, 40, 128  # B, T e n
TAXA = 5e-3  # de aprendizado, no começo; desce em linha reta até 0
DECAIMENTO = 0.2  # os pesos encolhem um pouco a cada passo: só fica grande o que serve sempre
RECORTE = 1.0  # norma máxima do gradiente (Pascanu et al. 2013, arXiv 1211.5063)

Ids = NDArray[np.int64]
Matriz = NDArray[np.floating[Any]]
Pesos = dict[str, Matriz]
Passo = tuple[Matriz, ...]  # o que a volta precisa saber de um passo da ida


def codifica(poemas: Iterable[str], letras: str) -> Ids:
    """Poemas -> ids [N], um atrás do outro, cada um fechado por "@"; o id é a posição em `letras`."""
    return np.array([letras.index(letra) for poema in poemas for letra in poema + "@"])


def janela(texto: Ids, lidos: int) -> tuple[Ids, Ids]:
    """O que se lê e o que se prevê, [B, T], depois de `lidos` caracteres de cada um dos B trechos.

    Eles começam espalhados pelo texto [N], que é lido em roda: acabou, recomeça.
    """
    comecos = np.arange(FLUXOS)[:, None] * (len(texto) // FLUXOS)  # [B, 1]
    ids = texto[(comecos + lidos + np.arange(JANELA + 1)) % len(texto)]  # [B, T + 1]
    return ids[:, :-1], ids[:, 1:]


def pesos_iniciais(v: int, n: int, acaso: np.random.Generator) -> Pesos:
    """Os da GRU: w [V, 3n], u [n, 3n] e b [2, 3n], na ordem z, r, c. Os da saída: s [n, V] e d [V]."""
    formas = {"w": (v, 3 * n), "u": (n, 3 * n), "s": (n, v)}
    p: Pesos = {nome: acaso.normal(0, f[0] ** -0.5, f).astype(np.float32) for nome, f in formas.items()}
    p |= {"b": np.zeros((2, 3 * n), np.float32), "d": np.zeros(v, np.float32)}
    p["b"][0, :n] = 1  # a porta z nasce mais aberta: o estado dura, e o gradiente chega mais longe
    return p


def one_hot(ids: Ids, p: Pesos) -> Matriz:
    """Ids [B] -> [B, V]: em cada linha, um 1 na coluna do id e 0 no resto."""
    return np.eye(len(p["d"]), dtype=p["d"].dtype)[ids]


def sigmoide(x: Matriz) -> Matriz:
    """1 / (1 + e^-x), por um caminho em que a exponencial não estoura."""
    return (1 + np.tanh(x / 2)) / 2


def softmax(logits: Matriz) -> Matriz:
    """Logits [B, V] -> chances [B, V]. Subtrair o maior não muda o resultado, e nada estoura."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: Matriz = e / e.sum(axis=1, keepdims=True)
    return chances


def avanca(p: Pesos, ids: Ids, h: Matriz) -> tuple[Matriz, Passo]:
    """Lê um caractere de cada trecho: ids [B] e estado [B, n] -> logits [B, V] do seguinte e o passo.

    São as equações de gru.py, uma por linha. O estado novo é o último do passo.
    """
    x = one_hot(ids, p)  # [B, V]
    h = h * (1 - x[:, :1])  # quem lê "@", o id 0, esquece tudo: cada poema começa do nada
    xz, xr, xc = np.split(x @ p["w"] + p["b"][0], 3, axis=1)  # [B, 3n] -> três [B, n]
    hz, hr, hc = np.split(h @ p["u"] + p["b"][1], 3, axis=1)
    z = sigmoide(xz + hz)  # quanto do estado fica
    r = sigmoide(xr + hr)  # quanto do estado entra no candidato
    c = np.tanh(xc + r * hc)  # o candidato
    novo = z * h + (1 - z) * c
    return novo @ p["s"] + p["d"], (x, h, z, r, hc, c, novo)


def ida(p: Pesos, lidas: Ids, certas: Ids, h: Matriz) -> tuple[float, Matriz, list[Passo]]:
    """Lê uma janela [B, T], prevê cada caractere seguinte e compara com o certo, [B, T].

    Devolve a perda, em nats por caractere; o estado do fim, [B, n]; e os passos, para `volta`.
    """
    nats, passos = 0.0, []
    for ids, seguintes in zip(lidas.T, certas.T, strict=True):  # T vezes [B]
        logits, passo = avanca(p, ids, h)
        chances, certo = softmax(logits), one_hot(seguintes, p)  # [B, V]
        nats -= float(np.log((chances * certo).sum(axis=1)).sum()) / lidas.size
        passos.append((*passo, (chances - certo) / lidas.size))  # a derivada da perda nos logits
        h = passo[-1]
    return nats, h, passos


def volta(p: Pesos, passos: list[Passo]) -> Pesos:
    """A derivada da perda em cada peso, do último passo ao primeiro (retropropagação no tempo)."""
    g = {nome: np.zeros_like(peso) for nome, peso in p.items()}
    dh: Matriz = np.zeros_like(passos[-1][1])  # [B, n], no estado; o que há depois da janela não conta
    for x, h, z, r, hc, c, novo, d_logits in reversed(passos):
        g["s"] += novo.T @ d_logits  # [n, B] [B, V]
        g["d"] += d_logits.sum(axis=0)
        dh = dh + d_logits @ p["s"].T  # o estado novo serve ao passo seguinte e à saída
        dz = dh * (h - c) * z * (1 - z)  # [B, n]; a derivada da sigmoide é z (1 - z)
        dc = dh * (1 - z) * (1 - c * c)  # e a da tanh, 1 - c²
        dr = dc * hc * r * (1 - r)
        d_lido = np.concatenate([dz, dr, dc], axis=1)  # [B, 3n], em x w + b[0]
        d_lembrado = np.concatenate([dz, dr, dc * r], axis=1)  # [B, 3n], em h u + b[1]
        g["w"] += x.T @ d_lido  # [V, B] [B, 3n]
        g["u"] += h.T @ d_lembrado  # [n, B] [B, 3n]
        g["b"] += np.stack([d_lido.sum(axis=0), d_lembrado.sum(axis=0)])
        dh = (dh * z + d_lembrado @ p["u"].T) * (1 - x[:, :1])  # o que o "@" apagou não teve efeito
    return g


class Adam:
    """AdamW (Loshchilov e Hutter 2017, arXiv 1711.05101): cada peso anda à medida dos seus gradientes."""

    def __init__(self, p: Pesos) -> None:
        """`p` são os pesos que `anda` muda."""
        self.p, self.passos = p, 0
        self.medias, self.quadrados = ({nome: np.zeros_like(peso) for nome, peso in p.items()} for _ in "mq")

    def anda(self, g: Pesos, taxa: float) -> None:
        """Um passo contra o gradiente, que antes é encolhido se for grande demais."""
        self.passos += 1
        norma = sum(float((d * d).sum()) for d in g.values()) ** 0.5
        for nome, peso in self.p.items():
            d = g[nome] * min(1, RECORTE / (norma + 1e-9))
            self.medias[nome] += 0.1 * (d - self.medias[nome])
            self.quadrados[nome] += 0.001 * (d * d - self.quadrados[nome])
            # As duas médias nascem em 0, e a divisão desconta o que esse 0 ainda pesa nelas.
            m = self.medias[nome] / (1 - 0.9**self.passos)
            q = self.quadrados[nome] / (1 - 0.999**self.passos)
            peso[...] -= taxa * (m / (np.sqrt(q) + 1e-8) + DECAIMENTO * peso)


def perda(p: Pesos, ids: Ids) -> float:
    """Os nats por caractere num texto [N], lido do começo ao fim."""
    return ida(p, ids[None, :-1], ids[None, 1:], np.zeros((1, len(p["u"])), p["u"].dtype))[0]


def treina(p: Pesos, texto: Ids, fora: Ids, segundos: float) -> None:
    """Muda os pesos `p` para que prevejam `texto` [N]; de tanto em tanto, mede a perda em `fora`."""
    comeco, adam, h = time.monotonic(), Adam(p), np.zeros((FLUXOS, len(p["u"])), np.float32)
    for lidos in count(0, JANELA):
        agora = time.monotonic() - comeco
        if agora > segundos:
            break
        # O estado atravessa as janelas e o gradiente não: é a retropropagação truncada.
        nats, h, passos = ida(p, *janela(texto, lidos), h)
        adam.anda(volta(p, passos), TAXA * (1 - agora / segundos))
        if lidos % (500 * JANELA) == 0:
            linha = (
                f"{agora:4.0f} s  {nats:.3f} nats por caractere, e {perda(p, fora):.3f} nos poemas de fora"
            )
            print(linha.replace(".", ","), flush=True)


def escreve(p: Pesos, letras: str, temperatura: float, acaso: np.random.Generator) -> str:
    """Um poema: lê "@", sorteia o caractere seguinte, lê o sorteado, até sair outro "@"."""
    texto, h = "@", np.zeros((1, len(p["u"])), p["u"].dtype)
    while len(texto) < 400 and (texto == "@" or texto[-1] != "@"):
        logits, passo = avanca(p, np.array([letras.index(texto[-1])]), h)
        texto += letras[acaso.choice(len(letras), p=softmax(logits / temperatura)[0])]
        h = passo[-1]
    return texto.strip("@")


def principal(segundos: float = 60) -> None:
    """Aprende os poemas do arquivo e escreve três; Ctrl-C encerra o treino antes da hora."""
    acaso = np.random.default_rng()
    poemas = DATASET.read_text(encoding="utf-8").lower().removesuffix("\n@\n").split("\n@\n")
    letras = "@" + "".join(sorted(set("".join(poemas))))  # o vocabulário, com "@" no 0
    p = pesos_iniciais(len(letras), UNIDADES, acaso)
    fora = codifica(["", *poemas[-FORA:]], letras)  # o vazio põe um "@" no começo
    with suppress(KeyboardInterrupt):
        treina(p, codifica(poemas[:-FORA], letras), fora, segundos)
    print(f"fim: {perda(p, fora):.3f} nats por caractere nos {FORA} poemas de fora".replace(".", ","))
    for temperatura in (0.4, 0.6, 0.8):
        print(f"\ntemperatura {temperatura}".replace(".", ","))
        print(escreve(p, letras, temperatura, acaso))


if __name__ == "__main__":
    principal()
