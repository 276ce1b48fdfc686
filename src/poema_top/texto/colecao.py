"""Uma coleção de textos em poemas: um arquivo ou uma pasta inteira, aos poucos, e o que se entendeu."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from poema_top.base.arquivos import relativo, sha256_do_arquivo
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema
from poema_top.base.visivel import visivel
from poema_top.texto import limpeza, pasta
from poema_top.texto.codificacao import Decifrado, decifra
from poema_top.texto.contas import Contas
from poema_top.texto.embalagem import desembala
from poema_top.texto.paginas import Ilegivel
from poema_top.texto.poemas import BLOCO, FIM_DE_POEMA, TERMINADOR, SemFim, blocos_de_poemas, comando
from poema_top.texto.separacao import Separado, separa


@dataclass(frozen=True)
class Lido:
    """Um arquivo lido: como, e por que regra se separaram os poemas dele."""

    caminho: Path
    decifrado: Decifrado
    separado: Separado


@dataclass
class Colecao:
    """Os textos de uns caminhos. Ler os poemas (`poemas`) enche os outros campos.

    Attributes:
        caminhos: arquivos, pastas e padrões.
        separa: a regra pedida, ou "auto".
        codificacao: a que a pessoa disse, ou None.
        menos: arquivos que as pastas não dão.
        lidos: o que se leu de cada arquivo, sem os poemas.
        fora: o que não se leu, e por quê.
        contas: o que saiu dos textos antes de separá-los.
    """

    caminhos: tuple[Path, ...]
    separa: str = "auto"
    codificacao: str | None = None
    menos: tuple[Path, ...] = ()
    lidos: list[Lido] = field(default_factory=list)
    fora: list[tuple[Path, str]] = field(default_factory=list)
    contas: Contas = field(default_factory=Contas)

    def poemas(self) -> Iterator[list[str]]:
        """Os poemas de cada arquivo, na ordem de `pasta.encontra`.

        Raises:
            ErroPoema: nada se leu; com um arquivo só, a mensagem é o que há com ele.
        """
        achados = pasta.encontra(self.caminhos, self.menos)
        self.fora += achados.fora
        sozinho = len(achados.arquivos) == 1
        for arquivo in achados.arquivos:
            try:
                lido = self._le(arquivo, sozinho=sozinho)
            except (Ilegivel, OSError) as erro:
                motivo = descreve_erro_do_sistema(erro) if isinstance(erro, OSError) else str(erro)
                if sozinho:
                    raise ErroPoema(f"{visivel(relativo(arquivo), 200)} {motivo}") from None
                self.fora.append((arquivo, motivo))
                continue
            self.lidos.append(lido)
            yield lido.separado.poemas
        if not self.lidos:
            nome, motivo = self.fora[-1]
            raise ErroPoema(
                f"não consegui ler nenhum dos arquivos; o último, {visivel(str(nome), 200)}, {motivo}"
            )

    def _le(self, arquivo: Path, *, sozinho: bool) -> Lido:
        decifrado = decifra(arquivo.read_bytes(), self.codificacao)
        texto = desembala(unicodedata.normalize("NFC", decifrado.texto), self.contas)
        if not texto.strip():
            raise Ilegivel("não tem nada além do que se tira antes de ler")
        if self.separa == "arroba" and not FIM_DE_POEMA.search(texto):
            raise Ilegivel("não tem nenhuma linha @; veja como separá-lo com --separa auto")
        return Lido(arquivo, decifrado, separa(texto, self.separa, sozinho=sozinho))


def blocos(caminhos: Iterable[Path], pastas: list[Colecao] | None = None) -> Iterator[list[str]]:
    """Os poemas de arquivos no formato do projeto, e os de pastas de textos, em blocos, como se fossem um só.

    Um arquivo é lido aos poucos, e precisa estar no formato; os de uma pasta, um por vez, como `just dataset`
    os leria, só com o asseio (`limpeza.HIGIENE`) que todo texto precisa para virar números.

    Args:
        caminhos: na ordem em que se leem.
        pastas: recebe o que se entendeu de cada pasta.

    Raises:
        ErroPoema: os de `blocos_de_poemas` e de `Colecao.poemas`, ou uma pasta sem nenhum poema.
    """
    for caminho in caminhos:
        if caminho.is_dir():
            lida = Colecao((caminho,))
            if pastas is not None:
                pastas.append(lida)
            yield from _blocos_da_pasta(lida)
            continue
        try:
            yield from blocos_de_poemas(caminho)
        except SemFim as erro:
            raise ErroPoema(_sem_fim(caminho) or str(erro)) from None


def _blocos_da_pasta(colecao: Colecao) -> Iterator[list[str]]:
    """Os poemas da coleção, asseados; os que ficam sem nenhuma letra não vêm."""
    algum = False
    for poemas in colecao.poemas():
        asseados = [limpeza.limpa_um(poema, limpeza.HIGIENE, colecao.contas) for poema in poemas]
        if ruim := next((poema for poema in asseados if TERMINADOR in poema), ""):
            verso = next(linha for linha in ruim.split("\n") if TERMINADOR in linha)
            raise ErroPoema(
                f"{visivel(relativo(colecao.lidos[-1].caminho), 200)}: há um @ no meio de "
                f"“{visivel(verso)}”, e ele marca o fim de um poema; limpe a pasta com: "
                f"{comando(colecao.caminhos[0])}"
            )
        if asseados := [poema for poema in asseados if any(map(str.isalpha, poema))]:
            algum = True
            yield asseados
    if not algum:
        onde = visivel(relativo(colecao.caminhos[0]), 200)
        raise ErroPoema(f"não há nenhuma letra nos textos de {onde}; ponha poemas neles.")


def le(*caminhos: Path) -> list[str]:
    """Todos os poemas de arquivos e de pastas, como `blocos` os dá."""
    return [poema for bloco in blocos(caminhos) for poema in bloco]


def estado(caminho: Path) -> str:
    """O que muda quando muda o que se leria: nomes, tamanhos e datas dos arquivos."""
    return " ".join(
        f"{nome} {arquivo.stat().st_size} {arquivo.stat().st_mtime_ns}" for nome, arquivo in _nomes(caminho)
    )


def soma(caminho: Path) -> str:
    """A impressão digital do texto: a do arquivo; de uma pasta, a dos nomes e das impressões, em ordem."""
    if not caminho.is_dir():
        return sha256_do_arquivo(caminho)
    tudo = "".join(f"{sha256_do_arquivo(arquivo)}  {nome}\n" for nome, arquivo in _nomes(caminho))
    return hashlib.sha256(tudo.encode(errors="surrogateescape")).hexdigest()


def _nomes(caminho: Path) -> list[tuple[str, Path]]:
    if not caminho.is_dir():
        return [("", caminho)]
    return [
        (arquivo.relative_to(caminho).as_posix(), arquivo) for arquivo in pasta.encontra([caminho]).arquivos
    ]


def _sem_fim(caminho: Path) -> str:
    """A linha que diz o que se vê num arquivo sem "@", e o comando que o separa; "" se não dá para ler."""
    if caminho.stat().st_size > 16 * BLOCO:
        return ""
    colecao = Colecao((caminho,))
    try:
        quantos = sum(map(len, colecao.poemas()))
    except ErroPoema as erro:
        return str(erro)
    lido = colecao.lidos[0]
    visto = lido.separado.conta() if quantos > 1 else "um bloco só"
    return (
        f"não achei nenhuma linha @ em {visivel(relativo(caminho), 999)}; vejo {visto}: "
        f"{comando(caminho, '--separa', lido.separado.regra)}"
    )
