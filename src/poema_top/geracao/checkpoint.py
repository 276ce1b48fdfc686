"""A pasta de um modelo treinado: gravar sem meio-termo, achar a mais nova, ler com desconfiança."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from poema_top.base.arquivos import PASTA_MODELOS, grava_atomico, relativo
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema
from poema_top.base.sistema import leva_ao_disco, substitui
from poema_top.texto.vocabulario import Vocabulario

MODELO = "modelo.keras"
PASSO = "passo.tflite"
VOCABULARIO = "vocabulario.json"
FICHA = "ficha.json"
HISTORICO = "historico.csv"
PERDA = "perda.png"

NOME_PADRAO = "padrao"
RELEITURAS = 20  # de uma pasta que muda enquanto é lida
_TAMANHO_MAXIMO = 1 << 30  # bytes; um arquivo maior que isto não é um modelo nosso


@dataclass(frozen=True)
class Checkpoint:
    """O que serve para gerar: nada aqui depende do dataset nem do TensorFlow."""

    pasta: Path
    passo: bytes
    vocabulario: Vocabulario
    ficha: Mapping[str, Any]
    impressao: str = ""  # o SHA-256 da ficha, que traz o dos outros dois: diz exatamente que modelo é

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
    nova, anterior = _provisoria(pasta), _anterior(pasta)
    try:
        pasta.parent.mkdir(parents=True, exist_ok=True)
        _recupera(pasta)
        shutil.rmtree(nova, ignore_errors=True)
        nova.mkdir()
        escreve(nova)
        somas = {nome: sha256((nova / nome).read_bytes()) for nome in (PASSO, VOCABULARIO)}
        ficha = {**ficha, "ordem": _proxima_ordem(pasta), "sha256": somas}
        texto = json.dumps(ficha, ensure_ascii=False, indent=1)
        grava_atomico(nova / FICHA, (texto + "\n").encode())
        _sincroniza(nova)
        if pasta.exists():
            shutil.rmtree(anterior, ignore_errors=True)
            substitui(pasta, anterior)
        substitui(nova, pasta)
        shutil.rmtree(anterior, ignore_errors=True)
    except OSError as erro:
        raise ErroPoema(f"não consegui gravar {relativo(pasta)}: {descreve_erro_do_sistema(erro)}") from erro
    finally:
        shutil.rmtree(nova, ignore_errors=True)
        with contextlib.suppress(OSError):
            _recupera(pasta)


def _provisoria(pasta: Path) -> Path:
    return pasta.parent / f".{pasta.name}.novo"


def _anterior(pasta: Path) -> Path:
    return pasta.parent / f".{pasta.name}.anterior"


def _recupera(pasta: Path) -> None:
    """Desfaz a troca de nomes que um kill deixou pela metade."""
    if not pasta.exists() and (_anterior(pasta) / FICHA).exists():
        substitui(_anterior(pasta), pasta)


def _sincroniza(pasta: Path) -> None:
    """Leva ao disco os arquivos e a própria pasta, para que uma queda de luz não os desordene."""
    for caminho in [*pasta.iterdir(), pasta]:
        leva_ao_disco(caminho)


def sha256(conteudo: bytes) -> str:
    """A impressão digital de um arquivo, em hexadecimal."""
    return hashlib.sha256(conteudo).hexdigest()


def _onde_esta(pasta: Path) -> Path:
    """A pasta, ou a sua versão anterior se a troca de nomes ficou no meio."""
    return pasta if (pasta / FICHA).exists() or not (_anterior(pasta) / FICHA).exists() else _anterior(pasta)


def _proxima_ordem(pasta: Path) -> int:
    """Um número que põe esta pasta depois de todas as suas vizinhas, ande o relógio como andar."""
    return 1 + max((_ordem(outra) for outra in completas(pasta.parent) if outra != pasta), default=0)


def _ordem(pasta: Path) -> int:
    """A ordem que a ficha diz; 0 nos modelos de antes de ela existir, e nos que não se leem."""
    try:
        ordem = json.loads((_onde_esta(pasta) / FICHA).read_text(encoding="utf-8"))["ordem"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0
    return ordem if type(ordem) is int else 0


def completas(raiz: Path = PASTA_MODELOS) -> list[Path]:
    """As pastas completas (com ficha) treinadas em `raiz`, da mais velha à mais nova.

    Vale a ordem escrita na ficha; entre as que não a têm, a data do arquivo.
    """
    if not raiz.is_dir():
        return []
    pastas = {raiz / p.name.removeprefix(".").removesuffix(".anterior") for p in raiz.glob(".*.anterior")}
    pastas |= {p for p in raiz.iterdir() if not p.name.startswith(".")}
    versoes = {p: (_ordem(p), v.data) for p in pastas if (v := versao(p))}
    return sorted(versoes, key=lambda p: (*versoes[p], p.name))


def candidatas(raiz: Path = PASTA_MODELOS) -> list[Path]:
    """As pastas completas, da mais nova à mais velha; a que vem com o projeto é a última."""
    pastas = completas(raiz)[::-1]
    return [*(p for p in pastas if p.name != NOME_PADRAO), *(p for p in pastas if p.name == NOME_PADRAO)]


def mais_nova(raiz: Path = PASTA_MODELOS) -> Path:
    """A pasta completa mais nova; sem nenhuma treinada aqui, a que vem com o projeto.

    Raises:
        ErroPoema: não há nenhuma.
    """
    if pastas := candidatas(raiz):
        return pastas[0]
    raise ErroPoema(f"não há modelo treinado em {relativo(raiz)}; treine um com: just treina")


class Versao(NamedTuple):
    """O que muda quando uma pasta é regravada."""

    pasta: Path
    arquivo: int  # o da ficha, no disco
    data: int  # dela, em nanossegundos


def versao(pasta: Path) -> Versao | None:
    """A versão em que uma pasta está agora; None se não há nela um modelo completo."""
    try:
        estado = (_onde_esta(pasta) / FICHA).stat()
    except OSError:
        return None
    return Versao(pasta, estado.st_ino, estado.st_mtime_ns)


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
        antes, onde = versao(pedida), _onde_esta(pedida)
        try:
            return _le(onde)
        except (ErroPoema, OSError):
            if not restam or (versao(pedida), _onde_esta(pedida)) == (antes, onde):
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
    conteudos = {nome: _le_conferido(escolhida, nome, ficha) for nome in (PASSO, VOCABULARIO)}
    try:
        vocabulario = Vocabulario.de_json(conteudos[VOCABULARIO].decode())
    except (ValueError, RecursionError) as erro:
        raise _corrompido(escolhida / VOCABULARIO, str(erro)) from None
    if len(vocabulario) != ficha["modelo"]["vocabulario"]:
        raise ErroPoema(
            f"{relativo(escolhida / VOCABULARIO)} tem {len(vocabulario)} tokens e o modelo foi "
            f"treinado com {ficha['modelo']['vocabulario']}; a pasta mistura dois modelos."
        )
    return Checkpoint(escolhida, conteudos[PASSO], vocabulario, ficha, impressao)


def _corrompido(caminho: Path, porque: str) -> ErroPoema:
    return ErroPoema(f"{relativo(caminho)} está corrompido ({porque}); treine de novo ou recupere a pasta.")


def _le_ficha(pasta: Path) -> tuple[dict[str, Any], str]:
    """A ficha, e a impressão digital dela."""
    conteudo = (pasta / FICHA).read_bytes()
    try:
        ficha = json.loads(conteudo)
        valores = [ficha["sha256"][PASSO], ficha["sha256"][VOCABULARIO], ficha["modelo"]["vocabulario"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        valores = []
    if [type(valor) for valor in valores] != [str, str, int]:
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
