"""O arquivo das probabilidades: um bloco por poema aceito, cada um por si, uns atrás dos outros.

Um bloco é um tamanho (8 bytes) e um .npz comprimido, com o poema e as colunas dos palpites; o zip traz a
soma que denuncia um byte trocado. O bloco vai ao disco antes da linha do diário que o menciona: o que passar
do que o diário diz é de um processo morto, e se corta.
"""

import io
import os
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

import numpy as np

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import visivel
from poema_top.llm.palpites import Palpites
from poema_top.llm.sintese.diario import escreve_tudo

_TAMANHO = struct.Struct("<Q")
_MAIOR = 64 << 20  # bytes de um bloco: 400 tokens com 20 candidatos ocupam uns 60 mil


class Colheita(AbstractContextManager["Colheita"]):
    """O arquivo aberto para crescer; só se cria quando há o que escrever."""

    def __init__(self, caminho: Path) -> None:
        """Não mexe em nada ainda."""
        self._caminho, self._tamanho = caminho, 0
        self._arquivo: Any = None

    def __exit__(self, *_: object) -> None:
        """Fecha."""
        if self._arquivo is not None:
            self._arquivo.close()

    def deve_ter(self, tamanho: int) -> None:
        """Mais um bloco que o diário diz que há, deste tamanho."""
        self._tamanho += tamanho

    def acaba_aqui(self) -> None:
        """Corta o que o diário não menciona.

        Raises:
            ErroPoema: falta o que ele menciona.
            OSError: o disco recusou.
        """
        tem = self._caminho.stat().st_size if self._caminho.exists() else 0
        if tem < self._tamanho:
            raise ErroPoema(
                f"falta uma parte de {visivel(relativo(self._caminho), 200)}, que o diário menciona; "
                "reponha-o, ou dê outra --saida."
            )
        if tem > self._tamanho:
            os.truncate(self._caminho, self._tamanho)

    def guarda(self, poema: str, palpites: Palpites) -> int:
        """Escreve um bloco e espera que esteja no disco; devolve o tamanho dele.

        Raises:
            OSError: o disco recusou; o bloco não conta, e o que dele ficou se corta.
        """
        dados = _bloco(poema, palpites)
        if self._arquivo is None:
            self._arquivo = self._caminho.open("ab", buffering=0)
        self._arquivo.truncate(self._tamanho)
        escreve_tudo(self._arquivo, dados)
        os.fsync(self._arquivo.fileno())
        self._tamanho += len(dados)
        return len(dados)


def le(caminho: Path) -> Iterator[tuple[str, Palpites]]:
    """Os poemas de um arquivo e o que a LLM achava de cada token; um bloco cortado no fim não conta.

    Raises:
        ErroPoema: o arquivo não existe, não é um destes, ou se estragou.
    """
    confere(caminho)
    with caminho.open("rb") as arquivo:
        while dados := _le_um(arquivo, caminho):
            try:
                yield _lido(dados)
            except (ValueError, LookupError, OSError, EOFError, zipfile.BadZipFile, zlib.error):
                raise _ruim(caminho) from None


def confere(caminho: Path) -> None:
    """Recusa um arquivo que não existe.

    Raises:
        ErroPoema: esse.
    """
    if not caminho.is_file():
        raise ErroPoema(
            f"não há o arquivo {relativo(caminho)}; faça-o com just gera --probabilidades 20, e dê o que "
            "acaba em .gera.probabilidades."
        )


def tokens(caminho: Path) -> tuple[str, ...]:
    """Os tokens que a LLM escreveu, do mais comum ao mais raro; o que não é texto inteiro não conta.

    Raises:
        ErroPoema: os de `le`.
    """
    vezes: Counter[str] = Counter()
    for _, palpites in le(caminho):
        vezes.update(palpites.textos[i] or "" for i in palpites.escolhidas)
    del vezes[""]
    return tuple(sorted(vezes, key=lambda token: (-vezes[token], token)))


def _le_um(arquivo: IO[bytes], caminho: Path) -> bytes:
    cabeca = arquivo.read(_TAMANHO.size)
    if len(cabeca) < _TAMANHO.size:
        return b""
    (tamanho,) = _TAMANHO.unpack(cabeca)
    if not 0 < tamanho <= _MAIOR:
        raise _ruim(caminho)
    dados = arquivo.read(tamanho)
    return dados if len(dados) == tamanho else b""


def _ruim(caminho: Path) -> ErroPoema:
    return ErroPoema(
        f"{visivel(relativo(caminho), 200)} não é um arquivo de probabilidades, ou se estragou; o de "
        "just gera --probabilidades acaba em .gera.probabilidades."
    )


def _bloco(poema: str, p: Palpites) -> bytes:
    quantas = np.min_scalar_type(len(p.pecas))
    colunas: dict[str, Any] = {
        "poema": np.frombuffer(poema.encode(), np.uint8),
        "pecas": np.frombuffer(b"".join(p.pecas), np.uint8),
        "fins": np.cumsum([len(peca) for peca in p.pecas], dtype=np.uint32),
        "ids": p.ids,
        "escolhidas": p.escolhidas.astype(quantas),
        "quais": p.quais.astype(quantas),
        # float16 basta: de um logaritmo entre -16 e 0 erra no máximo 1/256, e junto de 0, bem menos.
        "logs": np.maximum(p.logs, -60_000).astype(np.float16),
    }
    guardado = io.BytesIO()
    np.savez_compressed(guardado, **colunas)
    return _TAMANHO.pack(guardado.tell()) + guardado.getvalue()


def _lido(dados: bytes) -> tuple[str, Palpites]:
    with np.load(io.BytesIO(dados), allow_pickle=False) as c:
        bytes_, fins = c["pecas"].tobytes(), c["fins"].tolist()
        pecas = tuple(bytes_[a:b] for a, b in zip([0, *fins], fins, strict=False))
        palpites = Palpites(
            pecas,
            c["ids"].astype(np.int32),
            c["escolhidas"].astype(np.int32),
            c["quais"].astype(np.int32),
            c["logs"].astype(np.float32),
        )
        poema = c["poema"].tobytes().decode()
    if palpites.quais.shape != palpites.logs.shape or len(palpites) != len(palpites.quais):
        raise ValueError("colunas de tamanhos diferentes")
    if max(palpites.quais.max(initial=0), palpites.escolhidas.max(initial=0)) >= len(pecas):
        raise IndexError("um candidato que não há")
    return poema, palpites
