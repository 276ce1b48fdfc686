"""O acaso dos poemas: os números publicados, os mesmos em blocos ou um a um, e bem espalhados."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from poema_top.base.numeros import SEMENTE_MAXIMA
from poema_top.geracao.amostragem import escolhe
from poema_top.geracao.sorteio import Sorteio, numeros, semente_nova, sorteios, threefry


def primeiros(semente: int, quantos: int, texto: int = 0) -> np.ndarray:
    return numeros([Sorteio(semente, texto)], np.arange(quantos)[:, None])[:, 0]


VETORES = json.loads(Path(__file__).with_name("sorteio.json").read_text(encoding="utf-8"))


def u32(*palavras: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array([palavra], np.uint32) for palavra in palavras)


@pytest.mark.parametrize(
    ("contador", "chave", "saida"),
    [  # os vetores de teste da biblioteca Random123, dos autores do gerador
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_e_o_publicado(
    contador: tuple[int, int], chave: tuple[int, int], saida: tuple[int, int]
) -> None:
    x0, x1 = threefry(u32(*chave), u32(*contador))  # type: ignore[arg-type]
    assert (int(x0[0]), int(x1[0])) == saida


def sem_numpy(semente: int, texto: int, quantos: int) -> list[float]:
    """A mesma conta em inteiros do Python, como a docstring a descreve."""
    k = [semente % 2**32, semente // 2**32]
    k.append(k[0] ^ k[1] ^ 0x1BD11BDA)
    sorteados = []
    for n in range(quantos):
        x0, x1 = (n + k[0]) % 2**32, (texto + k[1]) % 2**32
        for g in range(5):
            for r in [(13, 15, 26, 6), (17, 29, 16, 24)][g % 2]:
                x0 = (x0 + x1) % 2**32
                x1 = ((x1 << r | x1 >> 32 - r) % 2**32) ^ x0
            x0 = (x0 + k[(g + 1) % 3]) % 2**32
            x1 = (x1 + k[(g + 2) % 3] + g + 1) % 2**32
        sorteados.append((x0 * 2**21 + x1 // 2**11) / 2**53)
    return sorteados


@pytest.mark.parametrize("vetor", VETORES, ids=lambda v: f"{v['semente']}-{v['texto']}")
def test_vetores_que_a_pagina_tambem_le(vetor: dict[str, int | list[float]]) -> None:
    semente, texto, esperados = vetor["semente"], vetor["texto"], vetor["numeros"]
    assert isinstance(semente, int)
    assert isinstance(texto, int)
    assert isinstance(esperados, list)
    assert primeiros(semente, len(esperados), texto).tolist() == esperados
    assert sem_numpy(semente, texto, len(esperados)) == esperados


def test_cada_um_no_seu_ponto_ou_todos_juntos() -> None:
    dos = [Sorteio(5), Sorteio(5, 1), Sorteio(2**40)]
    juntos = numeros(dos, np.arange(300)[:, None])
    assert juntos.shape == (300, 3)
    for b, sorteio in enumerate(dos):
        np.testing.assert_array_equal(juntos[:, b], primeiros(sorteio.semente, 300, sorteio.texto))
    soltos = numeros(dos, np.array([7, 0, 299]))
    assert soltos.tolist() == [juntos[7, 0], juntos[0, 1], juntos[299, 2]]


def test_textos_de_uma_semente_nao_se_parecem() -> None:
    textos = numeros(sorteios(7, range(8)), np.arange(4000)[:, None]).T
    assert np.abs(np.corrcoef(textos) - np.eye(8)).max() < 0.06
    vizinhas = np.stack([primeiros(semente, 4000) for semente in range(8)])
    assert np.abs(np.corrcoef(vizinhas) - np.eye(8)).max() < 0.06


def chi_quadrado(observados: np.ndarray, esperados: np.ndarray) -> float:
    return float(((observados - esperados) ** 2 / esperados).sum())


def limite(graus: int) -> float:
    """O valor que o qui-quadrado só passa uma vez em 10.000 (Wilson e Hilferty 1931)."""
    return graus * (1 - 2 / (9 * graus) + 3.719 * math.sqrt(2 / (9 * graus))) ** 3


def test_numeros_uniformes_aos_pares() -> None:
    """Cada número cai por igual em 64 faixas, e cada par de vizinhos em 32 x 32: sementes fixas."""
    todos = np.concatenate([primeiros(semente, 50_000) for semente in (0, 1, SEMENTE_MAXIMA, 12345)])
    assert 0 <= todos.min() < 1e-4
    assert 1 - 1e-4 < todos.max() < 1
    faixas = np.bincount((todos * 64).astype(int), minlength=64)
    assert chi_quadrado(faixas, np.full(64, len(todos) / 64)) < limite(63)
    for salto in (1, 2):
        pares = (todos[:-salto] * 32).astype(int) * 32 + (todos[salto:] * 32).astype(int)
        contas = np.bincount(pares, minlength=1024)
        assert chi_quadrado(contas, np.full(1024, len(pares) / 1024)) < limite(1023)


def test_sorteio_de_tokens_segue_as_chances() -> None:
    p = np.array([0.5, 0.25, 0.125, 0.1, 0.025])
    n = 100_000
    escolhidos = escolhe(np.tile(p, (n, 1)), primeiros(3, n))
    assert chi_quadrado(np.bincount(escolhidos, minlength=5), n * p) < limite(4)


def test_sementes_fora_da_faixa() -> None:
    assert 0 <= semente_nova() <= SEMENTE_MAXIMA
    for semente, texto in [(-1, 0), (SEMENTE_MAXIMA + 1, 0), (0, -1), (0, 1 << 32)]:
        with pytest.raises(ValueError, match="fora da faixa"):
            Sorteio(semente, texto)
