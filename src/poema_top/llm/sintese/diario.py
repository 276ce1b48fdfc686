r"""O diário de uma geração: uma linha de JSON por resposta, a única coisa que não se pode perder.

Tudo o mais (o arquivo dos poemas, o dos descartados, a ficha) se refaz a partir dele. Uma linha se escreve de
uma vez, e só então a resposta existe: um processo morto a qualquer instante perde, no máximo, o que ainda
não tinha chegado, e deixa no máximo uma linha pela metade, sem o \n, que ao abrir se corta. Cada linha espera
pelo disco (fsync): custa milésimos de segundo, e um poema custa segundos.
"""

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.sistema import leva_ao_disco
from poema_top.base.visivel import visivel

Registro = dict[str, Any]
# O que cada linha traz: a primeira, cada vez que se roda, e cada resposta.
_LINHAS = (
    {"diario", "base"},
    {"sessao", "quando"},
    {"chave", "quando", "entrada", "saida", "texto"},
)


def escreve_tudo(arquivo: Any, dados: bytes) -> None:
    """Escreve num arquivo sem memória intermediária, que pode aceitar só uma parte de cada vez.

    Raises:
        OSError: o disco recusou; o que coube ficou.
    """
    while dados:
        dados = dados[arquivo.write(dados) :]


class Diario(AbstractContextManager["Diario"]):
    """Um diário aberto; quem o abre é o único (`base.tranca`)."""

    def __init__(self, caminho: Path) -> None:
        """Abre ou começa o diário, e corta a linha que ficou pela metade.

        Raises:
            OSError: o disco recusou.
        """
        self.caminho = caminho
        self._arquivo = caminho.open("r+b" if caminho.exists() else "x+b", buffering=0)
        self._conserta()
        leva_ao_disco(caminho.parent)

    def __exit__(self, *_: object) -> None:
        """Fecha."""
        self._arquivo.close()

    def le(self) -> Iterator[Registro]:
        """Os registros, na ordem em que se escreveram.

        Raises:
            ErroPoema: uma linha inteira que não é um registro: alguém mexeu no arquivo.
        """
        with self.caminho.open("rb") as arquivo:
            for numero, linha in enumerate(arquivo, 1):
                try:
                    registro = json.loads(linha)
                except ValueError:
                    registro = None
                if not isinstance(registro, dict) or not any(campos <= registro.keys() for campos in _LINHAS):
                    nome = visivel(relativo(self.caminho), 200)
                    raise ErroPoema(
                        f"a linha {numero} de {nome} não é de um diário; conserte-a, ou dê outra --saida."
                    )
                yield registro

    def anota(self, registro: Registro) -> None:
        """Escreve um registro e espera que esteja no disco.

        Raises:
            OSError: o disco recusou; o registro não conta.
        """
        escreve_tudo(self._arquivo, (json.dumps(registro, ensure_ascii=False) + "\n").encode())
        os.fsync(self._arquivo.fileno())

    def _conserta(self) -> None:
        """Corta o que vem depois da última quebra de linha, e fica no fim."""
        fim = self._arquivo.seek(0, os.SEEK_END)
        while fim:
            comeco = max(0, fim - (1 << 16))
            self._arquivo.seek(comeco)
            if (quebra := self._arquivo.read(fim - comeco).rfind(b"\n")) >= 0:
                fim = comeco + quebra + 1
                break
            fim = comeco
        self._arquivo.truncate(fim)
        self._arquivo.seek(fim)
