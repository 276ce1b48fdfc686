"""Destilação de uma LLM: o que `just gera --probabilidades` guardou, para um aluno.

A LLM tem os tokens dela; para um aluno de letras, `llm.caracteres` faz a passagem, e para um que escreve com
os mesmos tokens, `llm.tokens`. Um poema do treino de que não se guardou nada, ou um lugar de que a LLM não
disse nada, fica com o que veio, como se ela tivesse certeza: aí a perda é a do texto.
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
from poema_top.llm.sintese.colheita import confere, le
from poema_top.llm.tokens import por_token
from poema_top.texto.corpus import Corpus
from poema_top.texto.pedacos import CARACTERE
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
        vocabulario: o do aluno, de caracteres ou da LLM.
        pasta: onde guardar, a do texto no cache; 2 (V + 1) bytes por token.

    Raises:
        ErroPoema: o arquivo não serve, ou não tem nenhum dos poemas; ou o vocabulário não serve.
    """
    if len(vocabulario) > MAIOR_ID:
        raise ErroPoema(
            f"--professor-llm aceita até {milhar(MAIOR_ID)} tokens, e são {milhar(len(vocabulario))}; dê um "
            "--max-vocabulario menor."
        )
    if vocabulario.terminador is None:
        raise ErroPoema("--professor-llm precisa do terminador: treine sem --sem-terminador.")
    confere(arquivo)

    def calcula(escreve: Escreve) -> None:
        print(f"lendo o que a LLM disse em {relativo(arquivo)} (uma vez só)", flush=True)
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
    """O que a LLM diz de cada token de um poema, [n, V + 1], a última coluna com o que veio.

    O poema é um pedaço do que ela escreveu: sem a apresentação e a despedida. Se a limpeza mexeu no meio
    dele, as letras já não são as dela: None.
    """
    escrito = palpites.texto.decode()
    comeco, letras = escrito.find(poema), vocabulario.letras[ids]
    if comeco < 0 or letras.sum() != len(poema) + 1:
        return None
    inicios = comeco + np.cumsum(letras) - letras
    if vocabulario.tipo == CARACTERE:
        ditas = [completa(dita, DAS_DITAS) for dita in por_caractere(palpites)[comeco : comeco + len(ids)]]
    else:
        ditas = _onde_concordam(palpites, inicios.tolist(), ids, vocabulario)
    if comeco + len(poema) < len(escrito):  # ela não acabou ali
        ditas[len(ids) - 1 :] = []
    linhas = _so_o_texto(ids, len(vocabulario))
    conhecidos = {texto: _id(texto, vocabulario) for texto in set().union(*ditas)}
    for linha, dita in zip(linhas, ditas, strict=False):
        q = np.zeros(len(vocabulario))
        for texto, p in dita.items():
            if (qual := conhecidos[texto]) is not None:
                q[qual] += p
        if q.any():
            # Com todos os tokens ditos não há balde, e a soma é 1.
            linha[:-1] = q / (q.sum() if q.all() else max(1.0, q.sum()))
    return linhas


def _onde_concordam(
    palpites: Palpites, inicios: list[int], ids: Ids, vocabulario: Vocabulario
) -> list[dict[str, float]]:
    """O que a LLM achava de cada token do aluno, se ali escreveu o mesmo; se não, nada."""
    ditos, ditas = por_token(palpites), []
    for inicio, i in zip(inicios, ids.tolist(), strict=True):
        dito = ditos.get(inicio)
        ditas.append(dito.chances if dito and _id(dito.escolhido, vocabulario) == i else {})
    return ditas


def _id(texto: str, vocabulario: Vocabulario) -> int | None:
    """O token do aluno para uma letra, ou um token, da LLM; None se ele não o tem, e fica no balde."""
    if texto == FIM:
        return vocabulario.id_terminador
    normal = vocabulario.normaliza(texto)
    return None if normal == vocabulario.terminador else vocabulario.id_de(normal)


def _so_o_texto(ids: Ids, tokens: int) -> NDArray[np.float16]:
    linhas = np.zeros((len(ids), tokens + 1), np.float16)
    linhas[np.arange(len(ids)), ids] = 1
    linhas[:, -1] = ids
    return linhas
