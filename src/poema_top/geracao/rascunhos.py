"""Rascunhos: vários poemas escritos juntos, num lote só, e qual deles mostrar.

Vale mais o que o crítico preza mais, descontado o que as regras contam: não acabar sozinho, repetir um
verso, copiar um do treino, inventar uma palavra; e rimar soma. Nunca a verossimilhança: o poema mais provável
é o mais copiado. E o crítico só também não basta: ele gosta dos versos copiados, que são bons
(docs/poemas.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from poema_top.base.numeros import decimal
from poema_top.geracao.amostragem import Amostragem, gera
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.critico import Critico, Nota
from poema_top.geracao.passo import Passo
from poema_top.geracao.poema import TAMANHO_MAXIMO, Poema
from poema_top.geracao.sorteio import sorteios
from poema_top.texto.lembranca import Lembranca
from poema_top.texto.verso import rimados, versos
from poema_top.texto.vocabulario import Vocabulario

RASCUNHOS = 16  # o padrão de quem os escreve: docs/poemas.md
MAXIMO = 256  # rascunhos: mais que isso não melhora o melhor, e custa memória
POR_RIMA = 1.0  # pontos que vale todos os versos rimarem


SEM_LEMBRANCA = (
    "aviso: este modelo não guarda o que leu, e não se vê o que ele copia; "
    "guarde-o com: just critica --modelo PASTA"
)


class Faltas(NamedTuple):
    """As regras que um poema quebrou, contadas."""

    inacabado: int
    repetidos: int  # versos que já apareceram nele
    copiados: int  # versos que estão, inteiros, no treino
    inventadas: int  # palavras que o treino não tem


# Quanto custa cada uma, em pontos da nota, e como se diz.
PRECOS = (5.0, 1.0, 0.5, 1.0)
NOMES = ("não acabou", "verso repetido", "verso copiado", "palavra que o treino não tem")


@dataclass(frozen=True)
class Rascunho:
    """Um poema escrito, e o que se achou dele.

    Attributes:
        texto: o poema.
        numero: qual dos rascunhos, de 0 em diante.
        faltas: as regras que quebrou.
        rimas: a parcela dos versos que rimam.
        nota: a do crítico, se há um.
    """

    texto: str
    numero: int
    faltas: Faltas
    rimas: float
    nota: Nota | None = None

    @property
    def desconto(self) -> float:
        """O que as faltas custam, em pontos."""
        return sum(n * preco for n, preco in zip(self.faltas, PRECOS, strict=True))

    @property
    def valor(self) -> float:
        """O que ordena os rascunhos; arredondado, para que o último bit de uma conta não decida nada."""
        geral = self.nota.geral if self.nota else 0.0
        return round(geral + POR_RIMA * self.rimas - self.desconto, 4)

    def porque(self, melhor: "Rascunho") -> str:
        """Por que este perdeu para o melhor: o que mais pesou contra ele."""
        geral, do_melhor = (r.nota.geral if r.nota else 0.0 for r in (self, melhor))
        pesos = {
            self._ditas(): self.desconto - melhor.desconto,
            f"nota {decimal(geral, 1)}, e a do melhor é {decimal(do_melhor, 1)}": do_melhor - geral,
            "rima menos": POR_RIMA * (melhor.rimas - self.rimas),
            "empatou, e veio depois": 1e-6,
        }
        return max(pesos, key=lambda razao: pesos[razao])

    def _ditas(self) -> str:
        pares = zip(self.faltas, NOMES, strict=True)
        return ", ".join(str(nome) if n == 1 else f"{nome} ({n} vezes)" for n, nome in pares if n)


class Revisor:
    """Escolhe entre rascunhos."""

    @classmethod
    def de(cls, treinado: Checkpoint) -> "Revisor":
        """O de um modelo, com o crítico do projeto.

        Raises:
            ErroPoema: não há crítico, ou ele ou a lembrança do modelo não prestam.
        """
        return cls(Critico.le(), Lembranca.le(treinado.pasta))

    def __init__(self, critico: Critico | None, lembranca: Lembranca | None) -> None:
        """Com o que se tem: sem crítico valem as regras; sem lembrança, não se vê o que é cópia."""
        self._critico = critico
        self._lembranca = lembranca

    @property
    def aviso(self) -> str:
        """O que ele não tem como ver, para dizer a quem usa; nada, se vê tudo."""
        return "" if self._lembranca else SEM_LEMBRANCA

    def ordena(self, textos: Sequence[str], acabados: Sequence[bool]) -> list[Rascunho]:
        """Do melhor ao pior; os empates ficam na ordem em que vieram."""
        notas = self._critico.julga(textos) if self._critico else [None] * len(textos)
        feitos = [
            self._revisa(i, texto, acabou, nota)
            for i, (texto, acabou, nota) in enumerate(zip(textos, acabados, notas, strict=True))
        ]
        return sorted(feitos, key=lambda r: r.valor, reverse=True)

    def _revisa(self, numero: int, texto: str, acabou: bool, nota: Nota | None) -> Rascunho:
        linhas = versos(texto)
        achadas, total = rimados(texto)
        leu = self._lembranca
        copiados, estranhas = (leu.copiados(texto), leu.desconhecidas(texto)) if leu else (0, 0)
        faltas = Faltas(int(not acabou), len(linhas) - len(set(linhas)), copiados, estranhas)
        return Rascunho(texto, numero, faltas, achadas / max(1, total), nota)


def escreve_rascunhos(
    motor: Passo,
    vocabulario: Vocabulario,
    amostragem: Amostragem,
    semente: int,
    *,
    inicio: str = "",
    tamanho: int = TAMANHO_MAXIMO,
    primeiro: int = 0,
) -> tuple[list[str], list[bool]]:
    """Um poema por fluxo do motor; o rascunho i é o do texto `primeiro` + i da semente.

    O de número 0 da semente é o poema de sempre, letra por letra: quem pede um rascunho só não vê diferença.

    Returns:
        Os textos, e se cada um acabou sozinho antes de `tamanho` caracteres.
    """
    numeros = range(primeiro, primeiro + motor.fluxos)
    poemas = [Poema(vocabulario.terminador, tamanho) for _ in numeros]
    lidos = [0] * len(poemas)
    for ids in gera(motor, vocabulario, amostragem, sorteios(semente, numeros), [inicio] * len(poemas)):
        for i, (poema, n) in enumerate(zip(poemas, ids.tolist(), strict=True)):
            if not poema.acabou:
                poema.recebe(vocabulario.tokens[n])
                lidos[i] += len(vocabulario.tokens[n])
        if all(poema.acabou for poema in poemas):
            break
    return [poema.entrega() for poema in poemas], [n < tamanho for n in lidos]


def melhores(
    motor: Passo,
    vocabulario: Vocabulario,
    amostragem: Amostragem,
    semente: int,
    *,
    revisor: Revisor,
    inicio: str = "",
) -> Iterator[str]:
    """Para sempre, o melhor de cada `motor.fluxos` rascunhos da mesma semente; só o primeiro tem o começo."""
    primeiro = 0
    while True:
        escritos = escreve_rascunhos(
            motor, vocabulario, amostragem, semente, inicio=inicio, primeiro=primeiro
        )
        yield revisor.ordena(*escritos)[0].texto
        primeiro, inicio = (primeiro + motor.fluxos) % (1 << 31), ""
