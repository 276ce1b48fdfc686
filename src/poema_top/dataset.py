"""Lê, confere, limpa e divide arquivos de poemas."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top.comum import (
    DATASET_PADRAO,
    RAIZ,
    TERMINADOR,
    ErroPoema,
    decimal,
    executa,
    grava_atomico,
    milhar,
    relativo,
)
from poema_top.limpeza import Conferencia, confere, limpa
from poema_top.opcoes import le_opcoes, opcao


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


def separa_validacao(poemas: list[str], validacao: str, semente: int) -> tuple[list[str], list[str]]:
    """Treino e validação como `just treina --validacao` os pede.

    Args:
        poemas: os do dataset.
        validacao: uma fração deles ("0,05"), ou o caminho de outro arquivo de poemas.
        semente: a da divisão.

    Raises:
        ErroPoema: fração fora de (0, 1), poemas de menos, ou arquivo ruim.
    """
    try:
        parcela = float(validacao.replace(",", "."))
    except ValueError:
        caminho = Path(validacao)
        return poemas, le_poemas(caminho if caminho.exists() else RAIZ / caminho)
    if not 0 < parcela < 1:
        raise ErroPoema(f"--validacao precisa ser maior que 0 e menor que 1 (veio {validacao}).")
    return divide(poemas, parcela, semente)


@dataclass
class Opcoes:
    """As opções de `just dataset`."""

    arquivo: Path = opcao(DATASET_PADRAO, "arquivo de poemas", type=Path, posicional=True)
    limpa: Path | None = opcao(None, "grava aqui uma cópia limpa do arquivo", type=Path, metavar="SAIDA")


def principal() -> None:
    """Conta e confere um arquivo de poemas; com --limpa, grava uma cópia limpa."""
    opcoes = le_opcoes(Opcoes, principal.__doc__)
    poemas = separa_poemas(le_texto(opcoes.arquivo))
    _mostra(opcoes.arquivo, confere(poemas))
    if opcoes.limpa:
        limpos = limpa(poemas)
        texto = "".join(f"{poema}\n{TERMINADOR}\n" for poema in limpos)
        grava_atomico(opcoes.limpa, texto.encode())
        print(f"cópia limpa em {opcoes.limpa}: {milhar(len(limpos))} poemas")


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
