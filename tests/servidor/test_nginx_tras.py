"""O que o nginx de produção deixa chegar ao servidor, visto do lugar dele."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apoio.frente import frente
from poema_top.medicao.nginx import DOMINIO


@contextmanager
def espiao() -> Iterator[tuple[int, list[str]]]:
    """Um servidor HTTP que guarda cada pedido tal como chegou, e responde a todos."""
    recebidos: list[str] = []

    class Anota(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                recebidos.append(b"".join(iter(self.rfile.readline, b"\r\n")).decode())
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Anota) as s:
        atende = threading.Thread(target=s.serve_forever)
        atende.start()
        try:
            yield s.server_address[1], recebidos
        finally:
            s.shutdown()
            atende.join()


def test_o_endereco_inventado_e_trocado_pelo_verdadeiro(tmp_path: Path) -> None:
    inventados = ("X-Forwarded-For: 8.8.8.8", "X-Forwarded-For: 9.9.9.9, 1.1.1.1", "Forwarded: for=8.8.8.8")
    with espiao() as (porta, recebidos), frente(tmp_path, porta) as f:
        for caminho in ("/ws/", "/ws/meu?inicio=o+mar", "/saude"):
            assert f.pede(caminho, *inventados, rede="198.51.100.1").codigo == 200
            linhas = recebidos.pop().splitlines()
            assert linhas[0] == f"GET {caminho} HTTP/1.1"
            assert [x for x in linhas if "forwarded" in x.lower()] == ["X-Forwarded-For: 198.51.100.1"]
            assert f"Host: {DOMINIO}" in linhas


def test_nenhum_caminho_leva_as_metricas(tmp_path: Path) -> None:
    with espiao() as (porta, recebidos), frente(tmp_path, porta) as f:
        for caminho in (
            "/metricas", "/metricas/", "//metricas", "/%6detricas", "/./metricas", "/ws/../metricas",
            "/metricas?a", "/ws/%2e%2e/metricas", "/ws/..%2fmetricas", "/saude/../metricas",
            "/ws/meu/../../metricas", "/saude/metricas", "/metricas%00", "/METRICAS",
            f"https://{DOMINIO}/metricas",
        ):  # fmt: skip
            assert f.pede(caminho).codigo in (400, 403, 404), caminho
        assert recebidos == []
        # O caminho que chega é o que o nginx entendeu, não o que se escreveu.
        assert f.pede("/metricas/../saude").codigo == 200
        assert recebidos.pop().startswith("GET /saude HTTP")
