"""Treina um modelo: dos poemas à pasta em modelos_treinados/."""

from poema_top.base import interrupcao
from poema_top.base.erros import executa
from poema_top.base.opcoes import le_opcoes
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.preparo import Treina, padroes, roda


def principal() -> None:
    """Treina um modelo nos poemas de um arquivo, ou de vários, e guarda o melhor em modelos_treinados/."""
    roda(le_opcoes(Configuracao, principal.__doc__, padroes=padroes), _da_receita)


def _da_receita(c: Configuracao) -> Treina:
    with interrupcao.carregando():
        if c.receita == "classica":
            from poema_top.medicao.original.treino import treina
        else:
            from poema_top.treino.laco import treina
    return treina


if __name__ == "__main__":
    executa(principal)
