"""As figuras da avaliação: a qualidade contra a temperatura e a perda contra a posição."""

from collections.abc import Mapping, Sequence

from poema_top.avaliacao.qualidade import Qualidade, faixa_util
from poema_top.base.figura import com_virgula, png
from poema_top.base.figura import eixo as novo_eixo

CORES = ("#b3432b", "#2f6f8f", "#7a8b3c", "#8a5a9e", "#c08a2e", "#4a4f57")


def de_qualidade(modelos: Mapping[str, tuple[Sequence[Qualidade], Qualidade]]) -> bytes:
    """Palavras inválidas sobem, versos copiados descem; no meio, a faixa útil."""
    figura, eixo = novo_eixo("Entre o plágio e o delírio", "temperatura", "%")
    for (nome, (medidas, real)), cor in zip(modelos.items(), CORES * len(modelos), strict=False):
        ordem = sorted(medidas, key=lambda q: q.temperatura or 0.0)
        x = [q.temperatura or 0.0 for q in ordem]
        invalidas = [100 * q.palavras_invalidas for q in ordem]
        copiados = [100 * q.versos_copiados for q in ordem]
        eixo.plot(x, invalidas, color=cor, marker=".", label=f"{nome}: palavras inválidas")
        eixo.plot(x, copiados, color=cor, marker=".", ls="--", label=f"{nome}: versos copiados")
        if faixa := faixa_util(medidas, real):
            eixo.axvspan(*faixa, color=cor, alpha=0.1, lw=0, label=f"{nome}: faixa útil")
    eixo.set_ylim(bottom=0)
    eixo.xaxis.set_major_formatter(com_virgula("{:g}"))
    return png(figura, eixo)


def de_posicao(modelos: Mapping[str, Sequence[float]]) -> bytes:
    """A perda em cada posição do poema, em nats."""
    figura, eixo = novo_eixo("Onde o modelo hesita", "posição no poema", "nats por caractere")
    for (nome, nats), cor in zip(modelos.items(), CORES * len(modelos), strict=False):
        eixo.plot(range(1, len(nats) + 1), nats, color=cor, lw=1.2, label=nome)
    eixo.set_ylim(bottom=0)
    eixo.yaxis.set_major_formatter(com_virgula("{:.1f}"))
    return png(figura, eixo)
