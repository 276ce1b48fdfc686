"""Lê arquivos de poemas que já estão no formato do projeto, aos poucos."""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import entre_aspas, visivel
from poema_top.texto.codificacao import decifra, linhas_iguais
from poema_top.texto.paginas import Ilegivel, e_utf8

TERMINADOR = "@"  # a linha que fecha cada poema nos arquivos, e o token que o fecha no modelo
# Também "@@", "@" com espaços em volta e no fim de um verso: um @ no fim da linha sempre fecha um poema.
FIM_DE_POEMA = re.compile(rf"{TERMINADOR}[{TERMINADOR} \t]*(?:\n|\Z)")
BLOCO = 1 << 22  # bytes lidos de cada vez
SEM_FIM = 1 << 25  # caracteres sem nenhum @: daqui em diante não é um arquivo de poemas


class SemFim(ErroPoema):
    """Um arquivo sem nenhuma linha "@": não dá para saber onde cada poema acaba."""


def blocos_de_poemas(caminho: Path, bloco: int = BLOCO) -> Iterator[list[str]]:
    """Lê um arquivo de poemas aos poucos, em blocos de poemas inteiros.

    UTF-8 com ou sem BOM, qualquer fim de linha, acentos compostos (NFC). Os poemas vêm sem a linha
    do terminador e sem a quebra que a antecede.

    Raises:
        ErroPoema: arquivo ausente, vazio, fora de UTF-8, sem nenhum "@", ou com um no meio de um verso.
    """
    lidos, algum_fim, resto = 0, False, ""
    for texto in _textos(caminho, bloco):
        inteiros, resto = _ate_o_ultimo_fim(resto + texto) if texto else (resto, "")
        poemas = separa_poemas(unicodedata.normalize("NFC", inteiros))
        algum_fim = algum_fim or TERMINADOR in inteiros
        if not algum_fim and (poemas or len(resto) > SEM_FIM):
            raise SemFim(
                f"não achei nenhuma linha @ em {visivel(relativo(caminho), 999)}, e sem ela não sei onde "
                f"cada poema acaba; separe-os com: {comando(caminho, '--separa auto')}"
            )
        for numero, poema in enumerate(poemas, lidos + 1):
            if TERMINADOR in poema:
                raise ErroPoema(
                    f"{visivel(relativo(caminho), 999)}: há um @ no meio do poema {numero}, e ele marca o "
                    f"fim de um poema; confira-o com: {comando(caminho)}"
                )
        lidos += len(poemas)
        if poemas:
            yield poemas
    if not lidos:
        raise ErroPoema(
            f"{visivel(relativo(caminho), 999)} está vazio; ponha poemas nele, cada um seguido da linha @."
        )


def comando(caminho: Path, *opcoes: str) -> str:
    """O `just dataset` que lê um caminho qualquer e grava um arquivo limpo, como se cola no terminal."""
    return " ".join(["just dataset", entre_aspas(caminho), *opcoes, "--saida meus-poemas.txt"])


def _textos(caminho: Path, bloco: int) -> Iterator[str]:
    """O arquivo decodificado, aos poucos, e "" no fim."""
    try:
        arquivo = caminho.open("rb")
    except FileNotFoundError:
        raise ErroPoema(
            f"não achei o arquivo {visivel(relativo(caminho), 999)}; confira o caminho."
        ) from None
    except (IsADirectoryError, PermissionError):  # é assim que o Windows recusa abrir uma pasta
        if not caminho.is_dir():
            raise
        raise ErroPoema(
            f"{visivel(relativo(caminho), 999)} é uma pasta; junte os poemas dela com: {comando(caminho)}"
        ) from None
    le, preso = codecs.getincrementaldecoder("utf-8")(), ""
    with arquivo:
        while True:
            lido = arquivo.read(bloco)
            try:
                texto = preso + le.decode(lido, final=not lido)
            except UnicodeDecodeError:
                raise ErroPoema(_fora_de_utf8(caminho)) from None
            texto = texto.replace("\ufeff", "")
            if "\r" in texto:
                sem = texto.rstrip("\r") if lido else texto  # um \r no fim pode ser a metade de um \r\n
                texto, preso = linhas_iguais(sem), texto[len(sem) :]
            else:
                preso = ""
            if texto:
                yield texto
            if not lido:
                yield ""
                return


def _fora_de_utf8(caminho: Path) -> str:
    """A linha que diz onde, e o que fazer."""
    with caminho.open("rb") as arquivo:
        dados = arquivo.read(BLOCO)
    with caminho.open("rb") as arquivo:
        linha = next((n for n, linha in enumerate(arquivo, 1) if not e_utf8(linha)), 0)
    nome = visivel(relativo(caminho), 999)
    try:
        parece = decifra(dados).codificacao
    except Ilegivel as erro:
        return f"{nome} não está em UTF-8 (linha {linha}): {erro}"
    return f"{nome} não está em UTF-8 (linha {linha}): parece {parece}; leia-o com: {comando(caminho)}"


def _ate_o_ultimo_fim(texto: str) -> tuple[str, str]:
    """O texto até o último fim de poema seguido de quebra, e o resto."""
    corte = len(texto)
    while (corte := texto.rfind(TERMINADOR, 0, corte)) >= 0:
        achado = FIM_DE_POEMA.match(texto, corte)
        if achado and achado.group().endswith("\n"):
            return texto[: achado.end()], texto[achado.end() :]
    return "", texto


def separa_poemas(texto: str) -> list[str]:
    """Divide o texto nos fins de poema; os poemas vêm sem o "@" e sem a quebra que o antecede."""
    pedacos = FIM_DE_POEMA.split(texto)
    return [_sem_fim(pedaco) for pedaco in pedacos if pedaco.strip()]


def _sem_fim(poema: str) -> str:
    return poema[:-1] if poema.endswith("\n") else poema.rstrip(" \t").removesuffix("\n")


def em_texto(poemas: Iterable[str]) -> bytes:
    """O arquivo que, lido, dá esses poemas."""
    return "".join(f"{poema}\n{TERMINADOR}\n" for poema in poemas).encode()


def le_poemas(caminho: Path) -> list[str]:
    """Lê um arquivo de poemas inteiro, na ordem em que estão; erros, os de `blocos_de_poemas`."""
    return [poema for bloco in blocos_de_poemas(caminho) for poema in bloco]
