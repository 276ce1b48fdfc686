"""Um servidor HTTP qualquer numa porta livre, para o que o nosso não é."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def no_ar(trata: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """O endereço, sem barra no fim, de quem atende cada pedido com `trata`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), trata) as http:
        fio = threading.Thread(target=http.serve_forever)
        fio.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            fio.join()


def envia(quem: BaseHTTPRequestHandler, status: int, dados: bytes, **cabecalhos: Any) -> None:
    """Uma resposta inteira, com o tamanho dito."""
    quem.send_response(status)
    for nome, valor in {"Content-Length": len(dados), **cabecalhos}.items():
        quem.send_header(nome.replace("_", "-"), str(valor))
    quem.end_headers()
    quem.wfile.write(dados)
