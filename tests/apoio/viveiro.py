"""Comandos que não esperam pelo TensorFlow: um processo que já o carregou se divide, e o filho os roda.

Carregá-lo leva três segundos de processador, e dezenas de testes treinam. O filho nasce como um `python -m`
nasceria, com o `sys.argv`, o ambiente, a pasta e as saídas dele, e a mãe não fez ainda conta nenhuma. Quem
põe à prova o próprio processo (sinais, `kill -9`, o que não pode ser carregado) continua a fazer o seu.
"""

import importlib
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory

COMANDOS = ("treina",)


class Viveiro:
    """O processo-mãe, feito no primeiro pedido."""

    def __init__(self, ambiente: dict[str, str]) -> None:
        aqui = [ambiente["PYTHONPATH"], str(Path(__file__).parents[1])]
        self._mae = subprocess.Popen(
            [sys.executable, "-m", "apoio.viveiro"], env={**ambiente, "PYTHONPATH": os.pathsep.join(aqui)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def roda(
        self, nome: str, argumentos: list[str], ambiente: dict[str, str], cwd: Path | None
    ) -> "subprocess.CompletedProcess[str]":
        assert self._mae.stdin is not None
        assert self._mae.stdout is not None
        with TemporaryDirectory() as pasta:
            saidas = [Path(pasta, qual) for qual in ("saida", "erro")]
            pedido = {
                "nome": nome,
                "argumentos": argumentos,
                "ambiente": ambiente,
                "cwd": str(cwd or Path.cwd()),
                "saidas": list(map(str, saidas)),
            }
            self._mae.stdin.write(json.dumps(pedido) + "\n")
            self._mae.stdin.flush()
            status = int(self._mae.stdout.readline())
            saida, erro = (arquivo.read_text(encoding="utf-8") for arquivo in saidas)
        return subprocess.CompletedProcess([nome, *argumentos], status, saida, erro)

    def encerra(self) -> None:
        self._mae.communicate()


def _filho(nome: str, argumentos: list[str], ambiente: dict[str, str], cwd: str, saidas: list[str]) -> None:
    from poema_top.base.erros import executa

    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descritor, arquivo in enumerate(saidas, start=1):
            os.dup2(os.open(arquivo, os.O_WRONLY | os.O_CREAT), descritor)
        os.environ.clear()
        os.environ.update(ambiente)
        os.chdir(cwd)
        modulo = importlib.import_module(f"poema_top.{nome}")
        sys.argv = [str(modulo.__file__), *argumentos]
        executa(modulo.principal)
        status = 0
    except SystemExit as saiu:
        status = int(saiu.code or 0)
    finally:  # nada chega ao laço da mãe
        if sys.exception():
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def principal() -> None:
    for modulo in ("treino.laco", *COMANDOS):  # o laço é que traz o TensorFlow, calado
        importlib.import_module(f"poema_top.{modulo}")
    resposta = os.fdopen(os.dup(1), "w")
    for pedido in sys.stdin:
        filho = os.fork()
        if not filho:
            _filho(**json.loads(pedido))
        _, fim = os.waitpid(filho, 0)
        print(os.waitstatus_to_exitcode(fim), file=resposta, flush=True)


if __name__ == "__main__":
    principal()
