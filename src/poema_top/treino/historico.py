"""O histórico do treino, época a época: a tabela e a curva."""

import csv
import io
from dataclasses import astuple, dataclass, fields

from matplotlib.ticker import MaxNLocator

from poema_top.base.figura import com_virgula, png
from poema_top.base.figura import eixo as novo_eixo

CORES = ("#8a8f98", "#b3432b")


@dataclass(frozen=True)
class Epoca:
    """Uma linha de `historico.csv`."""

    epoca: int
    segundos: float  # desde o começo do treino
    taxa_aprendizado: float
    treino_nats: float  # por caractere, ao longo da época
    validacao_nats: float  # por caractere, no fim da época
    caracteres_por_segundo: float  # de treino, sem a validação


def como_csv(epocas: list[Epoca]) -> bytes:
    """O conteúdo de `historico.csv`."""
    saida = io.StringIO()
    tabela = csv.writer(saida, lineterminator="\n")
    tabela.writerow([campo.name for campo in fields(Epoca)])
    tabela.writerows([f"{v:.6g}" for v in astuple(epoca)] for epoca in epocas)
    return saida.getvalue().encode()


def como_png(epocas: list[Epoca], nome: str) -> bytes:
    """A curva de perda: treino e validação, em nats por caractere, e a melhor época marcada."""
    x = [float(epoca.epoca) for epoca in epocas]
    series = {
        "treino": (x, [e.treino_nats for e in epocas]),
        "validação": (x, [e.validacao_nats for e in epocas]),
    }
    return curvas(series, "época", f"Perda de {nome}")


def curvas(series: dict[str, tuple[list[float], list[float]]], eixo_x: str, titulo: str) -> bytes:
    """Duas curvas em PNG, em nats por caractere; o mínimo da segunda é escrito no gráfico.

    Args:
        series: nome -> (x, nats).
        eixo_x: o que é x.
        titulo: o do gráfico.
    """
    figura, eixo = novo_eixo(titulo, eixo_x, "nats por caractere")
    for (nome, (x, nats)), cor in zip(series.items(), CORES, strict=False):
        eixo.plot(x, nats, color=cor, marker=".", label=nome)
        if nome != "treino":
            melhor = min(range(len(x)), key=nats.__getitem__)
            eixo.annotate(
                f"{nats[melhor]:.3f}".replace(".", ","),
                (x[melhor], nats[melhor]),
                textcoords="offset points",
                xytext=(0, 9),
                ha="center",
                color=cor,
            )
    eixo.xaxis.set_major_locator(MaxNLocator(integer=True))
    eixo.yaxis.set_major_formatter(com_virgula("{:.2f}"))
    eixo.margins(y=0.12)
    if all(len(nats) > 2 for _, nats in series.values()):  # o começo, de quem nada sabe, achataria o resto
        eixo.set_ylim(top=1.05 * max(nats[1] for _, nats in series.values()))
    return png(figura, eixo)
