"""A pasta de um modelo treinado: gravar sem meio-termo, achar a mais nova, ler com desconfiança."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poema_top.base.arquivos import grava_atomico, relativo
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema
from poema_top.base.sistema import leva_ao_disco, substitui
from poema_top.geracao.pastas import (
    FICHA,
    anterior,
    mais_nova,
    onde_esta,
    provisoria,
    proxima_ordem,
    recupera,
    versao,
)
from poema_top.texto.vocabulario import Vocabulario

MODELO = "modelo.keras"
PASSO = "passo.tflite"
VOCABULARIO = "vocabulario.json"
PAGINA = "pagina.bin"  # o modelo para o navegador; as pastas de antes de ele existir não o têm
HISTORICO = "historico.csv"
PERDA = "perda.png"

RELEITURAS = 20  # de uma pasta que muda enquanto é lida
_SERVEM = (PASSO, VOCABULARIO, PAGINA)
_TAMANHO_MAXIMO = 1 << 30  # bytes; um arquivo maior que isto não é um modelo nosso


@dataclass(frozen=True)
class Checkpoint:
    """O que serve para gerar: nada aqui depende do dataset nem do TensorFlow."""

    pasta: Path
    passo: bytes
    vocabulario: Vocabulario
    ficha: Mapping[str, Any]
    impressao: str = ""  # o SHA-256 da ficha, que traz o dos outros: diz exatamente que modelo é
    pagina: bytes | None = None

    @property
    def nome(self) -> str:
        """O nome da pasta."""
        return self.pasta.name


def grava(pasta: Path, escreve: Callable[[Path], None], ficha: dict[str, Any]) -> None:
    """Grava ou substitui a pasta de um modelo inteira, de uma vez.

    Os arquivos nascem numa pasta vizinha escondida, a ficha por último, e só então a pasta troca
    de nome. Quem for morto a qualquer momento deixa a versão velha ou a nova, completas: entre as
    duas trocas de nome a velha está em `.nome.anterior`, onde `le` também procura.

    Args:
        pasta: o destino, `modelos_treinados/<nome>`.
        escreve: recebe a pasta provisória e grava nela tudo menos a ficha.
        ficha: o conteúdo de `ficha.json`; ganha aqui o SHA-256 de cada arquivo que serve, e a ordem: um
            número maior que o de todos os outros modelos que estão ao lado.

    Raises:
        ErroPoema: o disco encheu ou recusou; a versão anterior fica intacta.
    """
    nova, velha = provisoria(pasta), anterior(pasta)
    try:
        pasta.parent.mkdir(parents=True, exist_ok=True)
        recupera(pasta)
        shutil.rmtree(nova, ignore_errors=True)
        nova.mkdir()
        escreve(nova)
        servem = [nome for nome in _SERVEM if nome != PAGINA or (nova / nome).exists()]
        somas = {nome: sha256((nova / nome).read_bytes()) for nome in servem}
        grava_atomico(nova / FICHA, _em_texto({**ficha, "ordem": proxima_ordem(pasta), "sha256": somas}))
        _sincroniza(nova)
        if pasta.exists():
            shutil.rmtree(velha, ignore_errors=True)
            substitui(pasta, velha)
        substitui(nova, pasta)
        shutil.rmtree(velha, ignore_errors=True)
    except OSError as erro:
        raise ErroPoema(f"não consegui gravar {relativo(pasta)}: {descreve_erro_do_sistema(erro)}") from erro
    finally:
        shutil.rmtree(nova, ignore_errors=True)
        with contextlib.suppress(OSError):
            recupera(pasta)


def acrescenta_pagina(treinado: Checkpoint, conteudo: bytes) -> None:
    """Põe o arquivo da página numa pasta de antes de ele existir; a ficha ganha a soma dele, por último.

    A data da ficha fica a que era: é por ela que se sabe qual dos modelos antigos é o mais novo.

    Raises:
        OSError: disco cheio, sem permissão; o modelo continua como estava.
    """
    ficha = treinado.pasta / FICHA
    antes = ficha.stat()
    grava_atomico(treinado.pasta / PAGINA, conteudo)
    somas = {**treinado.ficha["sha256"], PAGINA: sha256(conteudo)}
    grava_atomico(ficha, _em_texto({**treinado.ficha, "sha256": somas}))
    os.utime(ficha, ns=(antes.st_atime_ns, antes.st_mtime_ns))


def _em_texto(ficha: Mapping[str, Any]) -> bytes:
    return (json.dumps(ficha, ensure_ascii=False, indent=1) + "\n").encode()


def _sincroniza(pasta: Path) -> None:
    """Leva ao disco os arquivos e a própria pasta, para que uma queda de luz não os desordene."""
    for caminho in [*pasta.iterdir(), pasta]:
        leva_ao_disco(caminho)


def sha256(conteudo: bytes) -> str:
    """A impressão digital de um arquivo, em hexadecimal."""
    return hashlib.sha256(conteudo).hexdigest()


def le(pasta: Path | None = None) -> Checkpoint:
    """Lê o que serve para gerar, conferindo cada arquivo.

    Quem chega no meio de uma gravação lê a versão velha ou a nova, inteira: se a leitura falha e a pasta não
    é mais a mesma, lê-se outra vez.

    Args:
        pasta: a pasta do modelo; None é a mais nova.

    Raises:
        ErroPoema: pasta ausente ou sem ficha, arquivo corrompido ou alheio, vocabulário que não é
            o do modelo. A mensagem diz qual arquivo.
    """
    pedida = pasta if pasta is not None else mais_nova()
    for restam in reversed(range(RELEITURAS)):
        antes, onde = versao(pedida), onde_esta(pedida)
        try:
            return _le(onde)
        except (ErroPoema, OSError):
            # O lugar antes da versão: ao contrário, uma troca que acabasse entre os dois não se veria.
            esta = onde_esta(pedida)
            if not restam or (versao(pedida), esta) == (antes, onde):
                raise
    raise AssertionError("a última releitura devolve ou falha")


def _le(escolhida: Path) -> Checkpoint:
    if not escolhida.is_dir():
        raise ErroPoema(f"não achei a pasta de modelo {relativo(escolhida)}; confira o --modelo.")
    if not (escolhida / FICHA).exists():
        raise ErroPoema(
            f"{relativo(escolhida)} não tem {FICHA}: não é um modelo, ou o treino não chegou a "
            "gravá-lo; escolha outra pasta com --modelo."
        )
    ficha, impressao = _le_ficha(escolhida)
    conteudos = {nome: _le_conferido(escolhida, nome, ficha) for nome in _SERVEM if nome in ficha["sha256"]}
    try:
        vocabulario = Vocabulario.de_json(conteudos[VOCABULARIO].decode())
    except (ValueError, RecursionError) as erro:
        raise _corrompido(escolhida / VOCABULARIO, str(erro)) from None
    if len(vocabulario) != ficha["modelo"]["vocabulario"]:
        raise ErroPoema(
            f"{relativo(escolhida / VOCABULARIO)} tem {len(vocabulario)} tokens e o modelo foi "
            f"treinado com {ficha['modelo']['vocabulario']}; a pasta mistura dois modelos."
        )
    return Checkpoint(
        escolhida, conteudos[PASSO], vocabulario, ficha, impressao, pagina=conteudos.get(PAGINA)
    )


def _corrompido(caminho: Path, porque: str) -> ErroPoema:
    return ErroPoema(f"{relativo(caminho)} está corrompido ({porque}); treine de novo ou recupere a pasta.")


def _le_ficha(pasta: Path) -> tuple[dict[str, Any], str]:
    """A ficha, e a impressão digital dela."""
    conteudo = (pasta / FICHA).read_bytes()
    try:
        ficha = json.loads(conteudo)
        somas = {PAGINA: "", **ficha["sha256"]}
        valores = [*(somas[nome] for nome in _SERVEM), ficha["modelo"]["vocabulario"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        valores = []
    if [type(valor) for valor in valores] != [str, str, str, int]:
        raise _corrompido(pasta / FICHA, "não é a ficha de um modelo deste projeto")
    return dict(ficha), sha256(conteudo)


def _le_conferido(pasta: Path, nome: str, ficha: Mapping[str, Any]) -> bytes:
    caminho = pasta / nome
    if not caminho.is_file():
        raise ErroPoema(f"falta {nome} em {relativo(pasta)}; treine de novo ou recupere a pasta.")
    if caminho.stat().st_size > _TAMANHO_MAXIMO:
        raise _corrompido(caminho, "grande demais")
    conteudo = caminho.read_bytes()
    if sha256(conteudo) != ficha["sha256"][nome]:
        raise _corrompido(caminho, "o SHA-256 não é o da ficha")
    return conteudo
