"""O texto de um treino: o corpus de treino, o de validação, o vocabulário e de que arquivo vieram."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from poema_top import checkpoint, corpus, dataset
from poema_top.configuracao import Configuracao
from poema_top.corpus import Corpus
from poema_top.vocabulario import Vocabulario

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

    @classmethod
    def de(cls, c: Configuracao) -> "Dados":
        """Lê o que a configuração pede; todo erro de arquivo é ErroPoema."""
        forma: Vocabulario | corpus.Forma = corpus.Forma(c.minusculas, c.terminador)
        for modelo in (c.professor, c.a_partir_de):
            if modelo is not None:
                forma = checkpoint.le(modelo).vocabulario
        parcela = dataset.parcela_ou_arquivo(c.validacao)
        fracao = parcela if isinstance(parcela, float) else 0.0
        aberto = corpus.abre(c.dataset, fracao, c.semente, forma)
        validacao = aberto.validacao
        if isinstance(parcela, Path):
            validacao = Corpus.de_poemas(dataset.le_poemas(parcela), aberto.vocabulario)
        with c.dataset.open("rb") as arquivo:
            soma = hashlib.file_digest(arquivo, "sha256").hexdigest()
        validacao = validacao.so(validacao.quais[:MAXIMO_NA_VALIDACAO])
        return cls(aberto.vocabulario, aberto.treino, validacao, soma, aberto.trocas, aberto.cache)
