"""Por dentro da escolha: as chances do próximo caractere e a surpresa com cada um de um poema."""

import html
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top import checkpoint, reservado
from poema_top.amostra import avisa_trocas
from poema_top.amostragem import Amostragem, Probabilidades, probabilidades
from poema_top.checkpoint import Checkpoint
from poema_top.comum import ErroPoema, decimal, executa, grava_atomico, relativo
from poema_top.motor import Logits, Motor
from poema_top.opcoes import inteiro_nao_negativo, inteiro_positivo, le_opcoes, opcao, temperatura
from poema_top.perda import Nats, surpresas

LARGURA = 16  # da barra, em caracteres
MUITO = 4.0  # nats: daqui para cima a cor é a mais forte (uma chance menor que 1 em 55)
_OITAVOS = " ▏▎▍▌▋▊▉"
_NOMES = {" ": "␣", "\n": "↵"}


@dataclass
class Opcoes:
    """As opções de `just explica`."""

    inicio: str = opcao("", "o texto já escrito", posicional=True)
    temperaturas: tuple[float, ...] = opcao((1.0, 0.6, 0.3), "as temperaturas das barras", type=temperatura)
    proximos: int = opcao(8, "quantos caracteres mostrar", type=inteiro_positivo)
    poema: Path | None = opcao(None, "colore o poema deste arquivo pela surpresa", type=Path)
    de_validacao: bool = opcao(False, "colore um poema que o modelo não viu no treino")
    html: Path | None = opcao(None, "grava a coloração como página", type=Path)
    semente: int = opcao(0, "sorteia o poema de --de-validacao", type=inteiro_nao_negativo)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


def barra(p: float) -> str:
    """Uma barra de blocos, em oitavos de caractere; nunca vazia se a chance não é zero."""
    oitavos = max(round(p * LARGURA * 8), int(p > 0))
    return ("█" * (oitavos // 8) + _OITAVOS[oitavos % 8]).rstrip()


def logits_depois_de(escolhido: Checkpoint, inicio: str) -> Logits:
    """Os logits [V] do caractere que segue o início."""
    motor, vocabulario = Motor(escolhido), escolhido.vocabulario
    logits = motor.avanca(np.array([vocabulario.id_separador], np.int32))
    for i in vocabulario.codifica(inicio):
        logits = motor.avanca(np.array([i], np.int32))
    unico: Logits = logits[0]
    return unico


def mostra_proximos(escolhido: Checkpoint, inicio: str, graus: tuple[float, ...], quantos: int) -> None:
    """As chances dos caracteres mais prováveis, uma coluna de barras por temperatura."""
    logits = logits_depois_de(escolhido, inicio)
    por_temperatura: list[Probabilidades] = [probabilidades(logits, Amostragem(t)) for t in graus]
    rotulos = (f"temperatura {t:g}".replace(".", ",") for t in graus)
    print(f"\ndepois de {inicio!r}:\n" + " " * 5 + "".join(f"{r:<{LARGURA + 9}}" for r in rotulos).rstrip())
    for i in np.argsort(-logits, kind="stable")[:quantos]:
        token = escolhido.vocabulario.tokens[i]
        colunas = "".join(
            f"{decimal(100 * float(p[i]), 1):>5} % {barra(float(p[i])):<{LARGURA + 2}}"
            for p in por_temperatura
        )
        print(f"  {_NOMES.get(token, token)}  {colunas}".rstrip())


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


def _poema(o: Opcoes, escolhido: Checkpoint) -> str:
    if o.poema is None:
        fora = reservado.textos(escolhido.ficha).validacao
        poema = fora[int(np.random.default_rng(o.semente).integers(len(fora)))]
    else:
        try:
            poema = o.poema.read_text(encoding="utf-8-sig").removesuffix("\n").removesuffix("\n@")
        except UnicodeDecodeError:
            raise ErroPoema(f"{o.poema} não está em UTF-8; converta-o.") from None
    aproveitado, trocas = escolhido.vocabulario.aproveita(poema)
    avisa_trocas(trocas)
    if not aproveitado:
        raise ErroPoema("o poema está vazio; ponha versos nele.")
    return aproveitado


def principal() -> None:
    """Mostra as chances do próximo caractere, e colore um poema pela surpresa do modelo."""
    o = le_opcoes(Opcoes, principal.__doc__)
    if o.poema and o.de_validacao:
        raise ErroPoema("escolha entre --poema e --de-validacao.")
    if o.html and not (o.poema or o.de_validacao):
        raise ErroPoema("--html grava um poema colorido; diga qual com --poema ou --de-validacao.")
    escolhido = checkpoint.le(o.modelo)
    print(f"modelo {relativo(escolhido.pasta)}")
    if o.inicio or not (o.poema or o.de_validacao):
        inicio, trocas = escolhido.vocabulario.aproveita(o.inicio)
        avisa_trocas(trocas)
        mostra_proximos(escolhido, inicio, o.temperaturas, o.proximos)
    if o.poema or o.de_validacao:
        poema = _poema(o, escolhido)
        (nats,) = surpresas(Motor(escolhido), escolhido.vocabulario, [poema])
        cores = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        legenda = f"média de {decimal(float(nats.mean()), 2)} nat por caractere"
        print(f"\n{no_terminal(poema, nats, cores=cores)}\n\n{legenda}")
        if o.html:
            grava_atomico(o.html, pagina(poema, nats, f"modelo {escolhido.nome}: {legenda}").encode())
            print(f"página em {relativo(o.html)}")


if __name__ == "__main__":
    executa(principal)
