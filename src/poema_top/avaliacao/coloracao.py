"""Um poema colorido pela surpresa do modelo, no terminal ou numa página."""

import html

from poema_top.base.nats import Nats
from poema_top.base.numeros import decimal

MUITO = 4.0  # nats: daqui para cima a cor é a mais forte (uma chance menor que 1 em 55)


def _cor(nats: float) -> tuple[int, int, int]:
    """De branco (esperado) a vermelho-tijolo (surpresa de `MUITO` nats ou mais)."""
    forca = min(max(nats, 0.0) / MUITO, 1.0)
    r, g, b = (round(255 + forca * (alvo - 255)) for alvo in (196, 62, 40))
    return r, g, b


def no_terminal(poema: str, nats: Nats, *, cores: bool) -> str:
    """O poema com o fundo colorido pela surpresa; sem cores, a média de cada verso ao lado."""
    if cores:
        partes = []
        for caractere, surpresa in zip(poema, nats, strict=False):
            r, g, b = _cor(float(surpresa))
            partes.append(caractere if caractere == "\n" else f"\x1b[30;48;2;{r};{g};{b}m{caractere}\x1b[0m")
        return "".join(partes)
    linhas, comeco = [], 0
    for verso in poema.split("\n"):
        trecho = nats[comeco : comeco + len(verso)]
        linhas.append(f"{decimal(float(trecho.mean()), 2):>6}  {verso}" if verso else "")
        comeco += len(verso) + 1
    return "\n".join(linhas)


def pagina(poema: str, nats: Nats, legenda: str) -> str:
    """O poema numa página HTML, com o fundo de cada caractere pela surpresa; ao apontar, os nats dele."""
    partes = []
    for caractere, surpresa in zip([*poema, "@"], nats, strict=True):
        r, g, b = _cor(float(surpresa))
        visivel = {"\n": "↵", "@": "∎"}.get(caractere, html.escape(caractere))
        dica = f"{decimal(float(surpresa), 2)} nat"
        partes.append(f'<span style="background:rgb({r},{g},{b})" title="{dica}">{visivel}</span>')
        partes.append("\n" if caractere == "\n" else "")
    escala = ", ".join(f"rgb{_cor(MUITO * i / 4)}" for i in range(5))
    return f"""<!doctype html>
<html lang="pt-BR">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Surpresa</title>
<style>
body {{ font: 18px/1.5 Georgia, serif; margin: 2rem; color: #222; background: #fff }}
pre {{ font: 20px/1.7 monospace; margin: 0 0 1.5rem; white-space: pre-wrap }}
i {{ display: inline-block; width: 9rem; height: .8rem; margin: 0 .5rem;
    background: linear-gradient(to right, {escala}) }}
</style>
<pre>{"".join(partes)}</pre>
<p>0<i></i>{decimal(MUITO, 0)} nats ou mais</p>
<p>{html.escape(legenda)}</p>
</html>
"""
