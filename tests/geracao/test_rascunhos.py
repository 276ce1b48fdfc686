"""Rascunhos: os mesmos poemas de sempre, vários de uma vez, e qual deles se mostra."""

import re
import shutil
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import Roda
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint, critico
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.critico import Critico
from poema_top.geracao.motor import Motor
from poema_top.geracao.poema import escreve, poema
from poema_top.geracao.rascunhos import Revisor, escreve_rascunhos, melhores
from poema_top.geracao.sorteio import Sorteio
from poema_top.texto.lembranca import ARQUIVO, Lembranca
from poema_top.texto.reservado import textos

MORNO = Amostragem(0.7)


@pytest.fixture
def esquecido(pasta_modelo: Path, tmp_path: Path) -> Path:
    """O modelo, sem o que ele leu."""
    copia = Path(shutil.copytree(pasta_modelo, tmp_path / "esquecido"))
    (copia / ARQUIVO).unlink()
    return copia


def test_o_treino_guarda_o_que_o_modelo_leu(pasta_modelo: Path) -> None:
    guardada, treino = Lembranca.le(pasta_modelo), textos(checkpoint.le(pasta_modelo).ficha).treino
    assert guardada is not None
    assert guardada.versos.tolist() == Lembranca.de_poemas(treino).versos.tolist()
    assert guardada.palavras.tolist() == Lembranca.de_poemas(treino).palavras.tolist()


def test_o_rascunho_i_e_o_texto_i_da_semente(pasta_modelo: Path) -> None:
    treinado = checkpoint.le(pasta_modelo)
    vocabulario = treinado.vocabulario
    juntos, acabados = escreve_rascunhos(Motor(treinado, 5), vocabulario, MORNO, 3, inicio="o sol")
    for i, texto in enumerate(juntos):
        tokens = escreve(Motor(treinado), vocabulario, MORNO, Sorteio(3, i), "o sol")
        assert texto == poema(tokens, vocabulario.terminador)
        assert texto.startswith("o sol")
    assert all(acabados)
    assert len(set(juntos)) > 1
    (so, _) = escreve_rascunhos(Motor(treinado), vocabulario, MORNO, 3, inicio="o sol")
    assert so == juntos[:1]
    curtos, cortados = escreve_rascunhos(Motor(treinado, 2), vocabulario, MORNO, 3, tamanho=4)
    assert not any(cortados)
    assert all(len(texto) <= 4 for texto in curtos)


def test_melhores_nao_repete_rascunhos(pasta_modelo: Path) -> None:
    treinado = checkpoint.le(pasta_modelo)
    revisor = Revisor(None, None)
    fluxo = melhores(Motor(treinado, 3), treinado.vocabulario, MORNO, 5, revisor=revisor, inicio="a lua")
    lidos = [next(fluxo) for _ in range(3)]
    assert lidos[0].startswith("a lua")
    todos = escreve_rascunhos(Motor(treinado, 3), treinado.vocabulario, MORNO, 5, primeiro=3)[0]
    assert lidos[1] in todos
    outro = melhores(Motor(treinado, 3), treinado.vocabulario, MORNO, 5, revisor=revisor, inicio="a lua")
    assert [next(outro) for _ in range(3)] == lidos


LIDA = Lembranca.de_poemas(["o sol sai\na lua cai", "o mar vem de longe\num som de luz sim"])


@pytest.mark.parametrize(
    ("melhor", "pior", "razao"),
    [
        ("o mar sai\na lua vem", "o mar sai\no mar sai", "verso repetido"),
        ("o mar sai\na lua vem", "o sol sai\na lua vem", "verso copiado"),
        ("o mar sai\na lua vem", "o marzão sai\na lua vem", "palavra que o treino não tem"),
        ("o mar cai\na lua sai", "o mar cai\na lua vem", "rima menos"),
        ("o mar sai\na lua vem", "o mar sai\na lua vem", "empatou, e veio depois"),
        ("o mar sai\na lua vem", "o sol sai\no mar vem de longe", "verso copiado (2 vezes)"),
    ],
)
def test_as_regras(melhor: str, pior: str, razao: str) -> None:
    revisor = Revisor(None, LIDA)
    for escritos in ([melhor, pior], [pior, melhor]):
        primeiro, segundo = revisor.ordena(escritos, [True, True])
        assert primeiro.texto == melhor
        assert segundo.porque(primeiro) == razao


