"""Faz ou refaz o .venv e instala nele o que falta, um terminal de cada vez."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from preparo import placa, pythons
from preparo.andamento import roda_pip
from preparo.estado import (
    INCOMPLETO,
    PLACA,
    PYTHON,
    RAIZ,
    VENV,
    ErroPreparo,
    carimbo,
    defeito,
    em_dia,
    falta,
    le,
    pedido,
    tranca,
    trancados,
)
from preparo.tranca import um_de_cada_vez

# Quanto vem pela rede se não há nada ainda, em MB: a soma dos pacotes que o pip escolhe num Linux de PC.
BAIXA = {
    "requirements-servidor.txt": 45,
    "requirements.txt": 390,
    "requirements-gpu.txt": 3500,
    "requirements-avalia.txt": 95,
    "requirements-gera.txt": 66,
    "requirements-verifica.txt": 175,
    "requirements-dev.txt": 517,
    "requirements-tranca.txt": 22,
    "requirements-llm.txt": 125,
}
SEM_DEPENDENCIAS = ("requirements-llm.txt",)
# De um arquivo com tranca só entra o que está nela, com um hash que confere; e nada que se monte aqui, porque
# montar um pacote é rodar o código dele.
COM_TRANCA = ["--require-hashes", "--only-binary", ":all:", "-r"]
# O primeiro uso é logo depois de instalar: só se compila o que se usa, e quem roda depois, talvez sem poder
# gravar aqui (o serviço), já começa depressa.
TREINO = "import tensorflow, keras, matplotlib.pyplot"
PRIMEIRO_USO = {
    "requirements-servidor.txt": "import poema_top.websocket",
    "requirements.txt": TREINO,
    "requirements-dev.txt": TREINO,
}
CONSELHOS = (
    (r"No space left|Errno 28|WinError 112", "o disco encheu; libere espaço e tente de novo"),
    (
        r"NewConnectionError|name resolution|ConnectionError|timed out|ProxyError|SSLError|Max retries",
        "a internet ou o repositório de pacotes não responde; confira a rede e tente de novo",
    ),
    (
        r"DO NOT MATCH THE HASHES|Hashes are required in --require-hashes",
        "um pacote não é o da tranca, e ficou de fora; tente de novo, e se repetir desconfie de onde ele vem",
    ),
    (
        r"No matching distribution found for (?P<pacote>\S+)",
        "não há {pacote} para este sistema e este Python; confira o nome e a versão",
    ),
)


def instala(arquivos: list[str]) -> None:
    """Refaz o .venv se ele tem defeito, e instala o que falta nele.

    Raises:
        ErroPreparo: não deu; a mensagem diz por quê.
    """
    try:
        with um_de_cada_vez():
            if em_dia(arquivos):  # outro terminal acabou de fazer
                return
            usa_tensorflow = any(linha.startswith("tensorflow") for a in arquivos for linha in le(a))
            escolhido = placa.requisitos(PLACA) if usa_tensorflow else ""
            _conserta(escolhido)
            if escolhido:
                PLACA.write_text(escolhido, encoding="utf-8")
                print(placa.explica(escolhido), file=sys.stderr)
            for arquivo in filter(falta, arquivos):
                _instala_um(arquivo)
    except OSError as erro:
        raise ErroPreparo(
            f"não consegui mexer em {VENV} ({erro.strerror or erro}); confira o dono dela, o "
            "espaço no disco e se nada a está usando, ou apague-a e tente de novo."
        ) from erro


def _conserta(escolhido: str) -> None:
    """Deixa um .venv inteiro, com pip e sem o TensorFlow que não é o escolhido."""
    motivo = defeito()
    if motivo is None and not _pacotes("pip"):
        motivo = "não tem pip"
    if motivo is None and escolhido and any(placa.tem_o_outro(escolhido, p) for p in _pacotes("")):
        motivo = "tem o outro TensorFlow"
    if motivo is not None:
        _refaz(motivo)


def _refaz(motivo: str) -> None:
    """Faz o .venv do nada; o que havia nele se apaga, menos a escolha do TensorFlow."""
    python = pythons.base()
    versao = ".".join(map(str, pythons.versao(python)))
    comeco = "criando .venv" if not VENV.exists() else f"refazendo .venv, que {motivo},"
    print(f"{comeco} com o Python {versao}", file=sys.stderr, flush=True)
    guardado = PLACA.read_text(encoding="utf-8") if PLACA.exists() else ""
    if VENV.exists():
        (VENV / "pyvenv.cfg").unlink(missing_ok=True)  # sem ele, um .venv meio apagado é um .venv pela metade
        shutil.rmtree(VENV)
    VENV.mkdir()
    INCOMPLETO.touch()
    feito = subprocess.run([*python, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if feito.returncode:
        ultima = (feito.stderr or feito.stdout).strip().rpartition("\n")[2]
        raise ErroPreparo(f"o Python {versao} não conseguiu fazer {VENV}: {ultima}")
    # O setuptools que o Python 3.11 põe aqui só serve para montar pacotes; quem precisa dele o pede.
    if _pacotes("setuptools"):
        comando = [str(PYTHON), "-m", "pip", "uninstall", "--quiet", "--quiet", "--yes", "setuptools"]
        subprocess.run(comando, env=_ambiente(), capture_output=True, check=False)
    for pasta in list(VENV.rglob("__pycache__")):
        shutil.rmtree(pasta, ignore_errors=True)
    if guardado:
        PLACA.write_text(guardado, encoding="utf-8")
    INCOMPLETO.unlink()


def _pacotes(nome: str) -> list[Path]:
    """A pasta de um pacote no .venv (vazio: a de todos); nenhuma, se ele não está lá."""
    return [
        p
        for p in (*VENV.glob(f"lib/python3*/site-packages/{nome}"), VENV / "Lib/site-packages" / nome)
        if p.exists()
    ]


def _ambiente() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_PROGRESS_BAR": "off",
    }


def _instala_um(arquivo: str) -> None:
    """Instala o que um arquivo pede; antes, o que ele inclui e tem tranca.

    Raises:
        ErroPreparo: o pip não conseguiu, ou a tranca é de outros requisitos.
    """
    for incluido in trancados(arquivo):
        if incluido != arquivo and falta(incluido):
            _instala_um(incluido)
    linhas, inicio = le(arquivo), time.monotonic()
    com_cuda = any("[and-cuda]" in linha for linha in linhas)
    mega = BAIXA.get(placa.COM if com_cuda else arquivo, 0)
    quanto = f": até {mega} MB para baixar" if mega and not carimbo(arquivo).exists() else ""
    print(f"instalando {arquivo} em .venv{quanto}", file=sys.stderr, flush=True)
    os.chdir(RAIZ)  # os caminhos de um arquivo de requisitos são relativos a ele
    # Sem nada pedido não há o que instalar, e o pip reclamaria.
    comando = [str(PYTHON), "-m", "pip", "install", "--no-compile", *_o_que(arquivo, linhas)]
    dito = roda_pip(comando, _ambiente(), VENV / ".baixados", INCOMPLETO.touch) if linhas else ""
    if dito:
        raise ErroPreparo(f"não consegui instalar {arquivo}: {_conselho(dito)}.")
    if arquivo in PRIMEIRO_USO:
        print("  preparando o primeiro uso", file=sys.stderr, flush=True)
        subprocess.run(
            [str(PYTHON), "-c", PRIMEIRO_USO[arquivo]], check=False, capture_output=True,
            env={**os.environ, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": ""},
        )  # fmt: skip
    INCOMPLETO.unlink(missing_ok=True)
    carimbo(arquivo).write_text(pedido(arquivo), encoding="utf-8")
    print(f"  pronto em {time.monotonic() - inicio:.0f} s", file=sys.stderr, flush=True)


def _o_que(arquivo: str, linhas: list[str]) -> list[str]:
    """O que pedir ao pip: a tranca, onde há uma, e onde não há as linhas do arquivo."""
    if arquivo not in trancados(arquivo):
        return [*(["--no-deps"] if arquivo in SEM_DEPENDENCIAS else []), *linhas]
    onde = tranca(arquivo)
    texto = onde.read_text(encoding="utf-8")
    fixos = set(map(_fixo, re.findall(r"^[\w.-]+==[^\s;]+", texto, re.MULTILINE)))
    if fora := [linha for linha in linhas if _fixo(linha) not in fixos]:
        raise ErroPreparo(
            f"{onde.name} não é a tranca deste {arquivo} (falta {fora[0]}); refaça-a: just tranca"
        )
    return [*COM_TRANCA, onde.name]


def _fixo(linha: str) -> str:
    """O pacote e a versão, como se comparam: "Prometheus_Client==1; ..." -> "prometheus-client==1"."""
    nome, _, versao = linha.partition(";")[0].strip().partition("==")
    return f"{re.sub(r'[-_.]+', '-', nome).lower()}=={versao}"


def _conselho(dito: str) -> str:
    """O que fazer, pelo que o pip disse; o resto fica num arquivo para quem quiser ler."""
    registro = VENV / "instalacao.log"
    registro.write_text(dito, encoding="utf-8")
    for sinal, conselho in CONSELHOS:
        if achado := re.search(sinal, dito):
            return conselho.format(**achado.groupdict())
    return f"o que o pip disse está em {registro}"
