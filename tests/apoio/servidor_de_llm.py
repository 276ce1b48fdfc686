"""Um servidor HTTP que fala como os de LLM, para o que um de verdade não faz quando se quer: falhar."""

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from apoio.http_local import envia, no_ar

JSON = "application/json"
# Recebe o pedido inteiro; dá o status e o texto da resposta, ou o corpo dela, se são bytes.
Atende = Callable[[dict[str, Any]], tuple[int, str | bytes]]


@contextmanager
def servidor_de_llm(atende: Atende, dono: str = "library") -> Iterator[str]:
    """Sobe o servidor numa porta livre, com o modelo "llama3.1:latest", e dá o endereço da API."""

    class Servico(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            modelo = {"id": "llama3.1:latest", "object": "model", "owned_by": dono}
            envia(self, 200, json.dumps({"object": "list", "data": [modelo]}).encode(), Content_Type=JSON)

        def do_POST(self) -> None:
            pedido = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, texto = atende(pedido)
            dados = texto if isinstance(texto, bytes) else corpo(texto, "prompt" in pedido)
            envia(self, status, dados, Content_Type=JSON)

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # quem pediu foi embora, ou foi morto
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    with no_ar(Servico) as endereco:
        yield f"{endereco}/v1"


def corpo(texto: object, continuacao: bool = False, fim: str = "stop") -> bytes:
    """O corpo de uma resposta, de conversa ou de continuação."""
    dito = {"text": texto} if continuacao else {"message": {"role": "assistant", "content": texto}}
    objeto = "text_completion" if continuacao else "chat.completion"
    gasto = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    escolha = {"index": 0, "finish_reason": fim, **dito}
    return json.dumps({"id": "x", "object": objeto, "choices": [escolha], "usage": gasto}).encode()
