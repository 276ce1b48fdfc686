"""Pastas de modelo para os testes: inteiras, gastas e de má-fé, todas com as somas certas."""

import hashlib
import json
import shutil
from itertools import count
from pathlib import Path
from typing import Any

from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import escreve, poema
from poema_top.geracao.sorteio import Sorteio


def copia(origem: Path, destino: Path, **arquivos: bytes) -> Path:
    """Outra pasta do mesmo modelo, com alguns arquivos trocados (passo=..., vocabulario=...)."""
    shutil.copytree(origem, destino)
    nomes = {"passo": checkpoint.PASSO, "vocabulario": checkpoint.VOCABULARIO}
    for qual, conteudo in arquivos.items():
        (destino / nomes[qual]).write_bytes(conteudo)
    refaz_a_ficha(destino)
    return destino


def refaz_a_ficha(pasta: Path, **campos: Any) -> None:
    """Escreve a ficha outra vez, com as somas do que está na pasta e estes campos."""
    ficha = json.loads((pasta / checkpoint.FICHA).read_text(encoding="utf-8"))
    servem = [pasta / nome for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO, checkpoint.PAGINA)]
    ficha["sha256"] = {a.name: hashlib.sha256(a.read_bytes()).hexdigest() for a in servem if a.exists()}
    texto = json.dumps({**ficha, **campos}, ensure_ascii=False)
    (pasta / checkpoint.FICHA).write_text(texto, encoding="utf-8", newline="\n")


def sem_letras(vocabulario: bytes) -> bytes:
    """Um espaço de outro feitio no lugar de cada letra do vocabulário: o modelo só escreve brancos."""
    lido = json.loads(vocabulario)
    espacos = iter(
        chr(c) for c in [*range(0x2000, 0x200B), 0x205F, 0x3000, 0xA0, 0x1680, 0x2028, 0x85, 9, 11, 12]
    )
    lido["tokens"] = [t if t in ("\n", "@", " ") else next(espacos) for t in lido["tokens"]]
    return json.dumps(lido).encode()


def semente_de_poema_longo(pasta: Path, inicio: str, temperatura: float, letras: int = 150) -> int:
    """A primeira semente com que o modelo escreve um poema de tantas letras, e de mais de quatro versos."""
    treinado = checkpoint.le(pasta)
    motor, vocabulario = Motor(treinado), treinado.vocabulario

    def serve(semente: int) -> bool:
        tokens = escreve(motor, vocabulario, Amostragem(temperatura), Sorteio(semente), inicio)
        escrito = poema(tokens, vocabulario.terminador)
        return len(escrito) >= letras and escrito.count("\n") > 4

    return next(semente for semente in count() if serve(semente))
