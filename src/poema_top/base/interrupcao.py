"""Ctrl-C a qualquer instante: nenhum traceback, um status certo, e o segundo não espera.

O Python faz de um Ctrl-C uma exceção no meio de qualquer linha, e quem importa o TensorFlow passa segundos em
linhas alheias: umas a engolem, outras a trocam por outro erro, outras a imprimem. Aqui um comando tem três
fases. Enquanto carrega (`poema_top/__init__.py`), e depois que acabou, não há o que perder, e sai na hora.
Enquanto roda, o primeiro Ctrl-C é um KeyboardInterrupt, e o que vier dele conta como ele; o segundo já sai.
"""

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, ClassVar

SAIDA_INTERROMPIDO = 130  # 128 + SIGINT, a convenção do shell


class _Estado:
    """O ponto em que o comando está."""

    roda = False
    pedida = False
    stderr = 2  # o descritor do terminal, quando `silencio` põe outra coisa no lugar do 2
    desfaz: ClassVar[list[Callable[[], None]]] = []
    status = SAIDA_INTERROMPIDO  # o de quem sai já
    aviso = "\ninterrompido.\n"


def roda(status: int) -> None:
    """O comando vai rodar, e `status` é o que um Ctrl-C lhe dá; quem já o ignora (nohup) continua."""
    if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
        signal.signal(signal.SIGINT, _atende)
    _Estado.roda, _Estado.status = True, status
    sys.excepthook, sys.unraisablehook = _excecao_solta, _excecao_perdida


def acaba(status: int) -> None:
    """O comando acabou: só falta o Python fechar as portas, e um Ctrl-C já não muda nada."""
    _Estado.roda, _Estado.status, _Estado.aviso = False, status, ""


@contextmanager
def carregando() -> Iterator[None]:
    """Volta à primeira fase: quem importa o TensorFlow passa por linhas que engolem exceções."""
    antes, _Estado.roda = _Estado.roda, False
    try:
        yield
    finally:
        _Estado.roda = antes


@contextmanager
def esperando_fora_do_python() -> Iterator[None]:
    """Enquanto uma biblioteca nativa espera, nenhum Python corre, e só o sistema pode atender ao Ctrl-C."""
    antes = signal.getsignal(signal.SIGINT)
    if not callable(antes):
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, antes)


@contextmanager
def desfaz_no_fim(desfaz: Callable[[], None]) -> Iterator[None]:
    """Desfaz o que o comando começou, também se um Ctrl-C o fizer sair já."""
    _Estado.desfaz.append(desfaz)
    try:
        yield
    finally:
        _Estado.desfaz.remove(desfaz)
        desfaz()


def escreve_em(descritor: int) -> None:
    """Onde fica o terminal de quem usa, de agora em diante."""
    _Estado.stderr = descritor


def pedida() -> bool:
    """Se houve um Ctrl-C enquanto o comando rodava: um erro que venha depois é consequência dele."""
    return _Estado.pedida


def avisa(texto: str) -> None:
    """Escreve no stderr por baixo do arquivo do Python, que um sinal pode achar no meio de uma escrita."""
    with contextlib.suppress(OSError):
        os.write(_Estado.stderr, texto.encode(sys.stderr.encoding if sys.stderr else "utf-8", "replace"))


def _atende(_sinal: int, _quadro: FrameType | None) -> None:
    if _Estado.roda and not _Estado.pedida:
        _Estado.pedida = True
        raise KeyboardInterrupt
    _sai_ja()


def _sai_ja() -> None:
    avisa(_Estado.aviso)
    for desfaz in _Estado.desfaz:
        desfaz()
    os._exit(_Estado.status)


def _excecao_solta(tipo: type[BaseException], valor: BaseException, pilha: Any) -> None:
    """O que escapou de tudo: um Ctrl-C entre duas linhas de `executa`, ou um defeito nosso."""
    if _Estado.pedida or issubclass(tipo, KeyboardInterrupt):
        _sai_ja()
    sys.__excepthook__(tipo, valor, pilha)


def _excecao_perdida(perdida: Any) -> None:
    """O que o Python só sabe imprimir e esquecer: um Ctrl-C dentro de um `__del__` se repete logo depois."""
    if issubclass(perdida.exc_type, KeyboardInterrupt) and _Estado.roda:
        _Estado.pedida = False
        threading.Timer(0.01, _thread.interrupt_main).start()
    elif not _Estado.pedida:
        sys.__unraisablehook__(perdida)
