"""Lê arquivos de poemas."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from poema_top.base.arquivos import para_o_shell, relativo
from poema_top.base.erros import ErroPoema

TERMINADOR = "@"  # a linha que fecha cada poema nos arquivos, e o token que o fecha no modelo
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
                    f"{relativo(caminho)}: há um @ no meio do poema {numero}, e ele marca o fim de um poema; "
                    f"tire-o com: just dataset {para_o_shell(caminho)} --limpa novo.txt"
                )
        lidos += len(poemas)
        yield poemas


def blocos_sem_conferir(caminho: Path, bloco: int = BLOCO) -> Iterator[list[str]]:
    """O mesmo, aceitando "@" no meio dos versos: é o que a limpeza lê."""
    try:
        arquivo = caminho.open(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ErroPoema(f"não achei o arquivo {relativo(caminho)}; confira o caminho.") from None
    except (IsADirectoryError, PermissionError):  # é assim que o Windows recusa abrir uma pasta
        if not caminho.is_dir():
            raise
        raise ErroPoema(f"{relativo(caminho)} é uma pasta; indique um arquivo de texto.") from None
    algum, resto = False, ""
    with arquivo:
        while True:
            try:
                lido = arquivo.read(bloco)
            except UnicodeDecodeError:
                raise ErroPoema(
                    f"{relativo(caminho)} não está em UTF-8 (linha {_linha_do_erro(caminho)}); converta com: "
                    f"iconv -f latin1 -t utf-8 {para_o_shell(caminho)} > novo.txt"
                ) from None
            inteiros, separador, resto = (resto + lido).rpartition(FIM) if lido else (resto, "", "")
            if poemas := separa_poemas(unicodedata.normalize("NFC", inteiros + separador)):
                algum = True
                yield poemas
            if not lido:
                break
    if not algum:
        raise ErroPoema(f"{relativo(caminho)} está vazio; ponha poemas nele, cada um seguido da linha @.")


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
