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

from poema_top.base.arquivos import RAIZ, grava_atomico, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.opcoes import le_opcoes, opcao

TEXTO = RAIZ / "cadernos" / "poema.py"
CADERNO = TEXTO.with_suffix(".ipynb")
CORES = 256  # de cada figura: bastam a estas, e o arquivo fica com menos da metade do tamanho
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
    import nbformat  # depois das opções: quem só quer a ajuda não precisa dele

    caderno = do_texto()
    if o.roda:
        figuras = rodado(caderno, TEXTO.parent)
    else:
        figuras = nbformat.read(CADERNO, as_version=4) if CADERNO.exists() else caderno
    grava_atomico(CADERNO, f"{nbformat.writes(so_figuras(caderno, figuras))}\n".encode())
    print(f"{relativo(CADERNO)}: {CADERNO.stat().st_size / 1000:.0f} kB")


def do_texto(caminho: Path = TEXTO) -> Any:
    """O caderno que o texto diz, sem nenhuma saída; as células têm por nome a ordem delas."""
    import jupytext
    import nbformat

    caderno = jupytext.read(caminho)
    caderno.metadata = nbformat.from_dict(METADADOS)
    for i, celula in enumerate(caderno.cells):
        celula.id, celula.metadata = f"celula-{i}", nbformat.from_dict({})
    return caderno


def rodado(caderno: Any, pasta: Path, **ambiente: str) -> Any:
    """Uma cópia do caderno, rodada do começo ao fim por um processo à parte, como se estivesse em `pasta`.

    Raises:
        ErroPoema: uma célula falhou.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    copia = deepcopy(caderno)
    onde = {"metadata": {"path": str(pasta)}}
    cliente = NotebookClient(copia, timeout=PRAZO, kernel_name="python3", resources=onde)
    try:
        cliente.execute(env={**os.environ, **ambiente})
    except CellExecutionError as erro:
        raise ErroPoema(f"uma célula de {relativo(TEXTO)} falhou: {erro.ename}: {erro.evalue}") from None
    return copia


def so_figuras(caderno: Any, com_saidas: Any) -> Any:
    """Uma cópia do caderno com as figuras que as células de mesmo código têm no outro."""
    import nbformat

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
    from PIL import Image

    imagem = Image.open(io.BytesIO(base64.b64decode(png)))
    if imagem.mode == "P":
        return png
    saida = io.BytesIO()
    imagem.convert("RGB").quantize(CORES).save(saida, "PNG", optimize=True)
    return base64.b64encode(saida.getvalue()).decode()


if __name__ == "__main__":
    executa(principal)
