"""A versão do projeto é a mesma em toda parte."""

import re
import tomllib

from conftest import RAIZ


def acha(arquivo: str, regra: str) -> str:
    achado = re.search(regra, (RAIZ / arquivo).read_text(encoding="utf-8"), re.MULTILINE)
    assert achado, f"{arquivo} não diz a versão"
    return achado[1]


def test_a_versao_e_a_mesma_em_toda_parte() -> None:
    projeto = tomllib.loads((RAIZ / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert acha("CITATION.cff", r"^version: (.+)$") == projeto["version"]
    assert acha("MUDANCAS.md", r"^## (\S+)") == projeto["version"]


def test_a_licenca_e_a_mesma_em_toda_parte() -> None:
    projeto = tomllib.loads((RAIZ / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert acha("CITATION.cff", r"^license: (.+)$") == projeto["license"]
    assert acha("LICENSE", r"^(\w+) License$") == projeto["license"]