def test_um_poema_cortado_perde() -> None:
    primeiro, segundo = Revisor(None, LIDA).ordena(["o mar cai\na lua sai", "o sol sai"], [False, True])
    assert primeiro.numero == 1
    assert segundo.porque(primeiro) == "não acabou"


def test_sem_faltas_decide_o_critico() -> None:
    bom = "a chuva cai na janela,\nmolha a terra do jardim."
    mau = "a chuva caiu e janela,\nmolha o terra da jardim."
    primeiro, segundo = Revisor(Critico.le(), None).ordena([mau, bom], [True, True])
    assert primeiro.texto == bom
    assert re.fullmatch(r"nota \d,\d, e a do melhor é \d,\d", segundo.porque(primeiro))


def test_sem_critico_que_preste_nao_ha_revisor(
    esquecido: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    treinado = checkpoint.le(esquecido)
    assert "just critica --modelo" in Revisor.de(treinado).aviso
    monkeypatch.setattr(critico, "ARQUIVO", tmp_path / "critico.npz")
    with pytest.raises(ErroPoema, match="não achei"):
        Revisor.de(treinado)
    (tmp_path / "critico.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(ErroPoema, match="está corrompido"):
        Revisor.de(treinado)


def test_amostra_um_rascunho_e_o_de_sempre(pasta_modelo: Path, roda: Roda) -> None:
    opcoes = ["--modelo", pasta_modelo, "--semente", 3]
    assert roda("amostra", *opcoes, "--rascunhos", 1).stdout == roda("amostra", *opcoes).stdout


def test_amostra_mostra_os_outros_e_por_que_perderam(esquecido: Path, roda: Roda) -> None:
    opcoes = ["--modelo", esquecido, "--semente", 3, "--temperaturas", "0,8", "--rascunhos", 5]
    feito = roda("amostra", *opcoes, "--mostra-rascunhos")
    assert feito.returncode == 0, feito.stderr
    assert feito.stdout == roda("amostra", *opcoes, "--mostra-rascunhos").stdout
    assert "   o melhor de 5: gramática " in feito.stdout
    assert re.findall(r"^   (\d)º: ", feito.stdout, re.MULTILINE) == ["2", "3", "4", "5"]
    assert "não se vê o que ele copia" in feito.stdout
    so_o_melhor = roda("amostra", *opcoes).stdout
    assert "º:" not in so_o_melhor
    assert feito.stdout.startswith(so_o_melhor.split("\n\n(semente")[0])


def test_infere_com_rascunhos(esquecido: Path, roda: Roda) -> None:
    opcoes = ["--modelo", esquecido, "--ritmo", 0, "--tamanho", 600, "--semente", 1, "--rascunhos", 4]
    feito = roda("infere", *opcoes, "--inicio", "a lua")
    assert feito.returncode == 0, feito.stderr
    poemas = feito.stdout.split("just critica --modelo PASTA\n\n")[1].split("\n\n\n")
    assert poemas[0].startswith("a lua")
    assert len(poemas) > 2
    assert "@" not in feito.stdout
    assert roda("infere", *opcoes, "--inicio", "a lua").stdout == feito.stdout


@pytest.mark.parametrize("comando", ["amostra", "infere", "websocket", "avalia"])
@pytest.mark.parametrize("quantos", ["0", "257"])
def test_rascunhos_de_menos_ou_demais(roda: Roda, comando: str, quantos: str) -> None:
    uma_linha(roda(comando, "--rascunhos", quantos), "--rascunhos: precisa ser um inteiro de 1 a 256")


def test_enganos_de_quem_usa(pasta_modelo: Path, tmp_path: Path, roda: Roda) -> None:
    uma_linha(roda("amostra", "--mostra-rascunhos"), "--rascunhos 16")
    copia = Path(shutil.copytree(pasta_modelo, tmp_path / "copia"))
    (copia / ARQUIVO).write_bytes(b"lixo")
    for comando in ("amostra", "infere"):
        uma_linha(roda(comando, "--modelo", copia, "--rascunhos", 4), ARQUIVO, "está corrompido")
