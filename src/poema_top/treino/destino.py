"""A pasta em que o modelo de um treino vai ficar: reservada e provada antes de ele começar."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from poema_top.base import interrupcao
from poema_top.base.arquivos import prova_que_grava, relativo
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema
from poema_top.base.sistema import serve_de_nome
from poema_top.base.tranca import sozinho
from poema_top.geracao import pastas
from poema_top.treino.configuracao import Configuracao

_PROIBIDOS = '< > : " / \\ | ? *, ponto no fim nem nome de aparelho (con, nul)'


@contextmanager
def reservado(c: Configuracao) -> Iterator[Path]:
    """A pasta do modelo, já criada; se nada chegar a ser gravado nela, é apagada no fim.

    Raises:
        ErroPoema: o nome não serve ou já é de um modelo, ou o disco não aceita gravação.
    """
    pasta, novas = pedido(c), list[Path]()
    with contextlib.ExitStack() as pilha, interrupcao.desfaz_no_fim(lambda: _desfaz(pasta, novas)):
        try:
            novas += [p for p in (c.saida, *c.saida.parents) if not p.exists()]
            if c.continua is None:
                pasta = _criada(c, pasta)
            for onde in (pasta, pasta.parent):  # o modelo nasce ao lado e só então troca de nome
                prova_que_grava(onde)
            ocupado = (
                f"outro treino está gravando em {relativo(pasta)}; espere o fim dele, ou dê outro --nome."
            )
            pilha.enter_context(sozinho(_tranca(pasta), ocupado))
        except OSError as erro:
            raise ErroPoema(
                f"não consigo gravar em {relativo(pasta.parent)}: {descreve_erro_do_sistema(erro)} "
                "--saida escolhe outro lugar."
            ) from None
        yield pasta


def _tranca(pasta: Path) -> Path:
    return pasta.with_name(f".{pasta.name}.tranca")


def _desfaz(pasta: Path, novas: list[Path]) -> None:
    """Apaga a pasta em que nada foi gravado, e com ela a tranca e as que se criaram para chegar a ela."""
    with contextlib.suppress(OSError):
        pasta.rmdir()
        if novas:
            _tranca(pasta).unlink(missing_ok=True)
    for nova in novas:
        with contextlib.suppress(OSError):
            nova.rmdir()


def pedido(c: Configuracao) -> Path:
    """A pasta que as opções pedem, sem tocar no disco; ErroPoema se elas não se entendem."""
    if c.continua is not None:
        if c.nome is not None or c.por_cima:
            raise ErroPoema("--continua segue na mesma pasta: não lhe dê --nome nem --por-cima.")
        return a_continuar(c.continua, c.saida)
    if c.por_cima and c.nome is None:
        raise ErroPoema("--por-cima substitui o modelo de um --nome; diga qual.")
    nome = datetime.now().strftime("%Y%m%d-%H%M%S") if c.nome is None else c.nome
    pasta = c.saida / nome
    if pasta.parent != c.saida or not pasta.name or pasta.name.startswith("."):
        raise ErroPoema(f"--nome precisa ser um nome de pasta simples (veio {c.nome!r}).")
    if not serve_de_nome(pasta.name):
        raise ErroPoema(
            f"--nome precisa servir de pasta também no Windows: sem {_PROIBIDOS} (veio {c.nome!r})."
        )
    return pasta


def a_continuar(continua: Path, saida: Path) -> Path:
    """A pasta pedida, ou a mais nova quando `--continua` veio sem valor."""
    return pastas.mais_nova(saida) if continua == Path() else continua


def _criada(c: Configuracao, pasta: Path) -> Path:
    """Cria a pasta; dois treinos começados no mesmo segundo ficam em pastas diferentes."""
    prova_que_grava(c.saida)
    if c.nome is None:
        for n in count(1):
            livre = pasta if n == 1 else pasta.with_name(f"{pasta.name}-{n}")
            with contextlib.suppress(FileExistsError):
                livre.mkdir()
                return livre
    if pastas.versao(pasta) is not None:
        if not c.por_cima:
            raise ErroPoema(
                f"já há um modelo em {relativo(pasta)}; dê outro --nome, ou substitua-o com --por-cima."
            )
    elif pasta.exists() and not (pasta.is_dir() and not any(pasta.iterdir())):
        raise ErroPoema(f"{relativo(pasta)} já existe e não é um modelo; dê outro --nome.")
    pasta.mkdir(exist_ok=True)
    return pasta
