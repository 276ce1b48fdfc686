"""A ronda: procura um modelo mais novo, e só o entrega depois de provado."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema, descreve_erro_do_sistema
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.pastas import Versao, candidatas, versao
from poema_top.geracao.prova import prova

registro = logging.getLogger("poema")

RONDA = 2.0  # segundos entre duas olhadas
PRIMEIRA_ESPERA = 4.0  # segundos até provar de novo um modelo recusado; dobra a cada vez
ESPERA_MAXIMA = 600.0


@dataclass
class _Recusa:
    """Uma versão que não passou: por quê, quando se prova de novo e quanto se espera depois disso."""

    motivo: str
    proxima: float
    espera: float


class Ronda:
    """Sabe que modelo está em uso e quais não prestaram.

    Um modelo recusado pode estar só pela metade, ou com as permissões erradas: prova-se de novo, cada vez
    mais espaçado; e se a pasta mudou, já.
    """

    def __init__(self, pedida: Path | None, em_uso: Checkpoint) -> None:
        """`pedida` é a pasta de `--modelo`; sem ela, olham-se todas."""
        self._pedida = pedida
        self._em_uso = versao(pedida or em_uso.pasta)
        self._recusas: dict[Versao, _Recusa] = {}

    def procura(self) -> Checkpoint | None:
        """Um modelo mais novo que o em uso, provado; None se não há. Leva segundos: chame-o noutra thread."""
        vistas = set()
        for pasta in [self._pedida] if self._pedida else candidatas():
            if (atual := versao(pasta)) is None:
                continue
            if atual == self._em_uso:
                break
            vistas.add(atual)
            if treinado := self._prova(atual):
                self._em_uso = atual
                return treinado
        self._recusas = {quem: recusa for quem, recusa in self._recusas.items() if quem in vistas}
        return None

    def _prova(self, atual: Versao) -> Checkpoint | None:
        agora, anterior = time.monotonic(), self._recusas.get(atual)
        if anterior and agora < anterior.proxima:
            return None
        try:
            return prova(atual.pasta)
        except OSError as erro:
            motivo = f"{relativo(atual.pasta)}: {descreve_erro_do_sistema(erro)}"
        except ErroPoema as erro:
            motivo = str(erro)
        if anterior is None or anterior.motivo != motivo:
            registro.warning("modelo recusado: %s Fica o que já estava; provo de novo depois.", motivo)
        espera = min(ESPERA_MAXIMA, 2 * anterior.espera) if anterior else PRIMEIRA_ESPERA
        self._recusas[atual] = _Recusa(motivo, time.monotonic() + espera, espera)
        return None
