"""`just gera` nos testes: o que ele deixou nos arquivos, e de quem ele ouve poemas."""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conftest import PRAZO, RAIZ, ambiente, comando
from poema_top.texto.poemas import le_poemas

POEMAS = le_poemas(RAIZ / "dataset" / "poemas-1k-rimados.txt")


def diario(saida: Path) -> list[dict[str, Any]]:
    """As respostas que o diário já tem; a linha pela metade não conta."""
    arquivo = saida.with_name(saida.stem + ".gera.jsonl")
    linhas = arquivo.read_bytes().split(b"\n")[:-1] if arquivo.exists() else []
    return [registro for linha in linhas if "chave" in (registro := json.loads(linha))]


def ficha(saida: Path) -> dict[str, Any]:
    lida: dict[str, Any] = json.loads(saida.with_name(saida.stem + ".gera.json").read_text(encoding="utf-8"))
    return lida


def aceitos(respostas: list[dict[str, Any]]) -> list[str]:
    return [r.get("poema", r["texto"]) for r in respostas if "motivo" not in r]


class Escritor:
    """Responde a cada pedido com um poema novo, e conta quantas vezes ouviu cada um."""

    def __init__(self) -> None:
        self.ouvidos: Counter[str] = Counter()
        self._vez = threading.Lock()

    def __call__(self, pedido: dict[str, Any]) -> tuple[int, str | bytes]:
        with self._vez:
            self.ouvidos[json.dumps(pedido, sort_keys=True)] += 1
            return 200, POEMAS[self.ouvidos.total()]


class EscritorQueEmperra(Escritor):
    """Depois de tantos pedidos, não responde a mais nenhum; `emperrou` diz quando."""

    def __init__(self, depois_de: int) -> None:
        super().__init__()
        self.emperrou, self.fim = threading.Event(), threading.Event()
        self._restam = iter(range(depois_de))

    def __call__(self, pedido: dict[str, Any]) -> tuple[int, str | bytes]:
        if next(self._restam, None) is not None:
            return super().__call__(pedido)
        self.emperrou.set()
        self.fim.wait(PRAZO)
        return 500, ""


@contextmanager
def comecado(*argumentos: object, **opcoes: Any) -> "Iterator[subprocess.Popen[str]]":
    """Um `just gera` que o teste vai matar; no fim, morto está."""
    cano = subprocess.PIPE
    with subprocess.Popen(
        comando("gera", *argumentos), env=ambiente(), text=True, stdout=cano, stderr=cano, **opcoes
    ) as processo:
        try:
            yield processo
        finally:
            processo.kill()
