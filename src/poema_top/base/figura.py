"""O jeito de todos os gráficos do projeto; o matplotlib só é importado por quem desenha um."""

import io
from typing import Any


def eixo(titulo: str, x: str, y: str) -> tuple[Any, Any]:
    """Uma figura e o eixo dela, com título e rótulos, sem moldura em cima nem à direita."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figura = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figura)
    novo = figura.subplots()
    novo.set(xlabel=x, ylabel=y, title=titulo)
    novo.grid(alpha=0.25)
    for lado in ("top", "right"):
        novo.spines[lado].set_visible(False)
    return figura, novo


def com_virgula(formato: str) -> Any:
    """Escreve os números de um eixo com a vírgula decimal: "{:.2f}"."""
    return lambda valor, _: formato.format(valor).replace(".", ",")


def png(figura: Any, eixo: Any) -> bytes:
    """A figura, com a legenda, como arquivo PNG."""
    eixo.legend(frameon=False)
    saida = io.BytesIO()
    figura.savefig(saida, dpi=110)
    return saida.getvalue()
