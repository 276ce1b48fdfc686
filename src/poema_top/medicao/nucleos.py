"""Os núcleos em que se mede: quem fica em cada um, o que cabe, e quanto um processo gastou."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.base.sistema import sobe_o_limite_de_arquivos


def nucleos() -> tuple[set[int], set[int]]:
    """O núcleo de quem serve, e os de quem faz a carga.

    Raises:
        ErroPoema: não é o Linux, ou só há um.
    """
    if not (hasattr(os, "sched_setaffinity") and hasattr(select, "epoll")):
        raise ErroPoema(
            "esta medida é só do Linux (prende cada processo a um núcleo); no Windows, rode-a dentro do WSL."
        )
    todos = sorted(os.sched_getaffinity(0))
    if len(todos) < 2:
        raise ErroPoema("esta medida precisa de dois núcleos: um para o servidor, outro para a carga.")
    return {todos[0]}, set(todos[1:])


@contextmanager
def preso(a: set[int]) -> Iterator[None]:
    """Este processo, e os que ele abrir no bloco, só usam estes núcleos."""
    antes = os.sched_getaffinity(0)
    os.sched_setaffinity(0, a)
    try:
        yield
    finally:
        os.sched_setaffinity(0, antes)


def os_que_cabem(niveis: tuple[int, ...], outros: int, por_leitor: int = 1) -> list[int]:
    """Os níveis em que ninguém passa dos arquivos que o sistema deixa abrir; diz se algum ficou de fora."""
    limite = sobe_o_limite_de_arquivos() or 0
    cabem = [n for n in niveis if por_leitor * n + outros <= limite]
    if len(cabem) < len(niveis):
        print(f"o sistema deixa abrir {milhar(limite)} arquivos: os níveis que pedem mais ficam de fora")
    return cabem


def segundos_de_cpu(processo: int) -> float:
    """CPU gasta por um processo, do usuário e do sistema."""
    campos = Path(f"/proc/{processo}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(campos[11]) + int(campos[12])) / os.sysconf("SC_CLK_TCK")


def memoria_mb(processo: int) -> float:
    """Memória residente de um processo, em MB."""
    paginas = int(Path(f"/proc/{processo}/statm").read_text(encoding="utf-8").split()[1])
    return paginas * os.sysconf("SC_PAGE_SIZE") / 2**20
