"""A prova de um modelo: outro processo o lê e escreve um poema com ele, antes que o servidor o aceite.

Um `.tflite` é um programa para o LiteRT, que não confere tudo: um só bit trocado pode derrubar o processo
que o carrega. Se derrubar, que seja um que ninguém está lendo.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from poema_top.base.arquivos import RAIZ, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.sistema import comando_python
from poema_top.geracao import checkpoint, pastas
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import escreve, poema
from poema_top.geracao.sorteio import Sorteio

PRAZO = 60.0  # segundos; numa máquina comum leva menos de um


def prova(pasta: Path) -> Checkpoint:
    """Lê um modelo depois de outro processo escrever um poema com ele.

    Raises:
        ErroPoema: o modelo não presta, e a mensagem diz por quê.
    """
    comando = comando_python("geracao.prova", str(pasta))
    try:
        feito = subprocess.run(
            comando,
            env={**os.environ, "PYTHONPATH": str(RAIZ / "src")},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PRAZO,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ErroPoema(f"{relativo(pasta)} não escreveu um poema em {PRAZO:.0f} s.") from None
    if feito.returncode:
        ditos = [linha for linha in feito.stderr.splitlines() if linha.startswith("erro: ")]
        sem_aviso = f"{relativo(pasta)} derruba quem o lê ({feito.returncode})."
        raise ErroPoema(ditos[-1].removeprefix("erro: ") if ditos else sem_aviso)
    treinado = checkpoint.le(pasta)
    if treinado.impressao != feito.stdout.strip():
        raise ErroPoema(f"{relativo(pasta)} mudou enquanto era provada; tente de novo.")
    return treinado


def o_mais_novo_que_presta(avisa: Callable[[str], None]) -> Checkpoint:
    """O modelo mais novo que passa na prova; os que não passam são ditos, com o motivo.

    Raises:
        ErroPoema: nenhum passa, ou não há nenhum.
    """
    pastas.mais_nova()  # sem nenhum, o erro é este
    for pasta in pastas.candidatas():
        try:
            return prova(pasta)
        except (ErroPoema, OSError) as erro:
            avisa(f"modelo recusado: {erro} Tento o anterior.")
    raise ErroPoema("nenhum dos modelos presta; treine outro com: just treina")


def principal() -> None:
    """Escreve um poema com o modelo de uma pasta, e diz que modelo é."""
    treinado = checkpoint.le(Path(sys.argv[1]))
    tokens = escreve(Motor(treinado), treinado.vocabulario, Amostragem(1.0), Sorteio(0))
    if not poema(tokens, treinado.vocabulario.terminador):
        raise ErroPoema(f"o modelo de {relativo(treinado.pasta)} só escreve espaços.")
    print(treinado.impressao)


if __name__ == "__main__":
    executa(principal)
