import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ambiente
from poema_top.base import sistema
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint, pastas
from poema_top.geracao.motor import Motor

GRAVADOR = """
import sys, json
from pathlib import Path
from poema_top.geracao import checkpoint
origem, destino = Path(sys.argv[1]), Path(sys.argv[2])
ficha = json.loads((origem / checkpoint.FICHA).read_text())
def escreve(pasta):
    for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO, checkpoint.MODELO):
        (pasta / nome).write_bytes((origem / nome).read_bytes())
for volta in range(10**9):
    checkpoint.grava(destino, escreve, ficha | {"volta": volta})
    print(volta, flush=True)
"""


@pytest.fixture
def copia(pasta_modelo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pasta_modelo, tmp_path / "copia"))


def test_pasta_tem_tudo_o_que_a_arquitetura_pede(pasta_modelo: Path) -> None:
    nomes = {p.name for p in pasta_modelo.iterdir()}
    assert nomes == {
        "modelo.keras", "passo.tflite", "vocabulario.json", "ficha.json", "historico.csv", "perda.png",
        "retomada.npz", "lembranca.npz", "pagina.bin",
    }  # fmt: skip
    ficha = checkpoint.le(pasta_modelo).ficha
    assert ficha["modelo"]["unidades"] == [24, 24]
    assert ficha["dataset"]["nome"] == "minusculo.txt"
    assert ficha["validacao"]["nats_por_caractere"] > 0
    escondidos = {p.name for p in pasta_modelo.parent.iterdir() if p.name.startswith(".")}
    assert escondidos == {".mini.tranca"}  # a de quem treina, já solta


