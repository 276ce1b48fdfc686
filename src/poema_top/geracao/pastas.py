"""As pastas dos modelos: qual está inteira, qual é a mais nova, e onde ela está no meio de uma troca."""

import json
from pathlib import Path
from typing import NamedTuple

from poema_top.base.arquivos import PASTA_MODELOS, relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import substitui

FICHA = "ficha.json"  # gravada por último: sem ela, a pasta não é um modelo
NOME_PADRAO = "padrao"
DO_PROJETO = ("poeta", NOME_PADRAO)  # os que vêm com ele; sem nenhum treinado aqui, escreve o primeiro


def provisoria(pasta: Path) -> Path:
    """Onde uma versão nova nasce, até estar inteira."""
    return pasta.parent / f".{pasta.name}.novo"


def anterior(pasta: Path) -> Path:
    """Onde fica a versão velha enquanto a nova toma o lugar dela."""
    return pasta.parent / f".{pasta.name}.anterior"


def recupera(pasta: Path) -> None:
    """Desfaz a troca de nomes que um kill deixou pela metade."""
    if not pasta.exists() and (anterior(pasta) / FICHA).exists():
        substitui(anterior(pasta), pasta)


def onde_esta(pasta: Path) -> Path:
    """A pasta, ou a sua versão anterior se a troca de nomes ficou no meio."""
    return pasta if (pasta / FICHA).exists() or not (anterior(pasta) / FICHA).exists() else anterior(pasta)


def proxima_ordem(pasta: Path) -> int:
    """Um número que põe esta pasta depois de todas as suas vizinhas, ande o relógio como andar."""
    return 1 + max((_ordem(outra) for outra in completas(pasta.parent) if outra != pasta), default=0)


def _ordem(pasta: Path) -> int:
    """A ordem que a ficha diz; 0 nos modelos de antes de ela existir, e nos que não se leem."""
    try:
        ordem = json.loads((onde_esta(pasta) / FICHA).read_text(encoding="utf-8"))["ordem"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0
    return ordem if type(ordem) is int else 0


def completas(raiz: Path = PASTA_MODELOS) -> list[Path]:
    """As pastas completas (com ficha) treinadas em `raiz`, da mais velha à mais nova.

    Vale a ordem escrita na ficha; entre as que não a têm, a data do arquivo.
    """
    if not raiz.is_dir():
        return []
    pastas = {raiz / p.name.removeprefix(".").removesuffix(".anterior") for p in raiz.glob(".*.anterior")}
    pastas |= {p for p in raiz.iterdir() if not p.name.startswith(".")}
    versoes = {p: (_ordem(p), v.data) for p in pastas if (v := versao(p))}
    return sorted(versoes, key=lambda p: (*versoes[p], p.name))


def candidatas(raiz: Path = PASTA_MODELOS) -> list[Path]:
    """As pastas completas, da mais nova à mais velha; por último as que vêm com o projeto."""
    pastas = completas(raiz)[::-1]
    daqui = [p for p in pastas if p.name not in DO_PROJETO]
    return daqui + sorted(set(pastas) - set(daqui), key=lambda p: DO_PROJETO.index(p.name))


def mais_nova(raiz: Path = PASTA_MODELOS) -> Path:
    """A pasta completa mais nova; sem nenhuma treinada aqui, a que vem com o projeto.

    Raises:
        ErroPoema: não há nenhuma.
    """
    if pastas := candidatas(raiz):
        return pastas[0]
    raise ErroPoema(f"não há modelo treinado em {relativo(raiz)}; treine um com: just treina")


class Versao(NamedTuple):
    """O que muda quando uma pasta é regravada."""

    pasta: Path
    arquivo: int  # o da ficha, no disco
    data: int  # dela, em nanossegundos


def versao(pasta: Path) -> Versao | None:
    """A versão em que uma pasta está agora; None se não há nela um modelo completo."""
    try:
        estado = (onde_esta(pasta) / FICHA).stat()
    except OSError:
        return None
    return Versao(pasta, estado.st_ino, estado.st_mtime_ns)
