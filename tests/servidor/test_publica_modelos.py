import shutil
import threading
from pathlib import Path

import pytest

from apoio.publicacao import publica
from conftest import RAIZ
from poema_top.geracao import checkpoint


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Um clone do que se publica, com a sua pasta de modelos."""
    pasta = tmp_path / "clone"
    ignora = shutil.ignore_patterns("__pycache__")
    for nome in ("src", "pagina", "nginx", "systemd", "ferramentas", "modelos_treinados/padrao"):
        shutil.copytree(RAIZ / nome, pasta / nome, ignore=ignora)
    for nome in ("justfile", "just", "requirements-just.txt"):
        shutil.copy(RAIZ / nome, pasta)
    for requisitos in RAIZ.glob("requirements-servidor.*"):
        shutil.copy(requisitos, pasta)
    return pasta


def _treina(pasta: Path, versao: int) -> None:
    """Grava uma versão de um modelo como o treino a grava; o conteúdo diz qual é."""

    def escreve(destino: Path) -> None:
        for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO, checkpoint.PAGINA):
            (destino / nome).write_text(f"versão {versao}")

    checkpoint.grava(pasta, escreve, {"versao": versao})


def test_o_meio_de_uma_troca_nao_se_publica(clone: Path, tmp_path: Path) -> None:
    la, modelos = tmp_path / "la", clone / "modelos_treinados"
    for nome in ("trocando", "comecando", "apagado"):
        _treina(modelos / nome, 1)
    assert publica(la, "--de-verdade", projeto=clone).returncode == 0
    # Um treino grava por cima; outro foi apagado aqui e recomeçou do nada; o terceiro se apagou.
    (modelos / "trocando").rename(modelos / ".trocando.anterior")
    shutil.copytree(modelos / ".trocando.anterior", modelos / ".trocando.novo")
    (modelos / ".trocando.tranca").touch()
    (modelos / "comecando" / checkpoint.FICHA).unlink()
    shutil.rmtree(modelos / "apagado")
    (modelos / "vazia").mkdir()
    (modelos / "pela metade").mkdir()
    shutil.copy(la / "modelos_treinados/trocando" / checkpoint.FICHA, modelos / "pela metade")
    for opcoes in ((), ("--de-verdade",)):
        feito = publica(la, *opcoes, projeto=clone)
        assert feito.returncode == 0, feito.stderr
        for nome in ("comecando", "vazia", "pela metade"):
            assert feito.stdout.count(f"fica de fora modelos_treinados/{nome}: não é um modelo completo") == 1
        assert "*deleting   modelos_treinados/apagado/" in feito.stdout
    assert {p.name for p in (la / "modelos_treinados").iterdir()} == {"padrao", "trocando", "comecando"}
    assert (la / "modelos_treinados/comecando" / checkpoint.FICHA).exists()  # o de lá fica como estava


def test_publicar_enquanto_se_treina_manda_sempre_uma_versao_inteira(clone: Path, tmp_path: Path) -> None:
    la, pasta = tmp_path / "la", clone / "modelos_treinados" / "m"
    _treina(pasta, 0)
    chega = threading.Event()

    def nao_para() -> None:
        versao = 0
        while not chega.wait(0.02):  # segundos: cem vezes mais depressa que um treino
            versao += 1
            _treina(pasta, versao)

    treino = threading.Thread(target=nao_para)
    treino.start()
    try:
        vistas = set()
        for _ in range(5):
            feito = publica(la, "--de-verdade", projeto=clone)
            assert feito.returncode == 0, feito.stderr
            assert "fica de fora" not in feito.stdout
            publicado = la / "modelos_treinados" / "m"
            (do_passo, do_vocabulario) = (
                (publicado / nome).read_text() for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO)
            )
            ficha = (publicado / checkpoint.FICHA).read_text()
            assert do_passo == do_vocabulario
            assert checkpoint.sha256(do_passo.encode()) in ficha
            vistas.add(do_passo)
    finally:
        chega.set()
        treino.join()
    assert len(vistas) > 1, "o treino não trocou nada"


def test_sem_modelo_completo_nada_se_publica(clone: Path, tmp_path: Path) -> None:
    (clone / "modelos_treinados/padrao" / checkpoint.FICHA).unlink()
    feito = publica(tmp_path / "la", "--de-verdade", projeto=clone)
    assert feito.returncode == 2
    assert "não há modelo completo em modelos_treinados" in feito.stderr
    assert not (tmp_path / "la").exists()
