"""Amostras de um modelo treinado, a várias temperaturas."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import ate, inteiro_positivo, semente, temperatura
from poema_top.geracao import checkpoint
from poema_top.geracao.amostras import TAMANHO, TEMPERATURAS, mostra_amostras
from poema_top.geracao.cortes import Cortes
from poema_top.geracao.rascunhos import MAXIMO
from poema_top.texto import reservado


@dataclass(frozen=True)
class Opcoes(Cortes):
    """As opções de `just amostra`."""

    temperaturas: tuple[float, ...] = opcao(
        TEMPERATURAS, "temperaturas: baixa repete, alta inventa", type=temperatura
    )
    inicio: str = opcao("", "texto que o modelo continua (sem ele, o poema vem do nada)")
    de_validacao: bool = opcao(
        False, "continua um trecho sorteado de um poema que o modelo não viu no treino"
    )
    tamanho: int = opcao(TAMANHO, "máximo de caracteres por amostra", type=inteiro_positivo)
    rascunhos: int = opcao(1, "poemas escritos para mostrar o melhor", type=ate(MAXIMO))
    mostra_rascunhos: bool = opcao(False, "mostra também os outros, e por que perderam")
    semente: int | None = opcao(None, "repete o mesmo sorteio (padrão: um novo)", type=semente)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


def principal() -> None:
    """Mostra o que um modelo escreve, a várias temperaturas."""
    o = le_opcoes(Opcoes, principal.__doc__)
    if o.inicio and o.de_validacao:
        raise ErroPoema("escolha entre --inicio e --de-validacao.")
    if o.mostra_rascunhos and o.rascunhos == 1:
        raise ErroPoema("--mostra-rascunhos precisa de mais de um: peça-os com --rascunhos 16.")
    treinado = checkpoint.le(o.modelo)
    print(f"modelo {relativo(treinado.pasta)}")
    inicio = o.inicio
    if o.de_validacao:
        inicio = reservado.trecho_de_validacao(treinado.ficha, np.random.default_rng(o.semente))
        print(f"\n── início (de um poema que o modelo não viu) ──\n{inicio}".rstrip())
    mostra_amostras(
        treinado,
        [o.amostragem(t) for t in o.temperaturas],
        inicio=inicio,
        tamanho=o.tamanho,
        semente=o.semente,
        rascunhos=o.rascunhos,
        mostra_rascunhos=o.mostra_rascunhos,
    )


if __name__ == "__main__":
    executa(principal)
