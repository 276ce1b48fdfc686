"""Monta cadernos/poema.ipynb a partir de cadernos/poema.py, o texto que se edita (`just caderno-monta`).

Do que uma máquina mostrou ao rodar o caderno, só ficam as figuras: nem versões, nem tempos, nem caminhos.
"""

import base64
import io
import os
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

from poema_top.base.arquivos import RAIZ, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.opcoes import le_opcoes, opcao

TEXTO = RAIZ / "cadernos" / "poema.py"
CADERNO = TEXTO.with_suffix(".ipynb")
CORES = 64  # de cada figura: bastam a gráficos de poucas cores, e o arquivo fica com um terço do tamanho
PRAZO = 3600  # segundos por célula
METADADOS = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass
class Opcoes:
    """As opções de `just caderno-monta`."""

    roda: bool = opcao(False, "roda o caderno e refaz as figuras; sem isto, ficam as que há")


def principal() -> None:
    """Grava cadernos/poema.ipynb com as células de cadernos/poema.py."""
    o = le_opcoes(Opcoes, principal.__doc__)
    caderno = do_texto()
    figuras = rodado(caderno) if o.roda else nbformat.read(CADERNO, as_version=4)
    CADERNO.write_text(nbformat.writes(so_figuras(caderno, figuras)) + "\n", encoding="utf-8")
    print(f"{relativo(CADERNO)}: {CADERNO.stat().st_size / 1000:.0f} kB")


def do_texto(caminho: Path = TEXTO) -> Any:
    """O caderno que o texto diz, sem nenhuma saída; as células têm por nome a ordem delas."""
    caderno = jupytext.read(caminho)
    caderno.metadata = nbformat.from_dict(METADADOS)
    for i, celula in enumerate(caderno.cells):
        celula.id = f"celula-{i}"
    return caderno


def rodado(caderno: Any, **ambiente: str) -> Any:
    """Uma cópia do caderno, rodada do começo ao fim por um processo à parte, na pasta dele.

    Raises:
        ErroPoema: uma célula falhou.
    """
    copia = deepcopy(caderno)
    pasta = {"metadata": {"path": str(TEXTO.parent)}}
    cliente = NotebookClient(copia, timeout=PRAZO, kernel_name="python3", resources=pasta)
    try:
        cliente.execute(env={**os.environ, **ambiente})
    except CellExecutionError as erro:
        raise ErroPoema(f"uma célula de {relativo(TEXTO)} falhou: {erro.ename}: {erro.evalue}") from None
    return copia


def so_figuras(caderno: Any, com_saidas: Any) -> Any:
    """Uma cópia do caderno com as figuras que as células de mesmo código têm no outro."""
    copia = deepcopy(caderno)
    achadas = {celula.source: celula.get("outputs", []) for celula in com_saidas.cells}
    for celula in copia.cells:
        if celula.cell_type == "code":
            celula.outputs = [
                nbformat.v4.new_output("display_data", {"image/png": _enxuta(saida.data["image/png"])})
                for saida in achadas.get(celula.source, [])
                if "image/png" in saida.get("data", {})
            ]
    return copia


def _enxuta(png: str) -> str:
    """Uma figura em base64, com poucas cores; a que já as tem fica como está."""
    imagem = Image.open(io.BytesIO(base64.b64decode(png)))
    if imagem.mode == "P":
        return png
    saida = io.BytesIO()
    imagem.convert("RGB").quantize(CORES).save(saida, "PNG", optimize=True)
    return base64.b64encode(saida.getvalue()).decode()


if __name__ == "__main__":
    executa(principal)
