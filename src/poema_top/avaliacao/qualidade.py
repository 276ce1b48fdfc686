"""O que um modelo escreve a uma temperatura, medido contra o texto em que treinou."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from poema_top.avaliacao import forma, medidas
from poema_top.avaliacao.copias import maior_trecho
from poema_top.geracao.amostragem import Amostragem, gera
from poema_top.geracao.passo import Passo
from poema_top.geracao.sorteio import sorteios
from poema_top.texto import verso
from poema_top.texto.vocabulario import Vocabulario

LIMITE = 1000  # caracteres: um poema que não acabou até aqui não acaba sozinho


@dataclass(frozen=True)
class Referencia:
    """O texto de treino, com os conjuntos contra os quais se mede."""

    poemas: list[str]
    separador: str

    @cached_property
    def pares(self) -> set[str]:
        """Os 2-gramas que existem."""
        return {par for poema in self.poemas for par in medidas.pares(poema, self.separador)}

    @cached_property
    def palavras(self) -> set[str]:
        """As palavras que existem."""
        return {palavra for poema in self.poemas for palavra in verso.palavras(poema)}

    @cached_property
    def versos(self) -> set[str]:
        """Os versos que existem."""
        return {linha for poema in self.poemas for linha in verso.versos(poema)}


@dataclass(frozen=True)
class Gerado:
    """Um poema gerado, e se o modelo o acabou ou foi o limite."""

    texto: str
    acabou: bool


def gera_poemas(
    motor: Passo, vocabulario: Vocabulario, amostragem: Amostragem, caracteres: int, semente: int
) -> list[Gerado]:
    """Poemas inteiros, todos do nada, em lotes, até somarem `caracteres`.

    Um lote só acaba quando todos os poemas dele acabam: parar antes favoreceria os curtos.
    """
    gerados: list[Gerado] = []
    lote = 0
    while sum(len(g.texto) for g in gerados) < caracteres:
        textos = range(lote * motor.fluxos, (lote + 1) * motor.fluxos)
        passos = gera(motor, vocabulario, amostragem, sorteios(semente, textos))
        gerados += _um_lote(passos, motor, vocabulario)
        lote += 1
    return gerados


def _um_lote(passos: Iterator[np.ndarray], motor: Passo, vocabulario: Vocabulario) -> list[Gerado]:
    fim = vocabulario.id_terminador
    vivos, letras, lidos = np.full(motor.fluxos, fill_value=True), np.zeros(motor.fluxos, int), []
    for ids in passos:
        lidos.append(ids)
        letras += vocabulario.letras[ids]
        if fim is not None:
            vivos &= ids != fim
        vivos &= letras < LIMITE
        if not vivos.any():
            break
    gerados = []
    for coluna in np.stack(lidos, axis=1).tolist():
        acabou = fim in coluna
        texto = vocabulario.decodifica(coluna[: coluna.index(fim)] if acabou else coluna)
        gerados.append(Gerado(texto[:LIMITE], acabou and len(texto) <= LIMITE))
    return gerados


@cache
def no_dicionario(palavra: str) -> bool:
    """Se a palavra está no dicionário de português (o do simplemma, de formas flexionadas)."""
    from simplemma import is_known

    return bool(is_known(palavra, lang="pt"))


@dataclass(frozen=True)
class Qualidade:
    """As medidas de um modelo a uma temperatura; todas as parcelas vão de 0 a 1."""

    temperatura: float | None  # None: não são de um modelo
    caracteres: int
    poemas: int
    pares_invalidos: float  # 2-gramas que o treino não tem
    palavras_invalidas: float  # palavras que o treino não tem
    palavras_inventadas: float  # palavras que nem o treino nem o dicionário têm
    versos_copiados: float  # versos que estão, inteiros, no treino
    versos_distintos: float  # versos diferentes entre os mil primeiros
    versos_repetidos: float  # versos que já apareceram no mesmo poema
    maior_copia: int  # caracteres
    trecho_copiado: str
    acabam: float  # poemas que acabam sozinhos
    versos_por_poema: tuple[float, float, float]  # 10 %, mediana, 90 %
    caracteres_por_poema: tuple[float, float, float]
    distancia_versos: float  # Kolmogorov-Smirnov, contra o treino
    distancia_caracteres: float
    rimas: float
    critico: tuple[float, float, float] | None = None  # as notas dele; None onde não valem


def mede(gerados: Sequence[Gerado], referencia: Referencia, temperatura: float | None = None) -> Qualidade:
    """Mede um conjunto de poemas contra o texto de treino."""
    textos = [g.texto for g in gerados]
    versos = [linha for texto in textos for linha in verso.versos(texto)]
    miolo = medidas.miolo(textos)
    novas = [palavra for palavra in miolo if palavra not in referencia.palavras]
    inventadas = sum(not no_dicionario(palavra) for palavra in novas)
    pares = [par for texto in textos for par in medidas.pares(texto, referencia.separador)]
    trecho = maior_trecho(textos, referencia.poemas)
    por_poema = [len(verso.versos(texto)) for texto in textos]
    tamanhos = [len(texto) for texto in textos]
    return Qualidade(
        temperatura=temperatura,
        caracteres=sum(tamanhos),
        poemas=len(textos),
        pares_invalidos=1 - medidas.parcela(pares, referencia.pares) if pares else 0.0,
        palavras_invalidas=len(novas) / len(miolo) if miolo else 0.0,
        palavras_inventadas=inventadas / len(miolo) if miolo else 0.0,
        versos_copiados=medidas.parcela(versos, referencia.versos),
        versos_distintos=medidas.distintos(versos),
        versos_repetidos=medidas.repetidos(textos),
        maior_copia=len(trecho),
        trecho_copiado=trecho,
        acabam=sum(g.acabou for g in gerados) / len(gerados),
        versos_por_poema=forma.quantis(por_poema),
        caracteres_por_poema=forma.quantis(tamanhos),
        distancia_versos=forma.distancia(por_poema, [len(verso.versos(p)) for p in referencia.poemas]),
        distancia_caracteres=forma.distancia(tamanhos, [len(p) for p in referencia.poemas]),
        rimas=forma.rimas(textos),
    )


INVALIDAS_DEMAIS = 0.02  # uma palavra em cinquenta: mais que isso salta aos olhos


def faixa_util(medidas: Sequence[Qualidade], real: Qualidade) -> tuple[float, float] | None:
    """As temperaturas entre o plágio e o delírio.

    Nela o modelo não copia mais versos do treino do que os poemas reais que ele não leu já têm em
    comum com ele, e menos de `INVALIDAS_DEMAIS` das palavras são inválidas. Entre duas temperaturas
    medidas, as medidas andam em linha reta.

    Args:
        medidas: as de um modelo, em qualquer ordem.
        real: as dos poemas reais.

    Returns:
        A menor e a maior temperatura, ou None se nenhuma das medidas chega lá.
    """
    ordem = sorted((q for q in medidas if q.temperatura is not None), key=lambda q: q.temperatura or 0.0)
    graus = np.array([q.temperatura for q in ordem], dtype=np.float64)
    if not len(graus):
        return None
    fino = np.linspace(graus[0], graus[-1], 1001)
    copiados = np.interp(fino, graus, [q.versos_copiados for q in ordem])
    invalidas = np.interp(fino, graus, [q.palavras_invalidas for q in ordem])
    serve = fino[(copiados <= real.versos_copiados) & (invalidas <= INVALIDAS_DEMAIS)]
    return (float(serve[0]), float(serve[-1])) if len(serve) else None
