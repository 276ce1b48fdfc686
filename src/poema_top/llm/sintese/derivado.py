"""Um arquivo que só cresce, e que se sabe letra por letra o que deve ter."""

import hashlib
import os
from contextlib import AbstractContextManager
from pathlib import Path

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import visivel
from poema_top.llm.sintese.diario import escreve_tudo


class Derivado(AbstractContextManager["Derivado"]):
    """Diz-se o que o arquivo deve ter, do começo ao fim: o que já lá está se confere, o que falta se escreve.

    Assim o arquivo e o diário nunca discordam: depois de uma morte, repetir o que o diário diz completa o que
    ficou por escrever, um poema pela metade inclusive.
    """

    def __init__(self, caminho: Path) -> None:
        """Abre o arquivo, ou o cria vazio.

        Raises:
            OSError: o disco recusou.
        """
        self.caminho = caminho
        self._arquivo = caminho.open("r+b" if caminho.exists() else "x+b", buffering=0)
        self._lido = b""  # adiantado do arquivo, ainda por conferir

    def __exit__(self, *_: object) -> None:
        """Fecha."""
        self._arquivo.close()

    @property
    def tamanho(self) -> int:
        """Bytes que o arquivo tem."""
        return os.fstat(self._arquivo.fileno()).st_size

    def soma(self, tamanho: int) -> str:
        """A impressão digital dos primeiros bytes, e passa por eles.

        Raises:
            ErroPoema: o arquivo tem menos que isso.
        """
        feita = hashlib.sha256()
        while tamanho:
            if not (pedaco := self._le(min(tamanho, 1 << 20))):
                raise self._mudou()
            feita.update(pedaco)
            tamanho -= len(pedaco)
        return feita.hexdigest()

    def deve_ter(self, dados: bytes) -> None:
        """O que vem a seguir no arquivo.

        Raises:
            ErroPoema: ele tem outra coisa.
            OSError: o disco recusou; o que falta se escreve da próxima vez.
        """
        tem = self._le(len(dados))
        if not dados.startswith(tem):
            raise self._mudou()
        escreve_tudo(self._arquivo, dados[len(tem) :])

    def acaba_aqui(self) -> None:
        """O arquivo não deve ter mais nada.

        Raises:
            ErroPoema: tem.
        """
        if self._le(1):
            raise self._mudou()

    def _le(self, tamanho: int) -> bytes:
        if len(self._lido) < tamanho:
            self._lido += self._arquivo.read(max(tamanho - len(self._lido), 1 << 16))
        dados, self._lido = self._lido[:tamanho], self._lido[tamanho:]
        return dados

    def _mudou(self) -> ErroPoema:
        return ErroPoema(
            f"{visivel(relativo(self.caminho), 200)} mudou desde que just gera o escreveu, e não mexo nele; "
            "dê outra --saida, ou mude-lhe o nome, e o arquivo se refaz do diário."
        )
