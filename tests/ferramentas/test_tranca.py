"""A tranca do servidor: está em dia, e só deixa entrar o que confere com ela."""

import hashlib
import re
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest

from apoio.projeto import Projeto, pacote
from conftest import RAIZ

FONTE, TRANCA = RAIZ / "requirements-servidor.txt", RAIZ / "requirements-servidor.lock"
Trancado = tuple[Projeto, dict[str, str]]


def _normal(nome: str) -> str:
    return re.sub(r"[-_.]+", "-", nome).lower()


def _pedidos(texto: str) -> dict[str, tuple[str, str]]:
    """De um arquivo de requisitos, nome -> (versão, quando)."""
    achados = re.findall(r"^([\w.-]+)==([^\s;]+)(?: *; *([^#\\\n]*))?", texto, re.MULTILINE)
    return {_normal(nome): (versao, quando.strip().replace('"', "'")) for nome, versao, quando in achados}


def _trazidos(nome: str) -> set[str]:
    """O que um pacote traz consigo em qualquer Linux, pelo que dizem os que estão instalados."""
    diretos = set()
    for pedido in requires(nome) or []:
        quando = pedido.partition(";")[2]
        if not re.search(r"extra|win32|Windows|python_version", quando):
            diretos.add(_normal(re.split(r"[^\w.-]", pedido, maxsplit=1)[0]))
    return diretos.union(*map(_trazidos, diretos))


def test_esta_em_dia_com_o_que_se_pede() -> None:
    pedidos, trancados = _pedidos(FONTE.read_text()), _pedidos(TRANCA.read_text())
    assert {nome: trancados.get(nome) for nome in pedidos} == pedidos
    assert set().union(*map(_trazidos, pedidos)) <= set(trancados)


def test_cada_pacote_tem_hashes_e_mais_nada() -> None:
    texto = TRANCA.read_text()
    pacotes = re.split(r"^(?=\w)", texto, flags=re.MULTILINE)[1:]
    assert len(pacotes) == len(_pedidos(texto))
    for um in pacotes:
        linhas = [linha.strip(" \\") for linha in um.splitlines()[1:] if not linha.strip().startswith("#")]
        assert linhas
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", linha) for linha in linhas), um
    assert "://" not in texto


def _hash(arquivo: Path) -> str:
    return f"--hash=sha256:{hashlib.sha256(arquivo.read_bytes()).hexdigest()}"


@pytest.fixture
def trancado(projeto: Projeto) -> Trancado:
    """Um projeto que pede um pacote de uma pasta, e o ambiente do pip para achá-lo."""
    projeto.pede("t.txt", "versao-dois==2  # um pacote")
    pacote(projeto.raiz / "pacotes", "versao-dois", "2")
    return projeto, {"PIP_FIND_LINKS": str(projeto.raiz / "pacotes")}


def _tem(projeto: Projeto, nome: str) -> bool:
    return bool(list(projeto.venv.glob(f"lib/*/site-packages/{nome}-*.dist-info")))


def test_instala_dela_e_nota_que_mudou(trancado: Trancado) -> None:
    projeto, ambiente = trancado
    certo = _hash(projeto.raiz / "pacotes/versao_dois-2-py3-none-any.whl")
    projeto.pede("t.lock", f"versao-dois==2 {certo}")
    projeto.pede("fora.txt", "-r t.txt", "./pacotes/versinho-1-py3-none-any.whl")
    feito = projeto.prepara("fora.txt", **ambiente)
    assert feito.returncode == 0, feito.stderr
    assert "instalando t.txt em .venv\n  instalando 1 pacote\n" in feito.stderr
    assert "instalando fora.txt em .venv" in feito.stderr
    assert _tem(projeto, "versao_dois")
    assert projeto.prepara("fora.txt").stderr == projeto.prepara("t.txt").stderr == ""
    projeto.pede("t.lock", f"versao-dois==2 {certo} --hash=sha256:{'0' * 64}")
    assert "instalando t.txt" in projeto.prepara("fora.txt", **ambiente).stderr


@pytest.mark.parametrize(
    ("tranca", "diz"),
    [
        (f"versao-dois==2 --hash=sha256:{'0' * 64}", "um pacote não é o da tranca, e ficou de fora"),
        ("versao-dois==2", "um pacote não é o da tranca, e ficou de fora"),
        ("versao-dois==1", "t.lock não é a tranca deste t.txt (falta versao-dois==2); refaça-a: just tranca"),
    ],
)
def test_o_que_nao_confere_nao_entra(trancado: Trancado, tranca: str, diz: str) -> None:
    projeto, ambiente = trancado
    projeto.pede("t.lock", tranca)
    feito = projeto.prepara("t.txt", **ambiente)
    assert feito.returncode == 2
    erro = feito.stderr.splitlines()[-1]
    assert erro.startswith("erro: ")
    assert diz in erro
    assert not _tem(projeto, "versao_dois")


def test_nada_se_monta_aqui(projeto: Projeto) -> None:
    """Um pacote que só vem em código-fonte: montá-lo seria rodar o que ele traz."""
    fonte, pasta = projeto.raiz / "pacotes" / "so_fonte-1.tar.gz", projeto.raiz / "so_fonte-1"
    pasta.mkdir()
    (pasta / "setup.py").write_text(f"open({str(projeto.raiz / 'rodou')!r}, 'w')\n")
    (pasta / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: so-fonte\nVersion: 1\n")
    subprocess.run(["tar", "-C", projeto.raiz, "-czf", fonte, pasta.name], check=True)
    projeto.pede("t.txt", "so-fonte==1")
    projeto.pede("t.lock", f"so-fonte==1 {_hash(fonte)}")
    feito = projeto.prepara("t.txt", PIP_FIND_LINKS=str(fonte.parent))
    assert feito.returncode == 2
    assert "não há so-fonte==1 para este sistema" in feito.stderr
    assert not (projeto.raiz / "rodou").exists()
