"""Um modelo gravado continua a escrever os poemas que escrevia, por mais que o código mude.

Os versos são de quando os tokens eram só caracteres. Quem trocar o modelo que vem com o projeto os refaz com
`just amostra`.
"""

import pytest

from conftest import RAIZ
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import escreve, poema
from poema_top.geracao.sorteio import Sorteio

ESCRITOS = {
    ("", 0.6, 1): (
        "o amor é uma casa pequena,\ntem um barco no chão.\na nuvem se acordava\nde prata e de calor.\n\n"
        "o vento trouxe o mar\ne ficou a vir abrir.\na flor ficou para casa\ne a praia não me quis falar."
    ),
    ("o mar", 0.8, 7): (
        "o mar é feito de chuva,\no sol se ouve de manhã.\ndorme, menino, dorme,\nme chama de mim.\n\n"
        "a voz da noite é fria,\na luz sonha com sua flor.\na onda leva a tristeza\ne a árvore não dançar."
    ),
}


@pytest.mark.parametrize("pedido", ESCRITOS)
def test_o_padrao_escreve_os_mesmos_poemas(pedido: tuple[str, float, int]) -> None:
    inicio, temperatura, semente = pedido
    padrao = checkpoint.le(RAIZ / "modelos_treinados" / "padrao")
    v = padrao.vocabulario
    tokens = escreve(Motor(padrao), v, Amostragem(temperatura), Sorteio(semente), inicio)
    assert poema(tokens, v.terminador) == ESCRITOS[pedido]
