"""Lê, confere, limpa e divide arquivos de poemas."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.comum import (
    DATASET_PADRAO,
    RAIZ,
    TERMINADOR,
    ErroPoema,
    decimal,
    executa,
    grava_atomico,
    milhar,
    relativo,
)
from poema_top.limpeza import Conferencia, confere, limpa
from poema_top.opcoes import le_opcoes, opcao

FIM = f"\n{TERMINADOR}\n"
_FIM_DE_POEMA = re.compile(rf"^{TERMINADOR}(?:\n|\Z)", re.MULTILINE)
BLOCO = 1 << 22  # caracteres lidos de cada vez


def blocos_de_poemas(caminho: Path, bloco: int = BLOCO) -> Iterator[list[str]]:
    """Lê um arquivo de poemas aos poucos, em blocos de poemas inteiros.

    UTF-8 com ou sem BOM, qualquer fim de linha, acentos compostos (NFC). Os poemas vêm sem a linha
    do terminador e sem a quebra que a antecede.

    Raises:
        ErroPoema: arquivo ausente, vazio, fora de UTF-8, ou com "@" no meio de um verso.
    """
    lidos = 0
    for poemas in blocos_sem_conferir(caminho, bloco):
        for numero, poema in enumerate(poemas, lidos + 1):
            if TERMINADOR in poema:
                raise ErroPoema(
                    f"{caminho}: há um @ no meio do poema {numero}, e ele marca o fim de um poema; "
                    f"tire-o com: just dataset {caminho} --limpa novo.txt"
                )
        lidos += len(poemas)
        yield poemas


def blocos_sem_conferir(caminho: Path, bloco: int = BLOCO) -> Iterator[list[str]]:
    """O mesmo, aceitando "@" no meio dos versos: é o que a limpeza lê."""
    try:
        arquivo = caminho.open(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ErroPoema(f"não achei o arquivo {caminho}; confira o caminho.") from None
    except IsADirectoryError:
        raise ErroPoema(f"{caminho} é uma pasta; indique um arquivo de texto.") from None
    algum, resto = False, ""
    with arquivo:
        while True:
            try:
                lido = arquivo.read(bloco)
            except UnicodeDecodeError:
                raise ErroPoema(
                    f"{caminho} não está em UTF-8 (linha {_linha_do_erro(caminho)}); converta com: "
                    f"iconv -f latin1 -t utf-8 {caminho.name} > novo.txt"
                ) from None
            inteiros, separador, resto = (resto + lido).rpartition(FIM) if lido else (resto, "", "")
            if poemas := separa_poemas(unicodedata.normalize("NFC", inteiros + separador)):
                algum = True
                yield poemas
            if not lido:
                break
    if not algum:
        raise ErroPoema(f"{caminho} está vazio; ponha poemas nele, cada um seguido da linha @.")


def _linha_do_erro(caminho: Path) -> int:
    with caminho.open("rb") as arquivo:
        for numero, linha in enumerate(arquivo, 1):
            try:
                linha.decode()
            except UnicodeDecodeError:
                return numero
    return 0


def separa_poemas(texto: str) -> list[str]:
    """Divide o texto nas linhas que só têm "@"; os poemas vêm sem ela e sem a quebra do fim."""
    poemas = _FIM_DE_POEMA.split(texto)
    return [poema.removesuffix("\n") for poema in poemas if poema.strip()]


def le_poemas(caminho: Path) -> list[str]:
    """Lê um arquivo de poemas inteiro, na ordem em que estão; erros, os de `blocos_de_poemas`."""
    return [poema for bloco in blocos_de_poemas(caminho) for poema in bloco]


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

    Args:
        impressos: o que `impressoes` devolveu.
        parcela: fração para a validação, entre 0 e 1.
        semente: a mesma semente dá a mesma divisão.
    """
    chave, impar = np.random.default_rng(semente).integers(1 << 63, size=2, dtype=np.uint64) | np.uint64(1)
    with np.errstate(over="ignore"):
        misturados = (impressos ^ chave) * impar
    misturados ^= misturados >> np.uint64(29)
    sorteio = (misturados >> np.uint64(11)).astype(np.float64) / (1 << 53)
    fora: NDArray[np.bool_] = sorteio < parcela
    return fora


def parcela_ou_arquivo(validacao: str) -> float | Path:
    """O que `--validacao` pede: uma fração dos poemas ("0,05") ou outro arquivo de poemas.

    Raises:
        ErroPoema: um número fora de (0, 1).
    """
    try:
        parcela = float(validacao.replace(",", "."))
    except ValueError:
        return Path(validacao) if Path(validacao).exists() else RAIZ / validacao
    if not 0 < parcela < 1:
        raise ErroPoema(f"--validacao precisa ser maior que 0 e menor que 1 (veio {validacao}).")
    return parcela


@dataclass
class Opcoes:
    """As opções de `just dataset`."""

    arquivo: Path = opcao(DATASET_PADRAO, "arquivo de poemas", type=Path, posicional=True)
    limpa: Path | None = opcao(None, "grava aqui uma cópia limpa do arquivo", type=Path, metavar="SAIDA")


def principal() -> None:
    """Conta e confere um arquivo de poemas; com --limpa, grava uma cópia limpa."""
    opcoes = le_opcoes(Opcoes, principal.__doc__)
    poemas = [p for bloco in blocos_sem_conferir(opcoes.arquivo) for p in bloco]
    _mostra(opcoes.arquivo, confere(poemas))
    if opcoes.limpa:
        limpos = limpa(poemas)
        texto = "".join(f"{poema}\n{TERMINADOR}\n" for poema in limpos)
        grava_atomico(opcoes.limpa, texto.encode())
        print(f"cópia limpa em {opcoes.limpa}: {milhar(len(limpos))} poemas")


def _mostra(arquivo: Path, c: Conferencia) -> None:
    print(f"{relativo(arquivo)}")
    print(f"  poemas      {milhar(c.poemas):>11}   ({milhar(c.repetidos)} repetidos)")
    print(f"  versos      {milhar(c.versos):>11}   ({decimal(c.versos / c.poemas, 1)} por poema)")
    media = decimal(c.caracteres / c.poemas, 1)
    print(f"  caracteres  {milhar(c.caracteres):>11}   ({media} por poema, {c.maior} no maior)")
    if not c.problemas:
        print("  nada a limpar")
        return
    estranhos = " ".join(f"{ascii(x) if x.isspace() else x}:{n}" for x, n in c.fora_do_alfabeto.items())
    print(f"  fora do alfabeto           {estranhos or 'nenhum'}")
    print(f"  frases da LLM              {milhar(len(c.frases_da_llm))}")
    for frase in c.frases_da_llm[:5]:
        print(f"    {frase.splitlines()[0]}")
    print(f"  @ no meio de versos        {milhar(c.terminador_no_verso)}")
    print(f"  poemas com espaços demais  {milhar(c.espacos_sobrando)}")


if __name__ == "__main__":
    executa(principal)
