"""Poema 🔝: um modelo de linguagem minúsculo que escreve poemas, do texto à página."""

import sys

if sys.argv[:1] == ["-m"]:  # é `python -m poema_top.comando`, que ainda nem começou a ser lido
    # O que segue até o comando rodar são imports, e não há o que perder: um Ctrl-C sai já, sem traceback.
    # `base/interrupcao.py` cuida do que vem depois; aqui só cabe o que já está carregado.
    import _signal  # type: ignore[import-not-found]
    import os

    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:  # e não ignorado, como com nohup
        _signal.signal(_signal.SIGINT, lambda *_: (os.write(2, b"\ninterrompido.\n"), os._exit(130)))
