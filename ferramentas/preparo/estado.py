"""O .venv: o que ele deve ter, o que já tem, e se ainda roda. Quando nada mudou, só isto é carregado."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

RAIZ = Path(__file__).resolve().parents[2]
VENV = RAIZ / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
INCOMPLETO = VENV / ".incompleto"  # se ficou, quem fazia o .venv morreu no meio
PLACA = VENV / ".placa"  # a escolha entre os dois TensorFlow
VERSOES = ((3, 11), (3, 12), (3, 13))

SAIDA_ERRO = 2
SAIDA_INTERROMPIDO = 130


class ErroPreparo(Exception):
    """O que impede o .venv, numa linha que diz também o que fazer."""


def prepara(arquivos: list[str]) -> None:
    """Deixa o .venv com o que os arquivos de requisitos pedem.

    Raises:
        ErroPreparo: falta um Python que sirva, a internet ou o espaço.
    """
    if not em_dia(arquivos):
        from preparo import instalacao

        instalacao.instala(arquivos)


def em_dia(arquivos: list[str]) -> bool:
    """Se o .venv roda e já tem o que cada arquivo pede."""
    return not any(map(falta, arquivos)) and defeito() is None


def falta(arquivo: str) -> bool:
    """Se o que o arquivo pede hoje não é o que foi instalado por causa dele."""
    hoje = pedido(arquivo)
    try:
        return carimbo(arquivo).read_text(encoding="utf-8") != hoje
    except OSError:
        return True


def pedido(arquivo: str) -> str:
    """Tudo o que um arquivo pede, com as trancas: se um só hash muda, instala-se outra vez."""
    trancas = [tranca(a).read_text(encoding="utf-8") for a in trancados(arquivo)]
    return "\n".join([*le(arquivo), *trancas])


def carimbo(arquivo: str) -> Path:
    """Onde fica escrito o que foi instalado por causa de um arquivo de requisitos."""
    return VENV / f".instalado-{arquivo}"


def le(arquivo: str) -> list[str]:
    """As linhas de um arquivo de requisitos e dos que ele inclui, sem comentários.

    Raises:
        ErroPreparo: o arquivo não existe.
    """
    linhas: list[str] = []
    for linha in _linhas(arquivo):
        linhas += le(incluido) if (incluido := _incluido(linha)) else [linha]
    return linhas


def tranca(arquivo: str) -> Path:
    """Onde ficam a versão e os hashes de tudo o que um arquivo de requisitos traz (`just tranca`)."""
    return (RAIZ / arquivo).with_suffix(".lock")


def trancados(arquivo: str) -> list[str]:
    """Os arquivos de requisitos que têm tranca: os que este inclui e, por último, este."""
    incluidos = [
        a for linha in _linhas(arquivo) if (incluido := _incluido(linha)) for a in trancados(incluido)
    ]
    return [*incluidos, *([arquivo] if tranca(arquivo).exists() else [])]


def _linhas(arquivo: str) -> list[str]:
    try:
        texto = (RAIZ / arquivo).read_text(encoding="utf-8")
    except OSError:
        raise ErroPreparo(f"não achei o arquivo de requisitos {arquivo} em {RAIZ}.") from None
    linhas = (f" {bruta}".partition(" #")[0].strip() for bruta in texto.splitlines())
    return [linha for linha in linhas if linha]


def _incluido(linha: str) -> str:
    """O arquivo que uma linha inclui; vazio se ela é um pacote."""
    arquivo = linha[3:].strip() if linha.startswith("-r ") else ""
    return _tensorflow() if arquivo == "requirements-cpu.txt" else arquivo


def _tensorflow() -> str:
    from preparo import placa

    return placa.requisitos(PLACA)


def defeito() -> str | None:
    """O que há de errado com o .venv, em palavras; None se ele está inteiro e roda."""
    if not VENV.exists():
        return "não existe"
    try:
        linhas = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "está pela metade"
    if INCOMPLETO.exists():
        return "está pela metade"
    dele = {nome.strip(): valor.strip() for nome, _, valor in (linha.partition("=") for linha in linhas)}
    return _defeito_do_python(dele.get("version") or dele.get("version_info", ""), dele.get("executable", ""))


def _defeito_do_python(versao: str, feito_com: str) -> str | None:
    """Confere o Python do .venv com o que o fez: a versão, e o caminho com os links seguidos."""
    if versao_de(versao) not in VERSOES:
        return f"é do Python {versao}, que não serve"
    if not PYTHON.exists() or (os.name == "nt" and feito_com and not Path(feito_com).exists()):
        return "é de um Python que não está mais nesta máquina"
    if os.name == "nt" or os.path.realpath(PYTHON) == feito_com:
        return None
    from preparo import pythons  # o link leva a outro lugar: só perguntando ao Python de lá

    certa = pythons.versao([str(PYTHON)]) == versao_de(versao)
    return None if certa else "é de outra versão do Python que a de agora"


def versao_de(texto: str) -> tuple[int, ...]:
    """Lê os dois primeiros números de uma versão: "3.11.7" -> (3, 11)."""
    return tuple(int(parte) for parte in texto.split(".")[:2] if parte.isdigit())


def executa(comando: Callable[[], None]) -> None:
    """Roda e troca os erros esperados por uma linha em português e um status."""
    try:
        comando()
    except ErroPreparo as erro:
        sys.stderr.write(f"erro: {erro}\n")
        sys.exit(SAIDA_ERRO)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrompido.\n")
        sys.exit(SAIDA_INTERROMPIDO)
