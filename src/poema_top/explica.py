"""Por dentro da escolha: as chances do próximo caractere e a surpresa com cada um de um poema."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top.avaliacao.coloracao import no_terminal, pagina
from poema_top.avaliacao.perda import surpresas
from poema_top.base.arquivos import grava_atomico, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import breve, decimal
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.sistema import terminal_com_cores
from poema_top.base.valores import inteiro_positivo, semente, temperatura
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem, Probabilidades, probabilidades
from poema_top.geracao.amostras import avisa_trocas
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.inicio import Inicio
from poema_top.geracao.motor import Motor
from poema_top.geracao.passo import Logits
from poema_top.texto import reservado

LARGURA = 16  # da barra, em caracteres
_OITAVOS = " ▏▎▍▌▋▊▉"


@dataclass
class Opcoes:
    """As opções de `just explica`."""

    inicio: str = opcao("", "o texto já escrito", posicional=True)
    temperaturas: tuple[float, ...] = opcao((1.0, 0.6, 0.3), "as temperaturas das barras", type=temperatura)
    proximos: int = opcao(8, "quantos tokens mostrar", type=inteiro_positivo)
    poema: Path | None = opcao(None, "colore o poema deste arquivo pela surpresa", type=Path)
    de_validacao: bool = opcao(False, "colore um poema que o modelo não viu no treino")
    html: Path | None = opcao(None, "grava a coloração como página", type=Path)
    semente: int = opcao(0, "sorteia o poema de --de-validacao", type=semente)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


def barra(p: float) -> str:
    """Uma barra de blocos, em oitavos de caractere; nunca vazia se a chance não é zero."""
    oitavos = max(round(p * LARGURA * 8), int(p > 0))
    return ("█" * (oitavos // 8) + _OITAVOS[oitavos % 8]).rstrip()


def logits_depois_de(treinado: Checkpoint, inicio: str) -> Logits:
    """Os logits [V] do token que segue o início, ou que continua a palavra em que ele para."""
    motor, falta = Motor(treinado), Inicio(inicio, treinado.vocabulario)
    logits = motor.avanca(np.array([treinado.vocabulario.id_separador], np.int32))
    while (i := falta.imposto) is not None:
        logits = motor.avanca(np.array([i], np.int32))
        falta.segue(i)
    return falta.limita(logits[0])


def mostra_proximos(treinado: Checkpoint, inicio: str, graus: tuple[float, ...], quantos: int) -> None:
    """As chances dos tokens mais prováveis, uma coluna de barras por temperatura."""
    logits = logits_depois_de(treinado, inicio)
    mais_provaveis = np.argsort(-logits, kind="stable")[:quantos]
    nomes = {i: _visivel(treinado.vocabulario.tokens[i]) for i in mais_provaveis if np.isfinite(logits[i])}
    largura = max(map(len, nomes.values()))
    por_temperatura: list[Probabilidades] = [probabilidades(logits, Amostragem(t)) for t in graus]
    rotulos = (f"temperatura {breve(t)}" for t in graus)
    margem = " " * (largura + 4)
    print(f"\ndepois de {inicio!r}:\n{margem}" + "".join(f"{r:<{LARGURA + 9}}" for r in rotulos).rstrip())
    for i, nome in nomes.items():
        colunas = "".join(
            f"{decimal(100 * float(p[i]), 1):>5} % {barra(float(p[i])):<{LARGURA + 2}}"
            for p in por_temperatura
        )
        print(f"  {nome:<{largura}}  {colunas}".rstrip())


def _visivel(token: str) -> str:
    return token.replace(" ", "␣").replace("\n", "↵")


def _poema(o: Opcoes, treinado: Checkpoint) -> str:
    if o.poema is None:
        fora = reservado.textos(treinado.ficha).validacao
        poema = fora[int(np.random.default_rng(o.semente).integers(len(fora)))]
    else:
        try:
            poema = o.poema.read_text(encoding="utf-8-sig").removesuffix("\n").removesuffix("\n@")
        except UnicodeDecodeError:
            raise ErroPoema(f"{relativo(o.poema)} não está em UTF-8; converta-o.") from None
    aproveitado, trocas = treinado.vocabulario.aproveita(poema)
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
    if o.html:
        prova_que_se_grava(o.html)
        if o.poema and o.html.exists() and o.html.samefile(o.poema):
            raise ErroPoema("--html gravaria por cima do --poema; dê-lhe outro nome.")
    treinado = checkpoint.le(o.modelo)
    print(f"modelo {relativo(treinado.pasta)}")
    if o.inicio or not (o.poema or o.de_validacao):
        inicio, trocas = treinado.vocabulario.aproveita(o.inicio)
        avisa_trocas(trocas)
        mostra_proximos(treinado, inicio, o.temperaturas, o.proximos)
    if o.poema or o.de_validacao:
        poema = _poema(o, treinado)
        (nats,) = surpresas(Motor(treinado), treinado.vocabulario, [poema])
        cores = terminal_com_cores()
        legenda = f"média de {decimal(float(nats.mean()), 2)} nat por caractere"
        print(f"\n{no_terminal(poema, nats, cores=cores)}\n\n{legenda}")
        if o.html:
            grava_atomico(o.html, pagina(poema, nats, f"modelo {treinado.nome}: {legenda}").encode())
            print(f"página em {relativo(o.html)}")


if __name__ == "__main__":
    executa(principal)
