"""Lê, confere, limpa e divide arquivos de poemas."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top.comum import (
    DATASET_PADRAO,
    ErroPoema,
    decimal,
    executa,
    grava_atomico,
    milhar,
    relativo,
)
from poema_top.opcoes import le_opcoes, opcao

TERMINADOR = "@"
ALFABETO = frozenset(
    "abcdefghijklmnopqrstuvwxyzàáâãçéêíóôõúüABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÇÉÊÍÓÔÕÚÜ0123456789 \n!\"'(),-.:;?"
)

# Frases da LLM em volta do poema, que o projeto original tirava com sed: a apresentação
# ("Aqui vai um poema:", com a linha em branco que a segue) e a observação do fim ("Note que...:").
_APRESENTACAO = re.compile(r"(?im)^.*\baqui (?:vai|está)\b.*:[ \t]*(?:\n|\Z)(?:[ \t]*(?:\n|\Z))?")
_OBSERVACAO = re.compile(r"(?im)^[ \t(*]*(?:note|nota|observação|obs)\b.*:.*(?:\n|\Z)")

_TIPOGRAFIA = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\t": " ", "\u00a0": " "}
)


def le_texto(caminho: Path) -> str:
    r"""Lê um arquivo UTF-8 inteiro, com fim de linha "\\n" e acentos compostos (NFC).

    Raises:
        ErroPoema: o arquivo não existe, está vazio ou não é UTF-8.
    """
    try:
        conteudo = caminho.read_bytes()
    except FileNotFoundError:
        raise ErroPoema(f"não achei o arquivo {caminho}; confira o caminho.") from None
    except IsADirectoryError:
        raise ErroPoema(f"{caminho} é uma pasta; indique um arquivo de texto.") from None
    try:
        texto = conteudo.decode("utf-8-sig")
    except UnicodeDecodeError as erro:
        linha = conteudo.count(b"\n", 0, erro.start) + 1
        raise ErroPoema(
            f"{caminho} não está em UTF-8 (linha {linha}); converta com: "
            f"iconv -f latin1 -t utf-8 {caminho.name} > novo.txt"
        ) from None
    texto = texto.replace("\r\n", "\n").replace("\r", "\n")
    if not texto.strip():
        raise ErroPoema(f"{caminho} está vazio; ponha poemas nele, cada um seguido da linha @.")
    return unicodedata.normalize("NFC", texto)


def separa_poemas(texto: str) -> list[str]:
    r"""Divide o texto nas linhas que só têm "@"; os poemas vêm sem ela e sem o "\\n" do fim."""
    poemas = re.split(rf"^{TERMINADOR}(?:\n|\Z)", texto, flags=re.MULTILINE)
    return [poema.removesuffix("\n") for poema in poemas if poema.strip()]


def le_poemas(caminho: Path) -> list[str]:
    """Lê um arquivo de poemas, na ordem em que estão.

    Raises:
        ErroPoema: arquivo ausente, vazio, fora de UTF-8, ou com "@" no meio de um verso.
    """
    poemas = separa_poemas(le_texto(caminho))
    if not poemas:
        raise ErroPoema(f"{caminho} não tem poemas, só linhas com @.")
    for numero, poema in enumerate(poemas, 1):
        if TERMINADOR in poema:
            raise ErroPoema(
                f"{caminho}: há um @ no meio do poema {numero}, e ele marca o fim de um poema; "
                f"tire-o com: just dataset {caminho} --limpa novo.txt"
            )
    return poemas


def divide(poemas: list[str], parcela: float, semente: int) -> tuple[list[str], list[str]]:
    """Sorteia poemas inteiros para a validação.

    A divisão é por poema, nunca por janela: janelas vizinhas partilham quase todo o texto, e a
    validação mediria memória. Poemas iguais ficam do mesmo lado.

    Args:
        poemas: todos os poemas.
        parcela: fração para a validação, entre 0 e 1.
        semente: a mesma semente dá a mesma divisão.

    Returns:
        Treino e validação, cada um na ordem original.

    Raises:
        ErroPoema: não sobra ao menos um poema de cada lado.
    """
    distintos = list(dict.fromkeys(poemas))
    quantos = max(1, round(parcela * len(distintos)))
    if quantos >= len(distintos):
        raise ErroPoema(
            f"com {len(distintos)} poema(s) distinto(s) não dá para separar {quantos} para a "
            "validação; use mais poemas ou uma --validacao menor."
        )
    sorteados = np.random.default_rng(semente).permutation(len(distintos))[:quantos]
    validacao = {distintos[i] for i in sorteados}
    return [p for p in poemas if p not in validacao], [p for p in poemas if p in validacao]


def limpa(texto: str) -> str:
    """Devolve o arquivo limpo: frases da LLM, aspas tipográficas, espaços e repetidos fora.

    Um caractere que continue fora do alfabeto tira do arquivo o poema que o contém.
    """
    limpos = []
    for poema in separa_poemas(texto):
        novo = _OBSERVACAO.sub("", _APRESENTACAO.sub("", poema.translate(_TIPOGRAFIA)))
        novo = novo.replace(TERMINADOR, "")
        novo = "\n".join(" ".join(verso.split()) for verso in novo.split("\n"))
        novo = re.sub(r"\n{3,}", "\n\n", novo).strip()
        if novo and set(novo) <= ALFABETO:
            limpos.append(novo)
    return "".join(f"{poema}\n{TERMINADOR}\n" for poema in dict.fromkeys(limpos))


@dataclass(frozen=True)
class Conferencia:
    """O que `confere` contou num arquivo de poemas."""

    poemas: int
    repetidos: int
    versos: int
    caracteres: int
    maior: int
    fora_do_alfabeto: dict[str, int]
    frases_da_llm: list[str]
    terminador_no_verso: int
    espacos_sobrando: int

    @property
    def problemas(self) -> bool:
        """Se `--limpa` teria o que fazer."""
        return bool(
            self.repetidos
            or self.fora_do_alfabeto
            or self.frases_da_llm
            or self.terminador_no_verso
            or self.espacos_sobrando
        )


def confere(texto: str) -> Conferencia:
    """Conta um arquivo de poemas e aponta o que destoa; caracteres sem contar as linhas de "@"."""
    poemas = separa_poemas(texto)
    contagem = Counter("".join(poemas))
    estranhos = set(contagem) - ALFABETO - {TERMINADOR}
    return Conferencia(
        poemas=len(poemas),
        repetidos=len(poemas) - len(set(poemas)),
        versos=sum(bool(verso.strip()) for poema in poemas for verso in poema.split("\n")),
        caracteres=sum(map(len, poemas)),
        maior=max(map(len, poemas), default=0),
        fora_do_alfabeto={c: contagem[c] for c in sorted(estranhos)},
        frases_da_llm=[
            achado.group().strip()
            for poema in poemas
            for padrao in (_APRESENTACAO, _OBSERVACAO)
            for achado in padrao.finditer(poema)
        ],
        terminador_no_verso=contagem[TERMINADOR],
        espacos_sobrando=sum(
            poema != poema.strip() or bool(re.search(r"[ \t]\n|\n[ \t]|  |\n{3}", poema)) for poema in poemas
        ),
    )


@dataclass
class Opcoes:
    """As opções de `just dataset`."""

    arquivo: Path = opcao(DATASET_PADRAO, "arquivo de poemas", type=Path, posicional=True)
    limpa: Path | None = opcao(None, "grava aqui uma cópia limpa do arquivo", type=Path, metavar="SAIDA")


def principal() -> None:
    """Conta e confere um arquivo de poemas; com --limpa, grava uma cópia limpa."""
    opcoes = le_opcoes(Opcoes, principal.__doc__)
    texto = le_texto(opcoes.arquivo)
    _mostra(opcoes.arquivo, confere(texto))
    if opcoes.limpa:
        limpo = limpa(texto)
        grava_atomico(opcoes.limpa, limpo.encode())
        print(f"cópia limpa em {opcoes.limpa}: {milhar(len(separa_poemas(limpo)))} poemas")


def _mostra(arquivo: Path, c: Conferencia) -> None:
    if not c.poemas:
        raise ErroPoema(f"{arquivo} não tem poemas, só linhas com @.")
    print(f"{relativo(arquivo)}")
    print(f"  poemas      {milhar(c.poemas):>11}   ({milhar(c.repetidos)} repetidos)")
    print(f"  versos      {milhar(c.versos):>11}   ({decimal(c.versos / c.poemas, 1)} por poema)")
    media = decimal(c.caracteres / c.poemas, 1)
    print(f"  caracteres  {milhar(c.caracteres):>11}   ({media} por poema, {c.maior} no maior)")
    if not c.problemas:
        print("  nada a limpar")
        return
    estranhos = " ".join(f"{ascii(x) if x.isspace() else x}:{n}" for x, n in c.fora_do_alfabeto.items())
    print(f"  fora do alfabeto           {estranhos or 'nenhum'}")
    print(f"  frases da LLM              {milhar(len(c.frases_da_llm))}")
    for frase in c.frases_da_llm[:5]:
        print(f"    {frase.splitlines()[0]}")
    print(f"  @ no meio de versos        {milhar(c.terminador_no_verso)}")
    print(f"  poemas com espaços demais  {milhar(c.espacos_sobrando)}")


if __name__ == "__main__":
    executa(principal)
