"""Destilação de uma LLM: o que `just gera --probabilidades` guardou, para um aluno de letras.

A LLM tem os tokens dela, e o aluno as letras: `llm.caracteres` faz a passagem. Um poema do treino de que não
se guardou nada, ou um lugar de que a LLM não disse nada, fica com a letra que veio, como se ela tivesse
certeza: aí a perda é a do texto.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poema_top.base.arquivos import relativo, sha256_do_arquivo
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.llm.caracteres import FIM, completa, por_caractere
from poema_top.llm.palpites import Palpites
from poema_top.llm.sintese.colheita import le
from poema_top.texto.corpus import Corpus
from poema_top.texto.vocabulario import Ids, Vocabulario
from poema_top.treino.destilacao import Distribuicoes, Escreve, guardadas

# Do que não se sabe de quem é, quanto se supõe das letras que a LLM disse: os tokens menos prováveis começam
# quase todos pelas mesmas letras que os outros. Medido em docs/destilacao.md; o que sobra é do balde.
DAS_DITAS = 0.7
MAIOR_ID = 2048  # o maior inteiro que um float16 guarda certo


def alvos_da_llm(arquivo: Path, corpus: Corpus, vocabulario: Vocabulario, pasta: Path) -> Distribuicoes:
    """Os alvos de `perdas.perda_com_uma_llm`, calculados uma vez e guardados no disco.

    Args:
        arquivo: o das probabilidades, de `just gera`.
        corpus: os poemas do treino.
        vocabulario: o do aluno, de caracteres.
        pasta: onde guardar, a do texto no cache; 2 (V + 1) bytes por letra.

    Raises:
        ErroPoema: o arquivo não serve, ou não tem nenhum dos poemas; ou o vocabulário não serve.
    """
    if len(vocabulario) > MAIOR_ID:
        raise ErroPoema(
            f"--professor-llm aceita até {milhar(MAIOR_ID)} letras, e o texto tem {milhar(len(vocabulario))}."
        )
    if vocabulario.terminador is None:
        raise ErroPoema("--professor-llm precisa do terminador: treine sem --sem-terminador.")
    if not arquivo.is_file():
        raise ErroPoema(
            f"não há o arquivo {relativo(arquivo)}; faça-o com just gera --probabilidades 20, e dê o que "
            "acaba em .gera.probabilidades."
        )

    def calcula(escreve: Escreve) -> None:
        print(f"passando às letras o que a LLM disse em {relativo(arquivo)} (uma vez só)", flush=True)
        com_a_llm = _preenche(escreve, arquivo, corpus, vocabulario)
        if not com_a_llm:
            raise ErroPoema(
                f"{relativo(arquivo)} não fala de nenhum dos poemas do treino: o --dataset tem de ser o que "
                "just gera escreveu com ele."
            )
        print(f"  a LLM diz alguma coisa de {milhar(com_a_llm)} dos {milhar(len(corpus))} poemas", flush=True)

    nome = f"llm-{sha256_do_arquivo(arquivo)[:16]}"
    return guardadas(pasta, nome, corpus, len(vocabulario) + 1, calcula)


def _preenche(escreve: Escreve, arquivo: Path, corpus: Corpus, vocabulario: Vocabulario) -> int:
    """Escreve as linhas de todos os poemas; devolve de quantos a LLM disse alguma coisa."""
    onde = defaultdict[bytes, list[int]](list)
    for qual in corpus.quais.tolist():
        ids = corpus.poema(qual)
        onde[ids.tobytes()].append(qual)
        escreve(int(corpus.limites[qual]), _so_o_texto(ids, len(vocabulario)))
    feitos = set[int]()
    for poema, palpites in le(arquivo):
        ids = vocabulario.codifica(vocabulario.aproveita(poema)[0] + vocabulario.separador)
        quais = onde.get(ids.tobytes(), [])
        if not quais or (do_poema := linhas_do_poema(poema, palpites, ids, vocabulario)) is None:
            continue
        for qual in quais:
            escreve(int(corpus.limites[qual]), do_poema)
        feitos.update(quais)
    return len(feitos)


def linhas_do_poema(
    poema: str, palpites: Palpites, ids: Ids, vocabulario: Vocabulario
) -> NDArray[np.float16] | None:
    """O que a LLM diz de cada letra de um poema, [n, V + 1], a última coluna com a letra que veio.

    O poema é um pedaço do que ela escreveu: sem a apresentação e a despedida. Se a limpeza mexeu no meio
    dele, as letras já não são as dela: None.
    """
    escrito = palpites.texto.decode()
    comeco = escrito.find(poema)
    if comeco < 0 or len(ids) != len(poema) + 1:
        return None
    linhas = _so_o_texto(ids, len(vocabulario))
    ditas = por_caractere(palpites)[comeco : comeco + len(ids)]
    if comeco + len(poema) < len(escrito):  # ela não acabou ali
        ditas.pop()
    letras = {letra: _id(letra, vocabulario) for letra in set().union(*ditas)}
    for linha, dita in zip(linhas, ditas, strict=False):
        q = np.zeros(len(vocabulario))
        for letra, p in completa(dita, DAS_DITAS).items():
            if (qual := letras[letra]) is not None:
                q[qual] += p
        if q.any():
            # Com todas as letras ditas não há balde, e a soma é 1.
            linha[:-1] = q / (q.sum() if q.all() else max(1.0, q.sum()))
    return linhas


def _id(letra: str, vocabulario: Vocabulario) -> int | None:
    """O token do aluno para uma letra da LLM; None se ele não o tem, e ela fica no balde."""
    if letra == FIM:
        return vocabulario.id_terminador
    normal = vocabulario.normaliza(letra)
    if normal == vocabulario.terminador or normal not in vocabulario.tokens:
        return None
    return vocabulario.tokens.index(normal)


def _so_o_texto(ids: Ids, letras: int) -> NDArray[np.float16]:
    linhas = np.zeros((len(ids), letras + 1), np.float16)
    linhas[np.arange(len(ids)), ids] = 1
    linhas[:, -1] = ids
    return linhas
