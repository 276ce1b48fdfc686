"""Quais poemas ficam fora do treino, para a validação."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.base.arquivos import RAIZ
from poema_top.base.erros import ErroPoema

POUCOS = 300  # poemas: com menos, a fração pedida separaria um ou dois, ou nenhum
AO_MENOS = 10  # poemas na validação, ou um décimo dos poucos que há


def impressoes(poemas: list[str]) -> NDArray[np.uint64]:
    """Um número de 64 bits por poema, tirado só do texto dele: [P]."""
    digestos = (hashlib.blake2b(poema.encode(), digest_size=8).digest() for poema in poemas)
    return np.frombuffer(b"".join(digestos), np.uint64)


def de_validacao(impressos: NDArray[np.uint64], parcela: float, semente: int) -> NDArray[np.bool_]:
    """Quais poemas ficam para a validação: [P].

    A divisão é por poema, nunca por janela: janelas vizinhas partilham quase todo o texto, e a
    validação mediria memória. O lado de um poema depende só do texto dele e da semente, então
    poemas iguais ficam do mesmo lado, em qualquer ordem, e um arquivo enorme se divide sem ser
    lido inteiro. A fração sai aproximada.

    De menos de `POUCOS` poemas separa-se a fração exata, e ao menos um décimo deles ou `AO_MENOS`: os
    primeiros do mesmo sorteio. Com dois diferentes ou mais, nenhum lado fica vazio.

    Args:
        impressos: o que `impressoes` devolveu.
        parcela: fração para a validação, entre 0 e 1; 0 deixa todos no treino.
        semente: a mesma semente dá a mesma divisão.
    """
    chave, impar = np.random.default_rng(semente).integers(1 << 63, size=2, dtype=np.uint64) | np.uint64(1)
    with np.errstate(over="ignore"):
        misturados = (impressos ^ chave) * impar
    misturados ^= misturados >> np.uint64(29)
    sorteio = (misturados >> np.uint64(11)).astype(np.float64) / (1 << 53)
    fora: NDArray[np.bool_] = sorteio < parcela
    if not parcela or (len(fora) >= POUCOS and fora.any() and not fora.all()):
        return fora
    sorteados = np.unique(sorteio)  # em ordem; poemas iguais contam uma vez
    if len(sorteados) < 2:
        return fora
    minimo = min(AO_MENOS, len(sorteados) // 10) if len(fora) < POUCOS else 1
    quantos = min(max(1, minimo, round(parcela * len(sorteados))), len(sorteados) - 1)
    dos_poucos: NDArray[np.bool_] = sorteio < sorteados[quantos]
    return dos_poucos


def parcela_ou_arquivo(validacao: str) -> float | Path:
    """O que `--validacao` pede: uma fração dos poemas ("0,05") ou outro arquivo de poemas.

    Um caminho que não é inteiro conta a partir do projeto, como na ficha.

    Raises:
        ErroPoema: um número fora de (0, 1).
    """
    try:
        parcela = float(validacao.replace(",", "."))
    except ValueError:
        return RAIZ / validacao
    if not 0 < parcela < 1:
        raise ErroPoema(f"--validacao precisa ser maior que 0 e menor que 1 (veio {validacao}).")
    return parcela
