"""Mostra no terminal o que um modelo escreve."""

from collections.abc import Sequence

from poema_top.base.numeros import decimal
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import escreve, poema
from poema_top.geracao.rascunhos import Rascunho, Revisor, escreve_rascunhos
from poema_top.geracao.sorteio import Sorteio, semente_nova

TEMPERATURAS = (0.3, 0.6, 0.9)
TAMANHO = 400


def avisa_trocas(trocas: dict[str, str]) -> None:
    """Conta a quem usa o que o modelo não conhecia no início pedido, e o que foi usado no lugar."""
    for desconhecido, usado in trocas.items():
        feito = f"usei {usado!r} no lugar" if usado else "deixei de fora"
        print(f"aviso: o modelo não conhece {desconhecido!r}; {feito}.")


def mostra_amostras(
    treinado: Checkpoint,
    amostragens: Sequence[Amostragem] = tuple(map(Amostragem, TEMPERATURAS)),
    *,
    inicio: str = "",
    tamanho: int = TAMANHO,
    semente: int | None = None,
    rascunhos: int = 1,
    mostra_rascunhos: bool = False,
) -> list[tuple[float, str]]:
    """Escreve um poema por temperatura; os mesmos números ao acaso em todas, para que só ela mude.

    Com vários rascunhos, mostra o melhor; e os outros, se pedido, com o que se achou deles.

    Returns:
        Cada temperatura, e o poema que se mostrou.
    """
    motor, vocabulario = Motor(treinado, rascunhos), treinado.vocabulario
    revisor = Revisor.de(treinado) if rascunhos > 1 else None
    if revisor and revisor.aviso:
        print(revisor.aviso)
    inicio, trocas = vocabulario.aproveita(inicio.lstrip())
    avisa_trocas(trocas)
    if semente is None:
        semente = semente_nova()
    maximo, mostrados = len(inicio) + tamanho, list[tuple[float, str]]()
    for amostragem in amostragens:
        print(f"\n── temperatura {decimal(amostragem.temperatura, 2).rstrip('0').rstrip(',')} " + "─" * 30)
        if revisor:
            escritos = escreve_rascunhos(
                motor, vocabulario, amostragem, semente, inicio=inicio, tamanho=maximo
            )
            ordenados = revisor.ordena(*escritos)
            texto = ordenados[0].texto
            print(texto)
            if mostra_rascunhos:
                _mostra_os_outros(ordenados)
        else:
            tokens = escreve(motor, vocabulario, amostragem, Sorteio(semente), inicio)
            texto = poema(tokens, vocabulario.terminador, maximo)
            print(texto)
        mostrados.append((amostragem.temperatura, texto))
    print(f"\n(semente {semente})")
    return mostrados


def _mostra_os_outros(ordenados: Sequence[Rascunho]) -> None:
    """As notas do escolhido, e cada um dos outros com a razão de ter perdido."""
    melhor = ordenados[0]
    print(f"\n   o melhor de {len(ordenados)}: {_notas(melhor)}")
    for lugar, rascunho in enumerate(ordenados[1:], 2):
        print(f"\n   {lugar}º: {rascunho.porque(melhor)} ({_notas(rascunho)})")
        print("\n".join(f"     {linha}".rstrip() for linha in rascunho.texto.split("\n")))


def _notas(rascunho: Rascunho) -> str:
    rimas = f"{decimal(100 * rascunho.rimas, 0)} % dos versos rimam"
    if rascunho.nota is None:
        return rimas
    nomes = ("gramática", "coerência", "beleza")
    ditas = (f"{nome} {decimal(valor, 1)}" for nome, valor in zip(nomes, rascunho.nota, strict=True))
    return ", ".join([*ditas, rimas])
