"""O que cada regra mudou num texto, letra por letra: nada sai sem ser contado."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest

Letras = Counter[str]


def letras(texto: str) -> Letras:
    """As letras de um texto, contadas; espaços, sinais e algarismos não são letras."""
    return Counter(filter(str.isalpha, texto))


@dataclass
class Conta:
    """O que uma regra fez.

    Attributes:
        textos: quantos poemas (ou arquivos) ela mudou ou descartou.
        tiradas: as letras que saíram.
        postas: as que entraram (de "&" a "e", por exemplo).
        exemplo: o primeiro caso, o que havia e o que ficou.
    """

    textos: int = 0
    tiradas: Letras = field(default_factory=Counter)
    postas: Letras = field(default_factory=Counter)
    exemplo: tuple[str, str] = ("", "")


class Contas(dict[str, Conta]):
    """Regra -> o que ela fez, na ordem em que apareceram."""

    def aplica(self, regra: str, muda: Callable[[str], str], texto: str) -> str:
        """O texto mudado pela regra, com a mudança anotada."""
        novo = muda(texto)
        if novo != texto:
            self.anota(regra, texto, novo)
        return novo

    def anota(self, regra: str, antes: str, depois: str, exemplo: str = "") -> None:
        """Anota que a regra trocou um texto por outro ("" é descartá-lo, e o exemplo é como veio)."""
        conta = self.setdefault(regra, Conta())
        conta.textos += 1
        havia, ficou = letras(antes), letras(depois)
        conta.tiradas += havia - ficou
        conta.postas += ficou - havia
        if conta.textos == 1:
            conta.exemplo = diferenca(exemplo or antes, depois)

    def soma(self, outras: "Contas") -> None:
        """Junta as contas de mais um texto: cada regra o conta uma vez só, por mais que o tenha mudado."""
        for regra, outra in outras.items():
            conta = self.setdefault(regra, Conta(exemplo=outra.exemplo))
            conta.textos += 1
            conta.tiradas += outra.tiradas
            conta.postas += outra.postas

    @property
    def tiradas(self) -> Letras:
        """Todas as letras que saíram, por qualquer regra."""
        return sum((conta.tiradas for conta in self.values()), Letras())

    @property
    def postas(self) -> Letras:
        """Todas as que entraram."""
        return sum((conta.postas for conta in self.values()), Letras())


def diferenca(antes: str, depois: str) -> tuple[str, str]:
    """A primeira linha em que dois textos diferem: a de antes, e a de depois."""
    if not depois.strip():
        return next((linha for linha in antes.split("\n") if linha.strip()), antes[:80]), ""
    velhas, novas = antes.split("\n"), depois.split("\n")
    comeco = next((i for i, (a, b) in enumerate(zip_longest(velhas, novas)) if a != b), 0)
    velhas, novas = velhas[comeco : comeco + 200], novas[comeco : comeco + 200]
    for _, i, j, k, m in SequenceMatcher(None, velhas, novas, autojunk=False).get_opcodes():
        if velhas[i:j] != novas[k:m]:
            de = next((x for x in velhas[i:j] if x.strip()), "")
            return de, " / ".join(x for x in novas[k:m] if x.strip())
    return "", ""
