"""Os programas do sistema que alguns testes pedem: sem um, o teste é pulado, e o fim diz o que instalar."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest

from poema_top.base.sistema import procura_programa

# O pacote do Debian e do Ubuntu que traz cada um, quando o nome é outro.
PACOTES = {
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "systemd-analyze": "systemd",
    "nft": "nftables",
    "ip": "iproute2",
    "ss": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "WebKitWebDriver": "webkit2gtk-driver",
    "Xvfb": "xvfb",
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FIREFOX = ("firefox-esr", "firefox")
SEM = "sem o que se instala com apt: "


def exige(*nomes: str) -> list[str]:
    """Os caminhos de programas do sistema; se falta algum, o teste é pulado, e o motivo diz todos."""
    caminhos = {nome: procura_programa(nome) for nome in nomes}
    if faltam := [nome for nome, caminho in caminhos.items() if caminho is None]:
        pytest.skip(SEM + ", ".join(faltam))
    return [str(caminho) for caminho in caminhos.values()]


def programa(nome: str) -> str:
    """O caminho de um programa do sistema; sem ele, o teste é pulado."""
    return exige(nome)[0]


def chromium() -> str:
    """O caminho do Chromium, ou o de CHROMIUM; sem nenhum, o teste é pulado."""
    return os.environ.get("CHROMIUM") or _um_de(CHROMIUM)


def firefox() -> str:
    """O caminho do Firefox, ou o de FIREFOX; sem nenhum, o teste é pulado."""
    return os.environ.get("FIREFOX") or _um_de(FIREFOX)


def _um_de(nomes: Sequence[str]) -> str:
    return next(filter(None, map(shutil.which, nomes)), None) or programa(nomes[0])


def o_que_instalar(motivos: Iterable[str]) -> str:
    """O que deixou de rodar, por falta de quê, e a linha que traz tudo; vazio se não faltou nada."""
    faltas = Counter(nome for m in motivos if SEM in m for nome in m.rpartition(SEM)[2].split(", "))
    if not faltas:
        return ""
    quantos = ", ".join(f"{nome} ({vezes})" for nome, vezes in sorted(faltas.items()))
    pacotes = " ".join(sorted({PACOTES.get(nome, nome) for nome in faltas}))
    return f"testes pulados, pelo programa que faltou: {quantos}\npara rodá-los: apt install {pacotes}"
