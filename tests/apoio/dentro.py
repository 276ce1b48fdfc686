"""«Ver por dentro» nos testes: abri-lo como um leitor, e o que o Python diz do mesmo poema."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from playwright.sync_api import Page

from apoio.servidor import Servidor
from conftest import espera_que
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem, escolhe, probabilidades
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import Poema
from poema_top.geracao.sorteio import Sorteio, numeros

LINK = "#meu?inicio=o+s&temperatura=0.7&semente="


def abre(pagina: Page, s: Servidor, semente: int = 5) -> str:
    """Um poema próprio, visto por dentro; devolve o texto dele."""
    pagina.goto(f"{s.http}{LINK}{semente}")
    pagina.locator("#meu[data-fase=pronto]").wait_for()
    pagina.locator("#meu").get_by_role("button", name="ver por dentro").click()
    pronto(pagina)
    return pagina.locator("#meus-versos").text_content() or ""


def pronto(pagina: Page) -> None:
    pagina.locator("#dentro[data-fase=pronto]").wait_for()


def ids(pagina: Page) -> list[int]:
    """Os tokens do poema que está na tela."""
    return [int(i) for i in pagina.evaluate("porDentro.leitura.ids")]


def sem_violacoes(pagina: Page) -> None:
    """Nada do axe, com as cores já paradas, e nada passa da largura da tela."""
    espera_que(pagina, "document.getAnimations().every((a) => !(a instanceof CSSTransition))")
    achado = Axe().run(pagina)
    assert achado.violations_count == 0, achado.generate_report()
    assert len(achado.response["passes"]) > 10
    assert pagina.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert pagina.evaluate("dentro.scrollWidth - dentro.clientWidth") <= 0


@dataclass
class Ponto:
    """Antes de um token, os logits [V]; depois dele, o estado de todas as camadas, uma atrás da outra."""

    logits: NDArray[Any]
    estado: NDArray[Any]


class Rede:
    """A mesma rede, pelo LiteRT."""

    def __init__(self, pasta: Path) -> None:
        self.treinado = checkpoint.le(pasta)
        self.vocabulario = self.treinado.vocabulario
        self.motor = Motor(self.treinado)

    def _le(self, token: int) -> NDArray[Any]:
        return self.motor.avanca(np.array([token], np.int32))[0]

    def pontos(self, tokens: Sequence[int]) -> list[Ponto]:
        self.motor.zera()
        logits, pontos = self._le(self.vocabulario.id_separador), []
        for token in tokens:
            depois = self._le(token)
            pontos.append(Ponto(logits, np.concatenate([e[0] for e in self.motor.estados])))
            logits = depois
        return [*pontos, Ponto(logits, np.empty(0))]

    def chances(self, logits: NDArray[Any], temperatura: float) -> NDArray[np.float64]:
        return probabilidades(logits, Amostragem(temperatura))

    def escreve(
        self, semente: int, temperatura: float, impostos: Sequence[int] = (), maximo: int = 1000
    ) -> Iterator[int]:
        """Um poema, token a token, com os primeiros impostos: o número n da semente é o do token n."""
        self.motor.zera()
        tokens, poema, lido = self.vocabulario.tokens, Poema(self.vocabulario.terminador, maximo), -1
        for n in count():
            logits = self._le(lido if n else self.vocabulario.id_separador)
            acaso = numeros([Sorteio(semente)], np.array([n]))
            p = self.chances(logits[None], temperatura)
            lido = impostos[n] if n < len(impostos) else int(escolhe(p, acaso)[0])
            poema.recebe(tokens[lido])
            yield lido
            if poema.acabou:
                return

    def texto(self, tokens: Sequence[int]) -> str:
        return "".join(self.vocabulario.tokens[i] for i in tokens).removesuffix("@")
