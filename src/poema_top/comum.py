"""O que todos os comandos partilham: os caminhos, o erro de quem usa e a gravação atômica."""

import errno
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

RAIZ = Path(__file__).resolve().parents[2]
DATASET_PADRAO = RAIZ / "dataset" / "poemas-10k.txt"
PASTA_MODELOS = RAIZ / "modelos_treinados"

TERMINADOR = "@"  # a linha que fecha cada poema nos arquivos, e o token que o fecha no modelo

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
        errno.ENAMETOOLONG: f"o nome é longo demais{alvo}; escolha um mais curto.",
    }
    return conhecidos.get(erro.errno or 0, f"o sistema recusou a operação{alvo}: {erro}")


@contextmanager
def stderr_calado() -> Iterator[None]:
    """Segura o que o código nativo escrever no stderr; se algo falhar, mostra tudo.

    O TensorFlow e o LiteRT comentam a máquina em inglês ao carregar, antes de qualquer ajuste deles
    valer (tensorflow#100442): só trocando o descritor 2 dá para calá-los.
    """
    sys.stderr.flush()
    verdadeiro = os.dup(2)
    with tempfile.TemporaryFile() as guardado:
        os.dup2(guardado.fileno(), 2)
        try:
            yield
        except BaseException:
            guardado.seek(0)
            os.write(verdadeiro, guardado.read())
            raise
        finally:
            os.dup2(verdadeiro, 2)
            os.close(verdadeiro)


def grava_atomico(caminho: Path, conteudo: bytes) -> None:
    """Grava de modo que outro processo veja o arquivo velho ou o novo, nunca um pela metade.

    Raises:
        OSError: disco cheio, sem permissão; o arquivo velho continua como estava.
    """
    provisorio = caminho.with_name(f".{caminho.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with provisorio.open("wb") as arquivo:
            arquivo.write(conteudo)
            arquivo.flush()
            os.fsync(arquivo.fileno())
        provisorio.replace(caminho)
    finally:
        provisorio.unlink(missing_ok=True)


def relativo(caminho: Path) -> str:
    """O caminho como se mostra a quem usa: a partir da raiz do projeto, quando está dentro dela."""
    absoluto = caminho.resolve()
    return str(absoluto.relative_to(RAIZ)) if absoluto.is_relative_to(RAIZ) else str(caminho)


def milhar(numero: int) -> str:
    """Escreve um inteiro com o ponto de milhar brasileiro: 179772 -> "179.772"."""
    return f"{numero:,}".replace(",", ".")


def decimal(numero: float, casas: int) -> str:
    """Escreve um número com a vírgula decimal brasileira: 0.9554 em 3 casas -> "0,955"."""
    return f"{numero:.{casas}f}".replace(".", ",")
