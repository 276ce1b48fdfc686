"""Um projeto minúsculo com o preparo de verdade: requisitos de mentira, venv e pip de verdade, e sem rede."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

RAIZ = Path(__file__).resolve().parents[2]
PRAZO = 120  # segundos
SEM_REDE = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
# Um repositório de pacotes que não responde.
LONGE = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1"}
HA_ESCOLHA_DE_TENSORFLOW = os.uname().sysname == "Linux" and os.uname().machine == "x86_64"


def pacote(pasta: Path, nome: str, versao: str = "1") -> Path:
    """Um pacote de um módulo só, que sabe a sua versão, já montado."""
    modulo, dados = nome.replace("-", "_"), f"{nome.replace('-', '_')}-{versao}.dist-info"
    arquivo = pasta / f"{modulo}-{versao}-py3-none-any.whl"
    pasta.mkdir(exist_ok=True)
    with zipfile.ZipFile(arquivo, "w") as z:
        z.writestr(f"{modulo}.py", f"versao = {versao!r}\n")
        z.writestr(f"{dados}/METADATA", f"Metadata-Version: 2.1\nName: {nome}\nVersion: {versao}\n")
        z.writestr(f"{dados}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr(f"{dados}/RECORD", "".join(f"{n},,\n" for n in (*z.namelist(), f"{dados}/RECORD")))
    return arquivo


class Projeto:
    """Uma cópia do que prepara o ambiente, com requisitos de mentira."""

    def __init__(self, raiz: Path) -> None:
        self.raiz, self.venv, self.python = raiz, raiz / ".venv", raiz / ".venv/bin/python"
        shutil.copytree(RAIZ / "ferramentas", raiz / "ferramentas")
        pacote(raiz / "pacotes", "versinho")
        self.pede("r.txt", "./pacotes/versinho-1-py3-none-any.whl  # um pacote daqui")

    def pede(self, arquivo: str, *linhas: str) -> None:
        (self.raiz / arquivo).write_text("\n".join(("# Requisitos.", *linhas, "")))

    def prepara(
        self, arquivo: str = "r.txt", python: str = sys.executable, **ambiente: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [python, self.raiz / "ferramentas" / "ambiente.py", arquivo],
            env={**os.environ, **SEM_REDE, **ambiente},
            capture_output=True, text=True, timeout=PRAZO, check=False,
        )  # fmt: skip

    def versao(self) -> str:
        programa = "import versinho; print(versinho.versao)"
        return subprocess.check_output([self.python, "-c", programa], text=True).strip()

    def defeito(self) -> str:
        programa = "from preparo.estado import defeito; print(defeito())"
        pasta = self.raiz / "ferramentas"
        return subprocess.check_output([sys.executable, "-c", programa], text=True, cwd=pasta).strip()

    def marca(self) -> Path:
        """Um arquivo que só continua lá se ninguém refizer o .venv."""
        marca = self.venv / "marca"
        marca.touch()
        return marca
