"""O histórico do treino, época a época: a tabela e a curva."""

import csv
import io
import math
from dataclasses import astuple, dataclass, fields

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


@dataclass(frozen=True)
class Epoca:
    """Uma linha de `historico.csv`."""

    epoca: int
    segundos: float  # desde o começo do treino
    taxa_aprendizado: float
    treino_nats: float  # por caractere, média ao longo da época
    validacao_nats: float  # por caractere, no fim da época
    caracteres_por_segundo: float  # de treino, sem a validação


def bits(nats: float) -> float:
    """De nats a bits: ln 2 nats são um bit."""
    return nats / math.log(2)


def perplexidade(nats: float) -> float:
    """Entre quantos caracteres igualmente prováveis o modelo hesita: e^nats (= 2^bits)."""
    return math.exp(min(nats, 700.0))


def como_csv(epocas: list[Epoca]) -> bytes:
    """O conteúdo de `historico.csv`."""
    saida = io.StringIO()
    tabela = csv.writer(saida, lineterminator="\n")
    tabela.writerow([campo.name for campo in fields(Epoca)])
    tabela.writerows([f"{v:.6g}" for v in astuple(epoca)] for epoca in epocas)
    return saida.getvalue().encode()


def como_png(epocas: list[Epoca], nome: str) -> bytes:
    """A curva de perda: treino e validação, em nats por caractere, e a melhor época marcada."""
    figura = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figura)
    eixo = figura.subplots()
    x = [epoca.epoca for epoca in epocas]
    eixo.plot(x, [e.treino_nats for e in epocas], color="#8a8f98", marker=".", label="treino")
    eixo.plot(x, [e.validacao_nats for e in epocas], color="#b3432b", marker=".", label="validação")
    melhor = min(epocas, key=lambda e: e.validacao_nats)
    eixo.annotate(
        f"{melhor.validacao_nats:.3f}".replace(".", ","),
        (melhor.epoca, melhor.validacao_nats),
        textcoords="offset points",
        xytext=(0, 9),
        ha="center",
        color="#b3432b",
    )
    eixo.set(xlabel="época", ylabel="nats por caractere", title=f"Perda de {nome}")
    eixo.xaxis.set_major_locator(MaxNLocator(integer=True))
    eixo.yaxis.set_major_formatter(lambda valor, _: f"{valor:.2f}".replace(".", ","))
    eixo.margins(y=0.12)
    if len(epocas) > 2:  # a primeira época, de quem nada sabe, achataria o resto
        eixo.set_ylim(top=1.03 * max(epocas[0].validacao_nats, epocas[1].treino_nats))
    eixo.grid(alpha=0.25)
    eixo.legend(frameon=False)
    for lado in ("top", "right"):
        eixo.spines[lado].set_visible(False)
    saida = io.BytesIO()
    figura.savefig(saida, dpi=110)
    return saida.getvalue()
