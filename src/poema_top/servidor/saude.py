"""Se o servidor vive: há quanto tempo alguém espera por letras que não vêm."""

import contextlib
import os
import socket
import time
from typing import Any

from poema_top.geracao.checkpoint import Checkpoint

DEMORA = 30.0  # segundos sem uma letra, com alguém esperando, até o servidor se dizer parado


class Saude:
    """O que `/saude` responde, pela idade do último quadro de cada fluxo.

    Um processo que existe e aceita conexões pode estar mudo: com o motor preso, ou com um modelo que nada
    escreve. Só quem espera sabe.
    """

    def __init__(self, treinado: Checkpoint, pausa: float) -> None:
        """Ninguém espera nada; `pausa` são os segundos de silêncio entre dois poemas, que não contam."""
        self._limites = {"fluxo": DEMORA + pausa, "proprio": DEMORA, "rascunhos": DEMORA}
        self._desde: dict[str, float] = {}
        self.troca(treinado)

    def troca(self, treinado: Checkpoint) -> None:
        """Passa a dizer que o modelo é este."""
        self._modelo = {"modelo": treinado.nome, "criado_em": treinado.ficha.get("criado_em")}

    def espera(self, fluxo: str) -> None:
        """Alguém passou a esperar letras de um fluxo, se já não esperavam."""
        self._desde.setdefault(fluxo, time.monotonic())

    def escreveu(self, fluxo: str) -> None:
        """Saiu um quadro."""
        self._desde[fluxo] = time.monotonic()

    def ninguem(self, fluxo: str) -> None:
        """Ninguém mais espera."""
        self._desde.pop(fluxo, None)

    @property
    def vive(self) -> bool:
        """Se ninguém espera há tempo demais."""
        agora = time.monotonic()
        return all(agora - desde < self._limites[fluxo] for fluxo, desde in self._desde.items())

    def resposta(self) -> dict[str, Any]:
        """O estado, o modelo, e há quantos segundos se espera por cada fluxo (null: ninguém espera)."""
        agora = time.monotonic()
        idades = {
            f"{fluxo}_s": round(agora - self._desde[fluxo], 1) if fluxo in self._desde else None
            for fluxo in self._limites
        }
        return {"estado": "ok" if self.vive else "parado", **self._modelo, **idades}


def avisa_o_systemd(estado: str) -> None:
    """Diz ao systemd, se é ele que manda, como o servidor está (sd_notify(3)).

    Sem esperar: se ele está tão atrasado que a fila dele encheu, este aviso se perde, e o laço não para.
    """
    destino = os.environ.get("NOTIFY_SOCKET")
    if destino and hasattr(socket, "AF_UNIX"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s, contextlib.suppress(BlockingIOError):
            s.setblocking(False)
            s.sendto(estado.encode(), destino.replace("@", "\0", 1) if destino[0] == "@" else destino)


def passo_do_vigia() -> float | None:
    """De quantos em quantos segundos o systemd quer notícias, a metade do WatchdogSec; None: não quer."""
    prazo = os.environ.get("WATCHDOG_USEC", "")
    return int(prazo) / 2e6 if prazo.isdecimal() and int(prazo) else None