def test_kill_a_qualquer_momento_deixa_um_modelo_inteiro(pasta_modelo: Path, tmp_path: Path) -> None:
    destino = tmp_path / "modelos" / "m"
    for tentativa in range(25):
        processo = subprocess.Popen(
            [sys.executable, "-c", GRAVADOR, str(pasta_modelo), str(destino)],
            env=ambiente(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert processo.stdout is not None
        processo.stdout.readline()  # a primeira gravação terminou; a morte vem em qualquer ponto de outra
        time.sleep(0.0007 * tentativa)
        processo.send_signal(signal.SIGKILL)
        processo.communicate()
        assert pastas.completas(destino.parent) == [destino]
        lido = checkpoint.le(destino)
        assert lido.passo == checkpoint.le(pasta_modelo).passo
        assert lido.ficha["volta"] >= 0


def test_troca_de_nomes_interrompida_ainda_se_le(copia: Path) -> None:
    copia.rename(copia.with_name(".copia.anterior"))
    assert pastas.completas(copia.parent) == [copia]
    assert checkpoint.le(copia).passo
    assert checkpoint.le(pastas.mais_nova(copia.parent)).passo


def test_falha_ao_gravar_nao_estraga_o_que_havia(copia: Path) -> None:
    antes = checkpoint.le(copia)

    def disco_cheio(_pasta: Path) -> None:
        raise OSError(28, "No space left on device", "modelo.keras")

    with pytest.raises(ErroPoema, match="o disco está cheio"):
        checkpoint.grava(copia, disco_cheio, dict(antes.ficha))
    assert checkpoint.le(copia) == antes
    assert [p.name for p in copia.parent.iterdir()] == ["copia"]


@pytest.mark.parametrize("vezes", [2, 10**6])
def test_pasta_aberta_por_outro_programa(copia: Path, monkeypatch: pytest.MonkeyPatch, vezes: int) -> None:
    """No Windows a pasta não muda de nome enquanto alguém vê um arquivo dela: insiste, e então diz."""
    antes, verdadeiro, feitas = checkpoint.le(copia), os.replace, list[Path]()

    def recusa(de: Path, para: Path) -> None:
        feitas.append(de)
        if de == copia and len(feitas) <= vezes:
            erro = PermissionError(errno.EACCES, "The process cannot access the file")
            erro.winerror = 32
            raise erro
        verdadeiro(de, para)

    def escreve(pasta: Path) -> None:
        for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO):
            shutil.copy(copia / nome, pasta / nome)

    monkeypatch.setattr(os, "replace", recusa)
    monkeypatch.setattr(sistema, "ESPERA", 0.0)
    ficha = {**antes.ficha, "volta": 1}
    if vezes == 2:
        checkpoint.grava(copia, escreve, ficha)
        assert checkpoint.le(copia).ficha["volta"] == 1
    else:
        with pytest.raises(ErroPoema, match="outro programa está usando"):
            checkpoint.grava(copia, escreve, ficha)
        assert checkpoint.le(copia) == antes
    assert [p.name for p in copia.parent.iterdir()] == ["copia"]


def test_mais_nova_ignora_incompletas_e_so_usa_as_do_projeto_sem_outra(copia: Path, tmp_path: Path) -> None:
    raiz = tmp_path / "raiz"
    with pytest.raises(ErroPoema, match="treine um com: just treina"):
        pastas.mais_nova(raiz)
    shutil.copytree(copia, raiz / "padrao")
    (raiz / "vazia").mkdir()
    assert pastas.mais_nova(raiz) == raiz / "padrao"
    shutil.copytree(copia, raiz / "poeta")
    assert pastas.candidatas(raiz) == [raiz / "poeta", raiz / "padrao"]
    for nome in ("b", "a"):
        shutil.copytree(copia, raiz / nome)
        time.sleep(0.01)
        (raiz / nome / checkpoint.FICHA).touch()
    for nome in ("padrao", "poeta"):
        (raiz / nome / checkpoint.FICHA).touch()
    assert pastas.mais_nova(raiz) == raiz / "a"
    (raiz / "a" / checkpoint.FICHA).unlink()
    assert pastas.mais_nova(raiz) == raiz / "b"


@pytest.mark.parametrize(
    "nome", [checkpoint.PASSO, checkpoint.VOCABULARIO, checkpoint.PAGINA, checkpoint.FICHA]
)
@pytest.mark.parametrize("estrago", ["trunca", "lixo", "apaga", "alheio"])
def test_arquivo_estragado_e_recusado_pelo_nome(copia: Path, nome: str, estrago: str) -> None:
    caminho = copia / nome
    conteudo = caminho.read_bytes()
    if estrago == "trunca":
        caminho.write_bytes(conteudo[: len(conteudo) // 2])
    elif estrago == "lixo":
        caminho.write_bytes(bytes(reversed(conteudo)))
    elif estrago == "alheio":
        caminho.write_text('{"sha256": {}}')
    else:
        caminho.unlink()
    with pytest.raises(ErroPoema, match=nome):
        checkpoint.le(copia)


def _troca(pasta: Path, nome: str, conteudo: bytes) -> None:
    """Troca um arquivo e conserta a soma na ficha: quem confere só a soma não percebe."""
    (pasta / nome).write_bytes(conteudo)
    ficha = json.loads((pasta / checkpoint.FICHA).read_text())
    ficha["sha256"][nome] = checkpoint.sha256(conteudo)
    (pasta / checkpoint.FICHA).write_text(json.dumps(ficha))


def test_vocabulario_de_outro_modelo_e_recusado(copia: Path) -> None:
    outro = json.loads((copia / checkpoint.VOCABULARIO).read_text())
    outro["tokens"].append("ω")
    _troca(copia, checkpoint.VOCABULARIO, json.dumps(outro).encode())
    with pytest.raises(ErroPoema, match="mistura dois modelos"):
        checkpoint.le(copia)
    ficha = json.loads((copia / checkpoint.FICHA).read_text())
    ficha["modelo"]["vocabulario"] += 1
    (copia / checkpoint.FICHA).write_text(json.dumps(ficha))
    with pytest.raises(ErroPoema, match="mistura dois modelos"):
        Motor(checkpoint.le(copia))


def test_passo_que_nao_e_litert_e_recusado(copia: Path) -> None:
    _troca(copia, checkpoint.PASSO, b"isto nao e um modelo" * 100)
    with pytest.raises(ErroPoema, match="não é um modelo nosso"):
        Motor(checkpoint.le(copia))


def test_pasta_que_nao_existe_e_pasta_sem_ficha(tmp_path: Path) -> None:
    with pytest.raises(ErroPoema, match="não achei a pasta"):
        checkpoint.le(tmp_path / "nada")
    with pytest.raises(ErroPoema, match=r"não tem ficha\.json"):
        checkpoint.le(tmp_path)
