"""Treina um modelo: dos poemas à pasta em modelos_treinados/."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from poema_top.base import interrupcao
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.servidor.lugar import Lugar
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.noticias import Conta, a_ninguem
from poema_top.treino.preparo import Treina, padroes, roda


@dataclass(frozen=True)
class Opcoes(Configuracao, Lugar):
    """As opções de `just treina`."""

    ao_vivo: bool = opcao(
        False, "abre uma página em que se vê o treino: a curva, os versos, o tempo (--porta, --endereco)"
    )


def principal() -> None:
    """Treina um modelo nos poemas de um arquivo, ou de vários, e guarda o melhor em modelos_treinados/."""
    o = le_opcoes(Opcoes, principal.__doc__, padroes=padroes)
    if not o.ao_vivo and (o.porta, o.endereco) != (Lugar.porta, Lugar.endereco):
        raise ErroPoema("--porta e --endereco são da página do treino: junte --ao-vivo.")
    with _quem_assiste(o) as conta:
        roda(Configuracao.de(o), _da_receita, conta=conta)


def _quem_assiste(o: Opcoes) -> AbstractContextManager[Conta]:
    """A quem o treino conta o que acontece; só quem o quer ver espera que o servidor se carregue."""
    if not o.ao_vivo:
        return nullcontext(a_ninguem)
    from poema_top.servidor.palco import no_ar

    return no_ar(o)


def _da_receita(c: Configuracao) -> Treina:
    with interrupcao.carregando():
        if c.receita == "classica":
            from poema_top.medicao.original.treino import treina
        else:
            from poema_top.treino.laco import treina
    return treina


if __name__ == "__main__":
    executa(principal)
