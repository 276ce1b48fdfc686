"""Um treino de um estudo: `just treina` num processo seu, e quanto o modelo erra no que nenhum treino leu."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poema_top.base.arquivos import grava_atomico, sha256_do_arquivo
from poema_top.geracao import checkpoint
from poema_top.medicao.processo import roda


def treina_e_mede(
    nome: str, opcoes: Sequence[object], onde: Path, lidos: Sequence[Path], reservados: Sequence[Path]
) -> dict[str, Any]:
    """Treina e mede, ou acha a medida já feita.

    Args:
        nome: o da pasta do modelo, e da medida ao lado dela.
        opcoes: as de `just treina`, menos onde gravar.
        onde: a pasta das duas.
        lidos: os arquivos que o treino lê; se um mudou, a medida guardada não vale.
        reservados: arquivos de poemas em que medir.

    Returns:
        Épocas, segundos de treino, parâmetros, letras por segundo (a mediana das épocas), os nats por letra
        de todos os reservados juntos e de cada um.

    Raises:
        ErroPoema: o treino ou a medida falhou.
    """
    guardada = onde / f"{nome}.json"
    somas = [sha256_do_arquivo(arquivo) for arquivo in (*lidos, *reservados)]
    if guardada.exists() and (feita := json.loads(guardada.read_bytes()))["somas"] == somas:
        return dict(feita)
    roda(f"o treino {nome}", "treina", *opcoes, "--saida", onde, "--nome", nome, "--por-cima")
    por_arquivo = json.loads(roda(f"a medida de {nome}", "medicao.inedito", onde / nome, *reservados))
    with (onde / nome / checkpoint.HISTORICO).open(encoding="utf-8") as historico:
        epocas = list(csv.DictReader(historico))
    ritmos = sorted(float(epoca["caracteres_por_segundo"]) for epoca in epocas)
    medida = {
        "epocas": int(epocas[-1]["epoca"]),
        "segundos": float(epocas[-1]["segundos"]),
        "parametros": checkpoint.le(onde / nome).ficha["modelo"]["parametros"],
        "letras_por_segundo": ritmos[len(ritmos) // 2],
        "nats": sum(m["nats"] * m["letras"] for m in por_arquivo) / sum(m["letras"] for m in por_arquivo),
        "reservados": por_arquivo,
        "somas": somas,
    }
    grava_atomico(guardada, json.dumps(medida).encode())
    return medida
