"""O texto de um treino: o corpus de treino, o de validação, o vocabulário e de que arquivos vieram."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.base.visivel import visivel
from poema_top.geracao import checkpoint, pastas
from poema_top.llm.sintese.colheita import tokens as tokens_da_llm
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.colecao import le, soma
from poema_top.texto.corpus import Corpus
from poema_top.texto.crescimento import novidades
from poema_top.texto.divisao import parcela_ou_arquivo
from poema_top.texto.janelas import passos_por_epoca
from poema_top.texto.lembranca import Lembranca
from poema_top.texto.pedacos import DE_NOME, LLM
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.destino import a_continuar

MAXIMO = 5000  # tokens de um poema que contam na validação: um livro inteiro a seguraria por minutos
LEMBRADOS = 200_000  # poemas: mais que isso seriam muitos segundos, e todos os versos na memória
MAXIMO_NA_VALIDACAO = 2000  # poemas: bastam para três casas, e cabem em poucos segundos por época


@dataclass(frozen=True)
class Dados:
    """O que o treino lê.

    `somas` são os SHA-256 dos arquivos; `novos`, os caracteres que o vocabulário de partida não tinha.
    """

    vocabulario: Vocabulario
    treino: Corpus
    validacao: Corpus
    somas: list[str]
    trocas: dict[str, str]
    cache: Path
    relato: tuple[str, ...] = ()
    novos: dict[str, str] = field(default_factory=dict)

    @classmethod
    def de(cls, c: Configuracao) -> "Dados":
        """Lê o que a configuração pede; todo erro de arquivo é ErroPoema."""
        velho = None
        for modelo in (c.a_partir_de, c.professor, continuado(c)):
            if modelo is not None:
                velho = checkpoint.le(modelo).vocabulario
        cresce = c.cresce and c.professor is None and c.continua is None
        tipo = DE_NOME[c.tokens]
        if velho and velho.tipo != tipo:
            tem = next(nome for nome, qual in DE_NOME.items() if qual == velho.tipo)
            raise ErroPoema(f"o modelo de partida é de {tem}: peça --tokens {tem}, ou comece do zero.")
        if velho and c.continua is None and c.max_vocabulario is not None:
            raise ErroPoema("o vocabulário é o do modelo de partida: tire o --max-vocabulario.")
        da_llm = _da_llm(c) if tipo == LLM and velho is None else ()
        molde = (
            velho
            if velho and not cresce
            else Molde(c.minusculas, c.terminador, velho, tipo, c.max_vocabulario, da_llm)
        )
        parcela = parcela_ou_arquivo(c.validacao)
        fracao = parcela if isinstance(parcela, float) else 0.0
        aberto = abre(c.dataset, fracao, c.semente, molde)
        validacao = aberto.validacao
        if isinstance(parcela, Path):
            validacao = Corpus.de_poemas(le(parcela), aberto.vocabulario)
        passos_por_epoca(aberto.treino.tokens, c.lote, c.janela)  # pouco texto é erro já aqui
        validacao = validacao.so(validacao.quais[:MAXIMO_NA_VALIDACAO])
        return cls(
            aberto.vocabulario,
            aberto.treino,
            validacao,
            [soma(caminho) for caminho in c.dataset],
            aberto.trocas,
            aberto.cache,
            aberto.relato,
            novidades(velho, aberto.vocabulario) if velho else {},
        )

    @cached_property
    def lembranca(self) -> Lembranca | None:
        """O que o modelo lê, para que se veja depois o que ele copia; de poemas demais, None."""
        if len(self.treino) > LEMBRADOS:
            return None
        poemas = (self.vocabulario.decodifica(self.treino.poema(qual)[:-1]) for qual in self.treino.quais)
        lembrados = Lembranca.de_poemas(poemas)
        self.treino.solta()
        return lembrados

    def enormes(self) -> list[str]:
        """Um aviso por poema grande demais para ser um poema só."""
        avisos = []
        for corpus in (self.treino, self.validacao):
            tamanhos = corpus.tamanhos(corpus.quais)
            for qual in corpus.quais[tamanhos > MAXIMO][:3]:
                ids = corpus.poema(qual)
                verso = self.vocabulario.decodifica(ids[:80]).strip().split("\n")[0]
                letras = self.vocabulario.letras[ids]
                contam = milhar(int(letras[:MAXIMO].sum()))
                lidos = f"; a validação lê só os primeiros {contam}" if corpus is self.validacao else ""
                avisos.append(
                    f"aviso: “{visivel(verso)}” tem {milhar(int(letras.sum()))} caracteres: é um poema só?"
                    f"{lidos} (just dataset separa)"
                )
        return avisos


def _da_llm(c: Configuracao) -> tuple[str, ...]:
    if c.professor_llm is None:
        raise ErroPoema(
            "os tokens de uma LLM são os que ela escreveu: dê --professor-llm ARQUIVO, o que just gera "
            "--probabilidades deixou ao lado dos poemas."
        )
    return tokens_da_llm(c.professor_llm)


def continuado(c: Configuracao) -> Path | None:
    """A pasta do treino que se retoma, se ela já tem um modelo: o vocabulário é o dela."""
    if c.continua is None:
        return None
    pasta = a_continuar(c.continua, c.saida)
    return pasta if pastas.versao(pasta) else None
