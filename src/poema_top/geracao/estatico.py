"""A pasta de um site parado: grava-se por cima da que é nossa, e em nenhuma outra sem que se peça."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from poema_top.base.arquivos import grava_atomico, prova_que_grava, relativo
from poema_top.base.erros import ErroPoema

MARCA = ".poema_site"  # diz que a pasta é nossa, e quais dos arquivos dela
_AVISO = "Pasta de just exporta site. Destes arquivos, os que o site deixar de ter serão apagados:"
# Os nomes que um site nosso pode ter: uma marca estragada não faz apagar outros.
_NOSSO = re.compile(r"\.nojekyll|[\w-]+\.(?:html|js|json)|modelo/[0-9a-f]{64}\.bin")


def confere(pasta: Path, *, por_cima: bool) -> None:
    """Cria a pasta, se preciso, e prova que se grava nela.

    Raises:
        ErroPoema: há nela o que não é nosso, e ninguém disse que se gravasse por cima.
        OSError: não se grava ali.
    """
    if pasta.is_dir() and not por_cima and not (pasta / MARCA).exists() and any(pasta.iterdir()):
        raise ErroPoema(
            f"{relativo(pasta)} não está vazia nem é de just exporta site (falta {MARCA}); dê outra pasta em "
            "--saida, ou grave nesta com --por-cima, que só troca os arquivos de mesmo nome."
        )
    prova_que_grava(pasta)


def grava(pasta: Path, arquivos: Mapping[str, bytes]) -> None:
    """Põe na pasta os arquivos, na ordem em que vêm, e tira os que um site de antes deixou; o resto fica.

    Raises:
        OSError: o disco encheu ou recusou; o mesmo comando, outra vez, acaba o que ficou a meio.
    """
    antigos = _marcados(pasta)
    _marca(pasta, {*antigos, *arquivos})
    for nome, conteudo in arquivos.items():
        (pasta / nome).parent.mkdir(exist_ok=True)
        grava_atomico(pasta / nome, conteudo)
    for nome in antigos - arquivos.keys():
        (pasta / nome).unlink(missing_ok=True)
    _marca(pasta, arquivos)


def _marcados(pasta: Path) -> set[str]:
    if not (pasta / MARCA).exists():
        return set()
    linhas = (pasta / MARCA).read_text(encoding="utf-8", errors="replace").splitlines()
    return {linha for linha in linhas if _NOSSO.fullmatch(linha)}


def _marca(pasta: Path, nomes: Iterable[str]) -> None:
    grava_atomico(pasta / MARCA, "\n".join([_AVISO, *sorted(nomes), ""]).encode())
