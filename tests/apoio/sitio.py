"""Um site sem servidor nosso: uma pasta de arquivos, dada por um servidor de arquivos qualquer."""

import functools
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from apoio.http_local import no_ar
from conftest import SITIO


class _Calado(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # o nome é da biblioteca
        pass


def pasta_parada(pasta: Path, modelo: bytes | None, marca: str = " data-sem-servidor") -> Path:
    """A página com a marca de quem não tem servidor, e o modelo ao lado, se há."""
    shutil.copytree(SITIO, pasta)
    html = (pasta / "index.html").read_text("utf-8")
    (pasta / "index.html").write_text(
        html.replace('<html lang="pt-BR"', f'<html lang="pt-BR"{marca}'), "utf-8"
    )
    if modelo is not None:
        arquivo = f"modelo/{hashlib.sha256(modelo).hexdigest()}.bin"
        (pasta / "modelo").mkdir()
        (pasta / arquivo).write_bytes(modelo)
        (pasta / "modelo.json").write_text(json.dumps({"arquivo": arquivo}), "utf-8")
    return pasta


@contextmanager
def parado(pasta: Path) -> Iterator[str]:
    """O endereço da pasta, enquanto servida."""
    with no_ar(functools.partial(_Calado, directory=pasta)) as endereco:
        yield f"{endereco}/"
