"""O erro de quem usa, e como um comando o conta: uma linha em português e um status."""

import errno
import os
import sys
from collections.abc import Callable

SAIDA_ERRO = 2
SAIDA_INTERROMPIDO = 130  # 128 + SIGINT, a convenção do shell


class ErroPoema(Exception):
    """Um erro que a pessoa que usa pode corrigir: a mensagem diz o que houve e o que fazer."""


def executa(principal: Callable[[], None]) -> None:
    """Roda um comando e troca os erros esperados por uma linha em português e um status.

    Status 2 para ErroPoema e para falhas de disco, 130 para Ctrl-C. Um defeito nosso continua a
    mostrar o traceback: escondê-lo só atrasaria o conserto.
    """
    try:
        principal()
        sys.stdout.flush()
    except ErroPoema as erro:
        _encerra(str(erro))
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrompido.\n")
        sys.exit(SAIDA_INTERROMPIDO)
    except BrokenPipeError:
        # Quem lia a saída (`| head`) foi embora. O /dev/null evita outro erro ao fechar o stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as erro:
        _encerra(descreve_erro_do_sistema(erro))


def _encerra(mensagem: str) -> None:
    sys.stderr.write(f"erro: {mensagem}\n")
    sys.exit(SAIDA_ERRO)


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
