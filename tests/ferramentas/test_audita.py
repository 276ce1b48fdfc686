"""As falhas conhecidas do que o servidor instala, com o pip-audit de verdade e uma base daqui."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from apoio.http_local import envia, no_ar
from conftest import RAIZ

PRAZO = 120  # segundos
Base = Callable[[str], tuple[int, object]]


@contextmanager
def base_de_falhas(responde: Base) -> Iterator[str]:
    """Uma base como a OSV: recebe o nome e a versão de um pacote, e diz as falhas."""

    class Atende(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            pedido = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, resposta = responde(pedido["package"]["name"])
            envia(self, status, json.dumps(resposta).encode())

        def log_message(self, *_: object) -> None:
            pass

    with no_ar(Atende) as endereco:
        yield f"{endereco}/v1/query"


def audita(base: str, *mais: str) -> "subprocess.CompletedProcess[str]":
    comando = [sys.executable, RAIZ / "ferramentas" / "audita.py", "--osv-url", base, *mais]
    return subprocess.run(comando, capture_output=True, text=True, timeout=PRAZO, check=False)


def _com_falha(nome: str) -> tuple[int, object]:
    if nome != "websockets":
        return 200, {}
    faixa = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}
    do_pacote = {"package": {"name": nome, "ecosystem": "PyPI"}, "ranges": [faixa]}
    return 200, {"vulns": [{"id": "PYSEC-2026-1", "summary": "uma falha", "affected": [do_pacote]}]}


def test_uma_falha_conhecida_reprova() -> None:
    with base_de_falhas(_com_falha) as base:
        feito = audita(base)
        ignorada = audita(base, "--ignore-vuln", "PYSEC-2026-1")
    assert feito.returncode == 1, feito.stderr
    assert re.search(r"^websockets \S+: PYSEC-2026-1 \(consertada em: 99\.0\)$", feito.stdout, re.MULTILINE)
    assert "1 com falhas conhecidas; sem conferir" in feito.stdout
    assert "colorama" in feito.stdout  # só do Windows
    assert ignorada.returncode == 0, ignorada.stderr


def test_sem_falhas_passa_e_diz_quantos_conferiu() -> None:
    perguntados: list[str] = []
    with base_de_falhas(lambda nome: (perguntados.append(nome), (200, {}))[1]) as base:
        feito = audita(base)
    assert feito.returncode == 0, feito.stderr
    assert feito.stdout.startswith(f"{len(perguntados)} pacotes conferidos, 0 com falhas conhecidas")
    assert {"ai-edge-litert", "numpy", "websockets", "protobuf"} <= set(perguntados)


def test_sem_a_base_diz_que_nada_conferiu() -> None:
    with base_de_falhas(lambda _: (503, "fora do ar")) as base:
        caida = audita(base)
    sem_ninguem = audita(base)  # a porta fechou
    for feito in (caida, sem_ninguem):
        assert feito.returncode == 0, feito.stderr
        assert feito.stdout.startswith("NADA FOI CONFERIDO: a base de falhas conhecidas não responde daqui (")
        assert feito.stdout.count("\n") == 1


def test_um_engano_nao_passa_por_falta_de_rede() -> None:
    feito = audita("http://127.0.0.1:9", "--opcao-que-nao-ha")
    assert feito.returncode == 2
    assert "erro: o pip-audit não conseguiu" in feito.stderr
