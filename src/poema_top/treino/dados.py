"""O texto de um treino: o corpus de treino, o de validação, o vocabulário e de que arquivo vieram."""

from dataclasses import dataclass
from pathlib import Path

from poema_top.geracao import checkpoint
from poema_top.texto.colecao import le, soma
from poema_top.texto.corpus import Corpus, Molde, abre
from poema_top.texto.divisao import parcela_ou_arquivo
from poema_top.texto.janelas import passos_por_epoca
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.configuracao import Configuracao

MAXIMO_NA_VALIDACAO = 2000  # poemas: bastam para três casas, e cabem em poucos segundos por época


@dataclass(frozen=True)
class Dados:
    """O que o treino lê."""

    vocabulario: Vocabulario
    treino: Corpus
    validacao: Corpus
    sha256: str
    trocas: dict[str, str]
    cache: Path
    relato: tuple[str, ...] = ()

    @classmethod
    def de(cls, c: Configuracao) -> "Dados":
        """Lê o que a configuração pede; todo erro de arquivo é ErroPoema."""
        molde: Vocabulario | Molde = Molde(c.minusculas, c.terminador)
        for modelo in (c.professor, c.a_partir_de):
            if modelo is not None:
                molde = checkpoint.le(modelo).vocabulario
        parcela = parcela_ou_arquivo(c.validacao)
        fracao = parcela if isinstance(parcela, float) else 0.0
        aberto = abre(c.dataset, fracao, c.semente, molde)
        validacao = aberto.validacao
        if isinstance(parcela, Path):
            validacao = Corpus.de_poemas(le(parcela), aberto.vocabulario)
        passos_por_epoca(aberto.treino.tokens, c.lote, c.janela)  # pouco texto é erro já aqui
        somado = soma(c.dataset)
        validacao = validacao.so(validacao.quais[:MAXIMO_NA_VALIDACAO])
        return cls(
            aberto.vocabulario, aberto.treino, validacao, somado, aberto.trocas, aberto.cache, aberto.relato
        )
