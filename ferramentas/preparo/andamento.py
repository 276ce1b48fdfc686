"""Roda o pip e mostra o que interessa: o que é grande, enquanto baixa, e quando começa a instalar."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

GRANDE = 5.0  # MB: o que é menor que isso baixa antes que se leia a linha
PASSO = 0.2  # segundos entre duas olhadas no que já chegou


def roda_pip(
    comando: list[str], ambiente: dict[str, str], baixados: Path, ao_instalar: Callable[[], None]
) -> str:
    """Roda o pip até o fim.

    Args:
        comando: o pip e os argumentos dele.
        ambiente: as variáveis dele; os temporários ficam em `baixados`.
        baixados: onde o que ele baixa vai crescendo.
        ao_instalar: chamada quando ele acaba de baixar e vai mexer no que está instalado.

    Returns:
        Vazio se deu certo; se não, tudo o que o pip disse.
    """
    baixados.mkdir(parents=True, exist_ok=True)
    dito, barra = [], Barra(baixados)
    with subprocess.Popen(
        comando, env={**ambiente, "TMPDIR": str(baixados), "TEMP": str(baixados), "TMP": str(baixados)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
    ) as pip:  # fmt: skip
        for linha in pip.stdout or ():
            dito.append(linha)
            barra.encerra()
            if achado := re.search(r"Downloading (\S+?)-\d\S* \(([\d.]+) MB\)", linha):
                barra.comeca(achado[1], float(achado[2]))
            elif linha.startswith("Installing collected packages:"):
                ao_instalar()
                quantos = linha.count(",") + 1
                print(f"  instalando {quantos} pacote{'s' * (quantos > 1)}", file=sys.stderr, flush=True)
        barra.encerra()
    shutil.rmtree(baixados, ignore_errors=True)
    return "".join(dito) if pip.returncode else ""


class Barra:
    """O andamento de um pacote que baixa: num terminal, uma linha que se reescreve; fora dele, uma linha."""

    def __init__(self, baixados: Path) -> None:
        self._baixados = baixados
        self._fim = threading.Event()
        self._vigia: threading.Thread | None = None

    def comeca(self, pacote: str, total: float) -> None:
        """Mostra que um pacote de `total` MB começou a chegar."""
        if total < GRANDE:
            return
        if not sys.stderr.isatty():
            print(f"  baixando {pacote}: {total:.0f} MB", file=sys.stderr, flush=True)
            return
        self._fim.clear()
        self._vigia = threading.Thread(target=self._olha, args=(pacote, total), daemon=True)
        self._vigia.start()

    def encerra(self) -> None:
        """Acabou de chegar o que vinha chegando, se vinha."""
        if self._vigia is not None:
            self._fim.set()
            self._vigia.join()
            self._vigia = None

    def _olha(self, pacote: str, total: float) -> None:
        while not self._fim.wait(PASSO):
            self._escreve(pacote, self._chegou(), total)
        self._escreve(pacote, total, total)
        sys.stderr.write("\n")

    def _escreve(self, pacote: str, chegou: float, total: float) -> None:
        sys.stderr.write(f"\r  baixando {pacote}: {min(chegou, total):.0f} de {total:.0f} MB ")
        sys.stderr.flush()

    def _chegou(self) -> float:
        """O tamanho do maior arquivo que o pip tem em mãos, em MB."""
        tamanhos = [0]
        for arquivo in self._baixados.rglob("*.whl"):
            try:
                tamanhos.append(arquivo.stat().st_size)
            except OSError:  # o pip já o levou
                continue
        return max(tamanhos) / 1e6
