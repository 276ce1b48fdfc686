"""O servidor: um poema atrás do outro, ao vivo para todos, e um só seu para quem pedir."""

import logging

from poema_top.base.erros import executa
from poema_top.base.opcoes import le_opcoes
from poema_top.geracao.prova import o_mais_novo_que_presta, prova
from poema_top.servidor.escuta import serve
from poema_top.servidor.site import Opcoes


def principal() -> None:
    """Serve a página e escreve poemas ao vivo por websocket."""
    o = le_opcoes(Opcoes, principal.__doc__)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    # As linhas de aperto de mão da biblioteca não interessam a quem só pôs no ar.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    serve(o, prova(o.modelo) if o.modelo else o_mais_novo_que_presta(logging.getLogger("poema").warning))


if __name__ == "__main__":
    executa(principal, interrompido=0)
