"""O erro de quem usa, e como um comando o conta: uma linha em português e um status."""

import errno
import io
import os
import sys
from collections.abc import Callable

from poema_top.base import interrupcao

SAIDA_ERRO = 2


class ErroPoema(Exception):
    """Um erro que a pessoa que usa pode corrigir: a mensagem diz o que houve e o que fazer."""


def executa(principal: Callable[[], None], *, interrompido: int = interrupcao.SAIDA_INTERROMPIDO) -> None:
    """Roda um comando e troca os erros esperados por uma linha em português e um status.

    Status 2 para ErroPoema e para falhas de disco. Um defeito nosso continua a mostrar o traceback:
    escondê-lo só atrasaria o conserto.

    Args:
        principal: o comando.
        interrompido: o status de um Ctrl-C; 0 nos comandos que só acabam assim.
    """
    _aceita_qualquer_letra()
    interrupcao.roda(interrompido)
    status = _roda(principal, interrompido)
    interrupcao.acaba(status)
    if status:
        sys.exit(status)


def _roda(principal: Callable[[], None], interrompido: int) -> int:
    try:
        try:
            principal()
            sys.stdout.flush()
        except Exception:
            if interrupcao.pedida():  # o que quebrou foi por causa do Ctrl-C
                raise KeyboardInterrupt from None
            raise
    except ErroPoema as erro:
        return _encerra(str(erro))
    except KeyboardInterrupt:
        interrupcao.avisa("\ninterrompido.\n")
        return interrompido
    except BrokenPipeError:
        # Quem lia a saída (`| head`) foi embora. O /dev/null evita outro erro ao fechar o stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as erro:
        return _encerra(descreve_erro_do_sistema(erro))
    return 0


def _encerra(mensagem: str) -> int:
    sys.stderr.write(f"erro: {mensagem}\n")
    return SAIDA_ERRO


def _aceita_qualquer_letra() -> None:
    """Num terminal que não é UTF-8, a letra que ele não tem sai como "?", e não como um traceback."""
    for saida in (sys.stdout, sys.stderr):
        if isinstance(saida, io.TextIOWrapper):
            saida.reconfigure(errors="replace")


def descreve_erro_do_sistema(erro: OSError) -> str:
    """Diz em português, numa linha, o que o sistema operacional recusou e o que fazer."""
    alvo = f" ({erro.filename})" if erro.filename else ""
    conhecidos = {
        errno.ENOSPC: f"o disco está cheio{alvo}; libere espaço e tente de novo.",
        errno.EDQUOT: f"a sua cota de disco acabou{alvo}; libere espaço e tente de novo.",
        errno.EACCES: f"sem permissão{alvo}; confira o dono e as permissões do caminho.",
        errno.EROFS: f"o disco só aceita leitura{alvo}; escolha outra pasta.",
        errno.ENOENT: f"o caminho não existe{alvo}; confira o nome.",
        errno.ENOTDIR: f"há um arquivo onde devia haver uma pasta{alvo}; confira o caminho.",
        errno.EISDIR: f"há uma pasta onde devia haver um arquivo{alvo}; confira o caminho.",
        errno.EEXIST: f"o caminho já existe{alvo}; escolha outro nome.",
        errno.EBUSY: f"outro programa está usando o arquivo{alvo}; feche-o e tente de novo.",
        errno.ENAMETOOLONG: f"o nome é longo demais{alvo}; escolha um mais curto.",
    }
    return conhecidos.get(erro.errno or 0, f"o sistema recusou a operação{alvo}: {erro}")
