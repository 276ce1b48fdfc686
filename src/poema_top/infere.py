"""Geração sem fim no terminal, em ritmo de leitura."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import breve
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import ate, inteiro_nao_negativo, nao_negativo, semente, temperatura
from poema_top.geracao import checkpoint
from poema_top.geracao.amostras import avisa_trocas
from poema_top.geracao.cortes import Cortes
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import RITMO, SEPARACAO, TEMPERATURA, em_ritmo, escreve
from poema_top.geracao.rascunhos import MAXIMO, Revisor, melhores
from poema_top.geracao.sorteio import Sorteio, semente_nova


@dataclass(frozen=True)
class Opcoes(Cortes):
    """As opções de `just infere`."""

    inicio: str | None = opcao(None, "texto que o modelo continua (vazio: do nada)")
    temperatura: float | None = opcao(
        None, f"baixa repete, alta inventa (padrão: {breve(TEMPERATURA)})", type=temperatura
    )
    ritmo: float = opcao(RITMO, "caracteres por segundo; 0 é o mais depressa que der", type=nao_negativo)
    tamanho: int = opcao(0, "para depois de tantos caracteres; 0 não para", type=inteiro_nao_negativo)
    rascunhos: int = opcao(1, "poemas escritos para mostrar o melhor", type=ate(MAXIMO))
    semente: int | None = opcao(None, "repete o mesmo sorteio (padrão: um novo)", type=semente)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


def _pergunta(texto: str) -> str:
    try:
        return input(texto)
    except EOFError:
        return ""


def _completa(o: Opcoes) -> tuple[str, float]:
    """O início e a temperatura: os dados, os perguntados (num terminal) ou os padrões."""
    inicio, graus = o.inicio, o.temperatura
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if inicio is None:
        inicio = _pergunta("início (vazio para um poema do nada): ") if terminal else ""
    if graus is None:
        resposta = _pergunta(f"temperatura (vazio para {breve(TEMPERATURA)}): ") if terminal else ""
        try:
            graus = temperatura(resposta) if resposta.strip() else TEMPERATURA
        except argparse.ArgumentTypeError as erro:
            raise ErroPoema(f"a temperatura {erro}.") from None
    return inicio, graus


def _letras(poemas: Iterator[str], separador: str) -> Iterator[str]:
    """Os poemas letra a letra, com o separador depois de cada um."""
    for poema in poemas:
        yield from poema
        yield separador


def principal() -> None:
    """Escreve poema atrás de poema no terminal até Ctrl-C."""
    o = le_opcoes(Opcoes, principal.__doc__)
    treinado = checkpoint.le(o.modelo)
    inicio, graus = _completa(o)
    inicio, trocas = treinado.vocabulario.aproveita(inicio)
    avisa_trocas(trocas)
    print(f"modelo {relativo(treinado.pasta)}; Ctrl-C encerra\n", flush=True)
    semeado = semente_nova() if o.semente is None else o.semente
    motor, amostragem = Motor(treinado, o.rascunhos), o.amostragem(graus)
    if o.rascunhos > 1:
        revisor = Revisor.de(treinado)
        if revisor.aviso:
            print(f"{revisor.aviso}\n", flush=True)
        tokens = _letras(
            melhores(motor, treinado.vocabulario, amostragem, semeado, revisor=revisor, inicio=inicio),
            treinado.vocabulario.separador,
        )
    else:
        tokens = escreve(motor, treinado.vocabulario, amostragem, Sorteio(semeado), inicio)
    terminador = treinado.vocabulario.terminador
    escritos = 0
    try:
        for token in em_ritmo(tokens, o.ritmo):
            cabe = token[: o.tamanho - escritos] if o.tamanho else token
            sys.stdout.write(SEPARACAO if token == terminador else cabe)
            if o.ritmo:
                sys.stdout.flush()
            escritos += len(cabe)
            if o.tamanho and escritos >= o.tamanho:
                break
    except KeyboardInterrupt:
        pass  # é assim que se encerra
    print()


if __name__ == "__main__":
    executa(principal, interrompido=0)
