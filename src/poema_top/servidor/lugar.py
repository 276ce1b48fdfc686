"""O lugar em que um servidor escuta: as mesmas opções em todo comando que abre uma página."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass

from poema_top.base.opcoes import opcao
from poema_top.base.valores import porta


@dataclass(frozen=True)
class Lugar:
    """Um comando as herda."""

    porta: int = opcao(8000, "porta em que o servidor escuta; 0 escolhe uma livre", type=porta)
    endereco: str = opcao("localhost", "endereço em que escuta; 0.0.0.0 aceita outras máquinas")

    def url(self, tomadas: Sequence[socket.socket]) -> str:
        """O que se digita no navegador.

        Args:
            tomadas: as que já escutam: com a porta 0, só elas sabem o número.
        """
        nome = f"[{self.endereco}]" if ":" in self.endereco else self.endereco
        return f"http://{nome}:{tomadas[0].getsockname()[1]}/"
