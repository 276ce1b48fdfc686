"""Mostra o vocabulário de um arquivo de poemas."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from poema_top.base.arquivos import DATASET_PADRAO, relativo
from poema_top.base.erros import executa
from poema_top.base.numeros import milhar
from poema_top.base.opcoes import inteiro_nao_negativo, le_opcoes, opcao
from poema_top.base.visivel import visivel
from poema_top.texto.poemas import le_poemas
from poema_top.texto.vocabulario import Vocabulario


@dataclass
class Opcoes:
    """As opções de `just vocabulario`."""

    arquivo: Path = opcao(DATASET_PADRAO, "arquivo de poemas", type=Path, posicional=True)
    minusculas: bool = opcao(True, "passa o texto a minúsculas")
    terminador: bool = opcao(True, "conta o @ que fecha cada poema como um caractere")
    raros: int = opcao(100, "aponta como raro o que aparece menos que isto", type=inteiro_nao_negativo)


def principal() -> None:
    """Mostra o vocabulário de um arquivo de poemas: os caracteres, as contagens e os raros."""
    opcoes = le_opcoes(Opcoes, principal.__doc__)
    poemas = le_poemas(opcoes.arquivo)
    vocabulario = Vocabulario.de_poemas(poemas, minusculas=opcoes.minusculas, terminador=opcoes.terminador)
    contagem = Counter({vocabulario.separador: len(poemas)})
    for poema in poemas:
        contagem.update(vocabulario.normaliza(poema))
    total = contagem.total()
    print(f"{relativo(opcoes.arquivo)}: {len(vocabulario)} caracteres distintos")
    print("  " + "".join(map(_visivel, vocabulario.tokens)))
    print(f"\n  {milhar(total)} caracteres ao todo, do mais frequente ao mais raro:")
    nomes = {"\n": "fim de verso", " ": "espaço", vocabulario.terminador: "fim de poema"}
    for caractere, vezes in contagem.most_common():
        raro = "  raro" if vezes < opcoes.raros else ""
        parcela = f"{100 * vezes / total:.2f}".replace(".", ",")
        nome = nomes.get(caractere, "")
        print(f"  {_visivel(caractere)}  {milhar(vezes):>10}  {parcela:>6} %  {nome}{raro}".rstrip())


def _visivel(caractere: str) -> str:
    return {"\n": "↵", " ": "␣"}.get(caractere) or visivel(caractere)


if __name__ == "__main__":
    executa(principal)
