"""Mostra no terminal o que um modelo escreve."""

from poema_top.base.numeros import decimal
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import escreve, poema
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
    temperaturas: tuple[float, ...] = TEMPERATURAS,
    *,
    inicio: str = "",
    tamanho: int = TAMANHO,
    top_k: int = 0,
    top_p: float = 1.0,
    semente: int | None = None,
) -> None:
    """Escreve um poema por temperatura; o mesmo sorteio em todas, para que só ela mude."""
    motor, vocabulario = Motor(treinado), treinado.vocabulario
    inicio, trocas = vocabulario.aproveita(inicio.lstrip())
    avisa_trocas(trocas)
    if semente is None:
        semente = semente_nova()
    for t in temperaturas:
        tokens = escreve(motor, vocabulario, Amostragem(t, top_k, top_p), Sorteio(semente), inicio)
        print(f"\n── temperatura {decimal(t, 2).rstrip('0').rstrip(',')} " + "─" * 30)
        print(poema(tokens, vocabulario.terminador, len(inicio) + tamanho))
    print(f"\n(semente {semente})")
