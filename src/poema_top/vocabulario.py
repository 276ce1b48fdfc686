"""Mostra o vocabulário de um arquivo de poemas."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from poema_top.base.arquivos import DATASET_PADRAO, relativos
from poema_top.base.erros import executa
from poema_top.base.numeros import decimal, milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import inteiro_nao_negativo, inteiro_positivo
from poema_top.base.visivel import visivel
from poema_top.texto.pedacos import DO_TEXTO
from poema_top.texto.poemas import le_poemas
from poema_top.texto.vocabulario import Vocabulario

MOSTRADOS = 20  # dos mais comuns, e dos mais raros, quando são tokens demais para uma lista


@dataclass
class Opcoes:
    """As opções de `just vocabulario`."""

    arquivo: tuple[Path, ...] = opcao(
        (DATASET_PADRAO,), "arquivos de poemas, contados como um só", type=Path, posicional=True, nargs="*"
    )
    tokens: str = opcao("caracteres", "em que se corta o texto", choices=tuple(DO_TEXTO))
    max_vocabulario: int | None = opcao(
        None, "quantos tokens ter; os pedaços mais raros se escrevem letra por letra", type=inteiro_positivo
    )
    minusculas: bool = opcao(True, "passa o texto a minúsculas")
    terminador: bool = opcao(True, "conta o @ que fecha cada poema como um token")
    raros: int = opcao(100, "aponta como raro o que aparece menos que isto", type=inteiro_nao_negativo)


def principal() -> None:
    """Mostra o vocabulário de um arquivo de poemas: os tokens, as contagens e os raros."""
    o = le_opcoes(Opcoes, principal.__doc__)
    poemas = [poema for arquivo in o.arquivo for poema in le_poemas(arquivo)]
    vocabulario = Vocabulario.de_poemas(
        poemas,
        minusculas=o.minusculas,
        terminador=o.terminador,
        tipo=DO_TEXTO[o.tokens],
        maximo=o.max_vocabulario,
    )
    vezes = [0] * len(vocabulario)
    vezes[vocabulario.id_separador] = len(poemas)
    for poema in poemas:
        for i, n in Counter(vocabulario.codifica(poema).tolist()).items():
            vezes[i] += n
    total, letras = sum(vezes), int(vocabulario.letras @ vezes)
    print(f"{relativos(o.arquivo)}: {milhar(len(vocabulario))} tokens distintos ({o.tokens})")
    caracteres = [token for token in vocabulario.tokens if len(token) == 1]
    print(f"  {len(caracteres)} de um caractere: " + "".join(map(_visivel, caracteres)))
    por_token = f", {decimal(letras / total, 2)} letras em cada um" if letras > total else ""
    print(f"\n  {milhar(total)} tokens ao todo{por_token}, do mais frequente ao mais raro:")
    ordem = sorted(range(len(vezes)), key=lambda i: (-vezes[i], i))
    longa = len(ordem) > 5 * MOSTRADOS
    for i in ordem[:MOSTRADOS] if longa else ordem:
        print(_linha(vocabulario, i, vezes[i], total, o.raros))
    if longa:
        print(f"  … e mais {milhar(len(ordem) - 2 * MOSTRADOS)} …")
        for i in ordem[-MOSTRADOS:]:
            print(_linha(vocabulario, i, vezes[i], total, o.raros))


def _linha(vocabulario: Vocabulario, i: int, vezes: int, total: int, raros: int) -> str:
    nomes = {"\n": "fim de verso", " ": "espaço", vocabulario.terminador: "fim de poema"}
    token = vocabulario.tokens[i]
    nome, raro = nomes.get(token, ""), "  raro" if vezes < raros else ""
    largura = 1 if len(vocabulario.letras) == vocabulario.letras.sum() else 12
    parcela = f"{decimal(100 * vezes / total, 2):>6} %"
    return f"  {_visivel(token):<{largura}}  {milhar(vezes):>10}  {parcela}  {nome}{raro}".rstrip()


def _visivel(token: str) -> str:
    return "".join({"\n": "↵", " ": "␣"}.get(c) or visivel(c) for c in token)


if __name__ == "__main__":
    executa(principal)
