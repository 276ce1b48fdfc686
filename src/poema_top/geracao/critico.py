"""O crítico: lê um poema e lhe dá notas, como as de um leitor severo; só NumPy, em menos de um milésimo.

Uma rede pequena olha cada palavra com as vizinhas, resume cada verso pelo maior e pela média do que viu, e
diz se ele está quebrado e se é bom. As notas do poema são uma conta linear do que se disse dos versos e do
que só se vê no poema inteiro.

    a = relu(traços W1 + b1)                            [T, H], por marca
    verso = [max a, média a] W2 + b2                    [V, 2]: chance de quebrado, chance de bom
    notas = [resumo dos versos, gerais] W3 + b3         [P, 3]: gramática, coerência, beleza
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from poema_top.base.arquivos import PASTA_MODELOS
from poema_top.base.vetores import Vetor, grava_vetores, le_vetores
from poema_top.geracao.tracos import ORDEM_CLASSES, ORDEM_PALAVRAS, Leitor, Lidos
from poema_top.texto.ngramas import Inteiros, Ngramas

ARQUIVO = PASTA_MODELOS / "critico" / "critico.npz"
CONSERTO = "refaça-o com: just critica"
LONGE = 6.0  # desvios da média: um traço mais longe que isto não diz mais
_DA_LINGUA = ("palavras", "classes", "sintaxe", "tema")
_NGRAMAS = (("seguidas", ORDEM_PALAVRAS), ("classes_seguidas", ORDEM_CLASSES))


class Nota(NamedTuple):
    """As notas de um poema, de 0 a 10."""

    gramatica: float
    coerencia: float
    beleza: float

    @property
    def geral(self) -> float:
        """A que ordena os rascunhos: a coerência vale dobrado, porque varia menos."""
        return (self.gramatica + 2 * self.coerencia + self.beleza) / 4


class Rede(NamedTuple):
    """Os pesos.

    Attributes:
        media: [D], a de cada traço.
        desvio: [D], o padrão.
        w1: [D, H].
        b1: [H].
        w2: [2H, 2].
        b2: [2].
        w3: [7 + 6, 3], do resumo e dos gerais às notas.
        b3: [3].
        erro: [3], a raiz do erro quadrático médio de cada nota, em poemas que ele não leu.
    """

    media: Vetor
    desvio: Vetor
    w1: Vetor
    b1: Vetor
    w2: Vetor
    b2: Vetor
    w3: Vetor
    b3: Vetor
    erro: Vetor

    def versos(self, lidos: Lidos) -> Vetor:
        """O que se diz de cada verso, [V, 2]."""
        x = normaliza(lidos.tracos, self.media, self.desvio)
        tamanhos = np.diff(np.append(lidos.versos, len(x)))[:, None]
        a = np.maximum(x @ self.w1 + self.b1, 0)
        maior = np.maximum.reduceat(a, lidos.versos)
        media = np.add.reduceat(a, lidos.versos) / tamanhos
        versos: Vetor = np.concatenate([maior, media], axis=1) @ self.w2 + self.b2
        return versos

    def notas(self, lidos: Lidos) -> Vetor:
        """As de cada poema, [P, 3]."""
        resumo = resume(self.versos(lidos), lidos.poemas)
        notas: Vetor = np.concatenate([resumo, lidos.gerais], axis=1) @ self.w3 + self.b3
        return notas


def normaliza(tracos: Vetor, media: Vetor, desvio: Vetor) -> Vetor:
    """Os traços com média 0 e desvio 1, sem os muito distantes."""
    normais: Vetor = np.clip((tracos - media) / desvio, -LONGE, LONGE).astype(np.float32)
    return normais


def resume(versos: Vetor, poemas: Inteiros) -> Vetor:
    """De [V, 2] a [P, 7]: médias, desvios, o mais quebrado, o menos bom, e um produto das médias."""
    tamanhos = np.diff(np.append(poemas, len(versos)))[:, None]
    media = np.add.reduceat(versos, poemas) / tamanhos
    quadrado = np.add.reduceat(versos * versos, poemas) / tamanhos
    desvio = np.sqrt(np.maximum(quadrado - media * media, 0))
    pior = np.maximum.reduceat(versos[:, :1], poemas)
    menor = np.minimum.reduceat(versos[:, 1:], poemas)
    return np.concatenate([media, desvio, pior, menor, media[:, :1] * media[:, 1:]], axis=1)


class Critico:
    """Dá notas a poemas; as de um não dependem dos outros, a não ser no arredondamento."""

    def __init__(self, leitor: Leitor, rede: Rede) -> None:
        """Junta o que sabe ler e o que aprendeu a julgar."""
        self.leitor = leitor
        self.rede = rede

    def julga(self, poemas: Sequence[str]) -> list[Nota]:
        """As notas de cada poema."""
        if not poemas:
            return []
        notas = np.clip(self.rede.notas(self.leitor.le(poemas)), 0, 10)
        return [Nota(*map(float, nota)) for nota in notas]

    def grava(self, caminho: Path = ARQUIVO) -> None:
        """Grava o arquivo, de uma vez."""
        leitor = self.leitor
        lingua: dict[str, Vetor] = {
            "palavras": np.frombuffer("\x00".join(leitor.palavras).encode(), np.uint8),
            "classes": leitor.classes.astype(np.uint16),
            "sintaxe": leitor.sintaxe.astype(np.float16),
            "tema": leitor.tema.astype(np.float16),
        }
        for nome, _ in _NGRAMAS:
            lingua |= getattr(leitor, nome).vetores(nome)
        caminho.parent.mkdir(parents=True, exist_ok=True)
        grava_vetores(caminho, {**lingua, **self.rede._asdict()})

    @classmethod
    def le(cls, caminho: Path | None = None) -> "Critico":
        """Lê o arquivo, conferindo-o; None é o do projeto.

        Raises:
            ErroPoema: não está lá, ou não presta.
        """
        contados = [
            f"{nome}_{o_que}_{k}"
            for nome, ordem in _NGRAMAS
            for o_que in ("chaves", "vezes")
            for k in range(ordem)
        ]
        lidos = le_vetores(caminho or ARQUIVO, [*_DA_LINGUA, *contados, *Rede._fields], CONSERTO)
        palavras = tuple(lidos["palavras"].tobytes().decode().split("\x00"))
        classes = lidos["classes"].astype(np.int64)
        leitor = Leitor(
            palavras,
            classes,
            lidos["sintaxe"].astype(np.float32),
            lidos["tema"].astype(np.float32),
            Ngramas.de_vetores("seguidas", lidos, len(palavras) + 1, ORDEM_PALAVRAS),
            Ngramas.de_vetores("classes_seguidas", lidos, int(classes.max()) + 1, ORDEM_CLASSES),
        )
        return cls(leitor, Rede(*(lidos[nome] for nome in Rede._fields)))
