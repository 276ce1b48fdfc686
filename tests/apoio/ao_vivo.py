"""Um treino de verdade com a página no ar, em outro processo, e quem o acompanha sem navegador."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from websockets.sync.client import connect

from conftest import ambiente, comando

PRAZO = 120  # segundos: só para um teste quebrado não ficar pendurado


@dataclass
class Treino:
    processo: "subprocess.Popen[str]"
    url: str


@contextmanager
def treino_ao_vivo(*opcoes: object) -> Iterator[Treino]:
    """Começado, e com a página já no ar."""
    processo = subprocess.Popen(
        comando("treina", "--ao-vivo", "--porta", 0, *opcoes),
        env=ambiente(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert processo.stdout is not None
        achado = re.search(r"http://\S+/", processo.stdout.readline())
        assert achado, processo.communicate()[1]
        yield Treino(processo, achado[0])
    finally:
        if processo.poll() is None:
            processo.kill()
        processo.communicate()


def assiste(url: str) -> Iterator[dict[str, Any]]:
    """As notícias, uma a uma, até a última."""
    with connect(url.replace("http", "ws") + "ws/treino", max_size=None) as conexao:
        while True:
            noticia = json.loads(conexao.recv(PRAZO))
            yield noticia
            if noticia.get("fase") == "fim":
                return


def juntas(noticias: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """O que se sabe depois de as ouvir todas."""
    contado: dict[str, Any] = {}
    for noticia in noticias:
        listas = {campo: contado.get(campo, []) + v for campo, v in noticia.items() if isinstance(v, list)}
        contado |= noticia | listas
    return contado
