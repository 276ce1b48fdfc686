"""Dos caminhos que alguém indica aos arquivos a ler, e os que ficam de fora, com o motivo."""

import glob
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import visivel

EXTENSOES = frozenset({"", ".txt", ".text", ".md", ".markdown", ".poema", ".poesia", ".poem"})
DESCARTADOS = ".descartados.txt"  # o fim do nome do arquivo que a limpeza deixa ao lado do limpo
COPIA = ".original.txt"  # e o da cópia do que ela substituiu
_AVISOS = re.compile(r"(?i)(readme|leiame|leia-me|licen[cs]e|licen[çc]a|copying|changelog|requirements)\b")


@dataclass
class Achados:
    """Os arquivos a ler, em ordem, e os que ficaram de fora com o motivo."""

    arquivos: list[Path] = field(default_factory=list)
    fora: list[tuple[Path, str]] = field(default_factory=list)


def encontra(caminhos: Iterable[Path], menos: Iterable[Path] = ()) -> Achados:
    """Os arquivos de texto que os caminhos indicam: arquivos, pastas com as subpastas, padrões com * e ?.

    Args:
        caminhos: um arquivo indicado pelo nome é lido seja qual for a extensão.
        menos: arquivos que uma pasta não dá, como a saída do próprio comando.

    Raises:
        ErroPoema: um caminho não existe, ou não há nada a ler.
    """
    achados, vistos = Achados(), {caminho.resolve() for caminho in menos}
    caminhos = [caminho for dado in caminhos for caminho in _do_padrao(dado)]
    pelo_nome = {caminho.resolve() for caminho in caminhos}
    for caminho in caminhos:
        if not caminho.is_dir():
            if caminho.resolve() not in vistos or caminho in menos:
                achados.arquivos.append(caminho)
            vistos.add(caminho.resolve())
            continue
        for arquivo in _da_pasta(caminho):
            if arquivo.resolve() in vistos:
                continue
            if not (motivo := _de_fora(arquivo, caminho)):
                achados.arquivos.append(arquivo)
                vistos.add(arquivo.resolve())
            elif arquivo.resolve() not in pelo_nome:
                achados.fora.append((arquivo, motivo))
    if not achados.arquivos:
        onde = ", ".join(visivel(str(caminho), 200) for caminho in caminhos)
        raise ErroPoema(f"não achei nenhum texto em {onde}; ponha ali arquivos .txt ou .md, com poemas.")
    return achados


def _do_padrao(caminho: Path) -> list[Path]:
    if caminho.exists() or caminho.is_symlink():
        return [caminho]
    if re.search(r"[*?\[]", str(caminho)):
        if achados := sorted(glob.glob(str(caminho), recursive=True), key=_natural):  # noqa: PTH207 o padrão pode ser absoluto
            return [Path(achado) for achado in achados]
        raise ErroPoema(f"nenhum arquivo combina com {visivel(str(caminho), 200)}; confira o padrão.")
    raise ErroPoema(f"não achei o arquivo {visivel(str(caminho), 200)}; confira o caminho.")


def _da_pasta(pasta: Path) -> Iterator[Path]:
    """Os arquivos da pasta e das subpastas, as escondidas inclusive (para se dizer que não se leram)."""
    for raiz, pastas, nomes in os.walk(pasta):
        for escondida in sorted(nome for nome in pastas if nome.startswith(".")):
            yield Path(raiz, escondida)
        pastas[:] = sorted((nome for nome in pastas if not nome.startswith(".")), key=_natural)
        yield from (Path(raiz, nome) for nome in sorted(nomes, key=_natural))


def _natural(nome: str) -> list[tuple[int, int, str]]:
    """A ordem de quem numera: soneto-2 vem antes de soneto-10."""
    partes = re.split(r"([0-9]+)", nome)
    return [(0, int(p), "") if i % 2 else (1, 0, p.casefold()) for i, p in enumerate(partes)] + [(2, 0, nome)]


def _de_fora(arquivo: Path, pasta: Path) -> str:
    """Por que um arquivo achado numa pasta não se lê, ou ""."""
    if any(parte.startswith(".") for parte in arquivo.relative_to(pasta).parts):
        return "escondido"
    if arquivo.name.endswith((DESCARTADOS, COPIA)):
        return "sobra de uma limpeza"
    if _AVISOS.match(arquivo.name):
        return "não parece poema; para lê-lo, indique-o pelo nome"
    if arquivo.suffix.lower() not in EXTENSOES:
        return "extensão de outra coisa; para lê-lo, indique-o pelo nome"
    return "" if arquivo.is_file() else "não é um arquivo comum"
