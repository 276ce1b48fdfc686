"""Quanto rende cada modo de gerar texto, do original ao lote em LiteRT.

Cada medida é um processo novo, que conta os próprios caracteres e a própria memória; o tempo até o
primeiro caractere é contado de fora, desde antes de o Python começar.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.base.sistema import comando_python, memoria_maxima
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem, escolhe, gera, probabilidades
from poema_top.geracao.passo import Passo
from poema_top.geracao.sorteio import Sorteio, numeros, sorteios
from poema_top.texto.vocabulario import Vocabulario

JANELA_ORIGINAL = 60
ORIGINAL = "original.keras"
AMOSTRAGEM = Amostragem(0.6)


def constroi_original(pasta: Path) -> Any:
    """O modelo como o projeto original o tinha, com os pesos de um dos nossos."""
    from poema_top.medicao.original.modelo import constroi
    from poema_top.rede.modelo import carrega, pesos_de_one_hot

    ficha = checkpoint.le(pasta).ficha["modelo"]
    modelo = constroi(ficha["vocabulario"], ficha["unidades"], JANELA_ORIGINAL)
    modelo.set_weights(pesos_de_one_hot(carrega(pasta / checkpoint.MODELO)))
    return modelo


def _original(pasta: Path, provisoria: Path) -> Iterator[int]:
    """Relê a janela inteira, em one-hot, a cada token, com `predict`."""
    from poema_top.rede.backend import keras

    modelo = keras.models.load_model(provisoria / ORIGINAL, compile=False)
    vocabulario, sorteio = checkpoint.le(pasta).vocabulario, [Sorteio(0)]
    janela = [vocabulario.id_separador] * JANELA_ORIGINAL
    um = np.eye(len(vocabulario), dtype=np.float32)
    for n in count():
        p = modelo.predict(um[janela][None], verbose=0)
        acaso = numeros(sorteio, np.array([n]))
        (sorteado,) = escolhe(probabilidades(np.log(p + 1e-9), AMOSTRAGEM), acaso)
        janela = [*janela[1:], int(sorteado)]
        yield len(vocabulario.tokens[sorteado])


def _passo_keras(pasta: Path, _provisoria: Path) -> Iterator[int]:
    """Um passo do Keras por token, com o estado levado adiante."""
    from poema_top.rede.modelo import carrega
    from poema_top.rede.passo import PassoKeras

    vocabulario = checkpoint.le(pasta).vocabulario
    passo = PassoKeras(carrega(pasta / checkpoint.MODELO), vocabulario.id_terminador)
    return _letras(passo, vocabulario)


def _litert(pasta: Path, fluxos: int) -> Iterator[int]:
    from poema_top.geracao.motor import Motor

    treinado = checkpoint.le(pasta)
    vocabulario = treinado.vocabulario
    return _letras(Motor(treinado, fluxos), vocabulario)


def _letras(passo: Passo, vocabulario: Vocabulario) -> Iterator[int]:
    """Quantas letras se escrevem a cada passo, em todos os textos."""
    uma_por_token = vocabulario.letras.max() == 1  # contá-las custaria um décimo do passo
    for ids in gera(passo, vocabulario, AMOSTRAGEM, sorteios(0, range(passo.fluxos))):
        yield passo.fluxos if uma_por_token else int(vocabulario.letras[ids].sum())


VARIANTES: dict[str, tuple[str, Callable[[Path, Path], Iterator[int]]]] = {
    "original": ("Keras, janela inteira (original)", _original),
    "keras": ("Keras, um passo", _passo_keras),
    "litert": ("LiteRT, um texto", lambda pasta, _: _litert(pasta, 1)),
    "litert64": ("LiteRT, 64 textos", lambda pasta, _: _litert(pasta, 64)),
}


def mede(pasta: Path, voltas: int, segundos: float) -> dict[str, dict[str, float]]:
    """Mede as variantes em rodízio e mostra a tabela das medianas, com razões à original.

    Args:
        pasta: o modelo.
        voltas: medidas de cada variante.
        segundos: duração de cada uma.

    Returns:
        Por variante: caracteres por segundo, segundos até o primeiro caractere, MB de memória (onde se sabe).
    """
    medidas: dict[str, list[dict[str, float]]] = {nome: [] for nome in VARIANTES}
    with tempfile.TemporaryDirectory() as provisoria:
        constroi_original(pasta).save(Path(provisoria) / ORIGINAL)
        for _ in range(voltas):  # em rodízio: se a máquina oscila, oscila para todas
            for nome, feitas in medidas.items():
                feitas.append(_mede_uma(nome, pasta, Path(provisoria), segundos))
    medianas = {
        nome: {campo: statistics.median(m[campo] for m in feitas) for campo in feitas[0]}
        for nome, feitas in medidas.items()
    }
    _mostra(medianas)
    return medianas


def _mede_uma(nome: str, pasta: Path, provisoria: Path, segundos: float) -> dict[str, float]:
    comeco = time.perf_counter()
    comando = comando_python("medicao.geracao", nome, str(pasta), str(provisoria), str(segundos))
    cano = subprocess.PIPE
    with subprocess.Popen(comando, stdout=cano, stderr=cano, encoding="utf-8") as filho:
        linhas = iter(filho.stdout or ())
        primeira = next(linhas, "")
        partida = time.perf_counter() - comeco
        resto = next(linhas, "")
        erro = filho.stderr.read() if filho.stderr else ""
    if not primeira or not resto:
        raise ErroPoema(f"a medida {nome} falhou: {erro.strip().splitlines()[-1:]}")
    return {**json.loads(resto), "primeiro_s": partida}


def _mostra(medianas: dict[str, dict[str, float]]) -> None:
    base = medianas["original"]["por_segundo"]
    print(f"{'modo':<34}{'caracteres/s':>14}{'razão':>10}{'1º caractere':>15}{'memória':>10}")
    for nome, m in medianas.items():
        taxa = milhar(round(m["por_segundo"])) if m["por_segundo"] > 100 else decimal(m["por_segundo"], 1)
        memoria = f"{m['memoria_mb']:.0f} MB" if "memoria_mb" in m else "—"
        razao = decimal(m["por_segundo"] / base, 1 if m["por_segundo"] < 100 * base else 0)
        print(
            f"{VARIANTES[nome][0]:<34}{taxa:>14}{razao + ' ×':>10}"
            f"{decimal(m['primeiro_s'], 2) + ' s':>15}{memoria:>10}"
        )
    print()


def principal() -> None:
    """Um processo de medida: avisa no primeiro caractere, conta por um tempo, diz quanto rendeu."""
    nome, pasta, provisoria, segundos = sys.argv[1:]
    caracteres = VARIANTES[nome][1](Path(pasta), Path(provisoria))
    next(caracteres)
    os.write(1, b"primeiro\n")
    total, comeco, fim = 0, time.perf_counter(), time.perf_counter() + float(segundos)
    while (agora := time.perf_counter()) < fim:
        total += next(caracteres)
    medida = {"por_segundo": total / (agora - comeco)}
    if (memoria := memoria_maxima()) is not None:
        medida["memoria_mb"] = memoria
    print(json.dumps(medida))


if __name__ == "__main__":
    principal()
