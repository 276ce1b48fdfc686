"""O que se aceita do que uma LLM escreve: limpo como `just dataset` limpa, com mais motivos para recusar."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from simplemma import in_target_language

from poema_top.texto import repetidos, verso
from poema_top.texto.embalagem import desembala
from poema_top.texto.limpeza import REGRAS, Limpeza, defeito, descarta, limpa_um, sem_titulo
from poema_top.texto.prosa import e_prosa

EM_PORTUGUES = 0.9  # das palavras, as que o dicionário do simplemma reconhece
MENOS_VERSOS, MAIS_VERSOS = 3, 40
MAIS_LETRAS = 2000
ENORME = 20_000  # caracteres: daqui em diante nem se limpa
# Depois de uma destas, sem nada, falta alguma coisa.
_ABERTA = re.compile(r"\b(?:a|o|as|os|uma|d[eoa]s?|em|n[oa]s?|com|por|pel[oa]|e|ou|que|se)\Z")
_REGRAS = REGRAS | {"título": sem_titulo}


@dataclass(frozen=True)
class Veredito:
    """O poema limpo, e por que motivo não serve; "" se serve."""

    poema: str
    motivo: str


@dataclass
class Crivo:
    """Limpa, confere e conta, um texto por vez.

    Attributes:
        feita: os poemas aceitos, os recusados e as contas, para o mesmo relatório de `just dataset`.
    """

    feita: Limpeza = field(default_factory=Limpeza)
    _vistos: set[str] = field(default_factory=set)
    _de_exemplos: set[str] = field(default_factory=set)  # versos
    _indice: repetidos.Indice = field(default_factory=lambda: repetidos.Indice(_dos_longos))

    def conhece(self, poemas: Iterable[str]) -> None:
        """Poemas que não se querem outra vez."""
        for poema in poemas:
            self._vistos.add(repetidos.essencia(poema))
            self._indice.guarda(repetidos.versos(poema))

    def conhece_exemplos(self, poemas: Iterable[str]) -> None:
        """O que se deu a ler a um modelo base, e que ele gosta de copiar, um verso daqui e outro dali."""
        for poema in poemas:
            self.conhece((poema,))
            self._de_exemplos |= repetidos.versos(poema)

    def julga(self, texto: str, *, acabou: bool, recusa: str = "") -> Veredito:
        """Limpa e confere um texto; o aceito passa a ser dos que não se querem outra vez.

        Args:
            texto: como veio.
            acabou: se foi a LLM que o acabou, e não o máximo de tokens.
            recusa: por que motivo não serve, se já se sabe, por melhor que seja.
        """
        limpo = self._limpa(texto)
        motivo = recusa or self._motivo(limpo, acabou=acabou)
        self._anota(texto, limpo, motivo)
        return Veredito(limpo, motivo)

    def relembra(self, texto: str, veredito: Veredito) -> None:
        """Um texto que já se julgou: refaz as contas, e não muda de opinião."""
        limpo = self._limpa(texto)
        self._anota(texto, limpo if veredito.motivo else veredito.poema, veredito.motivo)

    def _anota(self, texto: str, limpo: str, motivo: str) -> None:
        if motivo:
            descarta(self.feita, motivo, limpo, texto)
        else:
            self.feita.poemas.append(limpo)
            self.conhece((limpo,))

    def _limpa(self, texto: str) -> str:
        if len(texto) > ENORME:
            return texto
        mudancas = self.feita.mudancas
        return limpa_um(desembala(unicodedata.normalize("NFC", texto), mudancas), _REGRAS, mudancas)

    def _motivo(self, poema: str, *, acabou: bool) -> str:
        if len(poema) > ENORME:
            return "comprido demais"
        return defeito(poema) or _da_forma(poema, acabou=acabou) or self._repetido(poema)

    def _repetido(self, poema: str) -> str:
        if repetidos.essencia(poema) in self._vistos:
            return "igual a outro"
        versos = repetidos.versos(poema)
        if self._indice.parecidos_com(versos):
            return "parecido com outro"
        return "copiado dos exemplos" if 2 * len(versos & self._de_exemplos) >= len(versos) else ""


def _da_forma(poema: str, *, acabou: bool) -> str:
    """O que se vê no poema sozinho, por ordem do que mais diz dele."""
    if in_target_language(poema, lang="pt") < EM_PORTUGUES:
        return "noutra língua"
    if not acabou or inacabado(poema):
        return "último verso por acabar"
    if e_prosa(poema):
        return "prosa"
    linhas = verso.versos(poema)
    if len(linhas) < MENOS_VERSOS:
        return "curto demais"
    if len(linhas) > MAIS_VERSOS or len(poema) > MAIS_LETRAS:
        return "comprido demais"
    return "em laço" if em_laco(poema) else ""


def inacabado(poema: str) -> bool:
    """Se o último verso fica no ar: uma vírgula, um hífen, um artigo, uma preposição."""
    ultimo = poema.rstrip().rpartition("\n")[2].lower()
    return ultimo.endswith((",", "-", "(")) or bool(_ABERTA.search(ultimo))


def em_laco(poema: str) -> bool:
    """Se menos de metade dos versos são diferentes, ou um deles vem três vezes seguidas."""
    linhas = verso.versos(poema)
    seguidas = any(a == b == c for a, b, c in zip(linhas, linhas[1:], linhas[2:], strict=False))
    return seguidas or 2 * len(repetidos.versos(poema)) < len(linhas)


def _dos_longos(linha: str) -> tuple[int, str]:
    """Quem chega aos poucos não sabe que versos são raros; os compridos costumam ser."""
    return -len(linha), linha
