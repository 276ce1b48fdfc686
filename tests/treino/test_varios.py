"""Vários arquivos de poemas lidos como um só: do treino à ficha, e dela ao que se reservou."""

import hashlib
import json
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import OPCOES_MINUSCULAS, RAIZ, Roda, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.poemas import le_poemas
from poema_top.texto.reservado import textos
from poema_top.treino.retomada import Retomada

POEMAS = poemas_minusculos(150)
A, B = POEMAS[:100], POEMAS[60:]  # quarenta estão nos dois


@pytest.fixture(scope="module")
def treinado(tmp_path_factory: pytest.TempPathFactory, roda: Roda) -> Path:
    pasta = tmp_path_factory.mktemp("varios")
    arquivos = [grava_poemas(pasta / nome, poemas) for nome, poemas in (("a.txt", A), ("b.txt", B))]
    opcoes = ["--saida", pasta, "--nome", "m", "--epocas", 2, "--validacao", "0,2", *OPCOES_MINUSCULAS]
    feito = roda("treina", "--dataset", *arquivos, *opcoes)
    assert feito.returncode == 0, feito.stderr
    assert feito.stdout.startswith(f"{arquivos[0]} + {arquivos[1]}\n")
    return pasta / "m"


def test_a_ficha_diz_cada_arquivo_e_a_soma_dele(treinado: Path) -> None:
    ficha = checkpoint.le(treinado).ficha
    somas = [hashlib.sha256((treinado.parent / n).read_bytes()).hexdigest() for n in ("a.txt", "b.txt")]
    assert (ficha["dataset"]["nome"], ficha["dataset"]["sha256"]) == (["a.txt", "b.txt"], somas)
    assert ficha["configuracao"]["dataset"] == [str(treinado.parent / n) for n in ("a.txt", "b.txt")]
    assert Retomada.de_pasta(treinado).dataset == somas


def test_da_ficha_saem_os_mesmos_dois_lados(treinado: Path) -> None:
    ficha = checkpoint.le(treinado).ficha
    separados = textos(ficha)
    assert len(separados.treino) == ficha["dataset"]["poemas_treino"]
    assert len(separados.validacao) == ficha["dataset"]["poemas_validacao"]
    assert sorted(separados.treino + separados.validacao) == sorted(A + B)
    assert not set(separados.treino) & set(separados.validacao)  # os que estão nos dois arquivos, inclusive
    repetidos = [poema for poema in separados.validacao if separados.validacao.count(poema) == 2]
    assert repetidos


def test_avalia_acha_os_reservados(treinado: Path, tmp_path: Path, roda: Roda) -> None:
    json_dele = tmp_path / "j.json"
    feito = roda("avalia", "--modelo", treinado, "--caracteres", 100, "--json", json_dele)
    assert feito.returncode == 0, feito.stderr
    (medido,) = json.loads(json_dele.read_text())["modelos"].values()
    assert medido["perda"]["poemas"] == checkpoint.le(treinado).ficha["dataset"]["poemas_validacao"]
    assert medido["perda"]["reservado"]


def test_continua_e_recusa_o_que_mudou(treinado: Path, roda: Roda) -> None:
    ficha = checkpoint.le(treinado).ficha
    feito = roda("treina", "--continua", treinado, "--epocas", 3)
    assert feito.returncode == 0, feito.stderr
    assert "depois de 2 época(s)" in feito.stdout
    assert checkpoint.le(treinado).ficha["dataset"] == ficha["dataset"]
    arquivos = [treinado.parent / nome for nome in ("a.txt", "b.txt")]
    for outros in (arquivos[:1], arquivos[::-1]):
        mudado = roda("treina", "--continua", treinado, "--epocas", 4, "--dataset", *outros)
        uma_linha(mudado, outros[0].name, "--a-partir-de")
    antes = arquivos[1].read_bytes()
    grava_poemas(arquivos[1], POEMAS[61:])
    try:
        mudado = roda("treina", "--continua", treinado, "--epocas", 4)
        uma_linha(mudado, f"o que há em {arquivos[1]} não é", "--a-partir-de")
        with pytest.raises(ErroPoema, match=r"b\.txt mudou"):
            textos(checkpoint.le(treinado).ficha)
    finally:
        arquivos[1].write_bytes(antes)


def test_parte_de_um_modelo_com_outros_arquivos(treinado: Path, tmp_path: Path, roda: Roda) -> None:
    novos = [grava_poemas(tmp_path / f"{i}.txt", [p.replace("lua", "lüa") for p in A[i::2]]) for i in (0, 1)]
    feito = roda(
        "treina", "--dataset", *novos, "--a-partir-de", treinado, "--saida", tmp_path, "--nome", "n",
        "--epocas", 1,
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr
    assert "'ü' (como 'u')" in feito.stdout


def test_o_que_falta_ou_nao_presta_se_diz_qual(treinado: Path, tmp_path: Path, roda: Roda) -> None:
    bom, torto = treinado.parent / "a.txt", tmp_path / "torto.txt"
    torto.write_text("um\x07 sino\n@\noutro\n@\n")
    (tmp_path / "muda").mkdir()
    grava_poemas(tmp_path / "muda" / "x.txt", ["***"])
    saida = ["--saida", tmp_path / "m"]
    uma_linha(roda("treina", "--dataset", bom, tmp_path / "sumiu.txt", *saida), "não achei", "sumiu.txt")
    uma_linha(roda("treina", "--dataset", bom, torto, *saida), "invisíveis em", "torto.txt")
    uma_linha(roda("treina", "--dataset", bom, tmp_path / "muda", *saida), "nenhuma letra", "muda")
    assert not (tmp_path / "m").exists()


def test_o_cache_e_do_conjunto_e_de_um_arquivo_e_o_de_sempre(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POEMA_CACHE", str(tmp_path / "cache"))
    a, b = grava_poemas(tmp_path / "a.txt", A), grava_poemas(tmp_path / "b.txt", B)
    (tmp_path / "pasta").mkdir()
    grava_poemas(tmp_path / "pasta" / "c.txt", ["a lua", "o sol"])
    juntos = abre([a, b, tmp_path / "pasta"], 0, 0, Molde())
    assert len(juntos.treino) == len(A) + len(B) + 2
    lidos = [juntos.vocabulario.decodifica(juntos.treino.poema(i)[:-1]) for i in juntos.treino.quais]
    assert lidos == [*A, *B, "a lua", "o sol"]
    assert any("c.txt" in linha for linha in juntos.relato)
    assert abre([a, b, tmp_path / "pasta"], 0, 0, Molde()).cache == juntos.cache
    assert abre([b, a, tmp_path / "pasta"], 0, 0, Molde()).cache != juntos.cache
    grava_poemas(b, [*B, "o mar"])
    assert len(abre([a, b, tmp_path / "pasta"], 0, 0, Molde()).treino) == len(lidos) + 1


def test_a_ficha_de_um_arquivo_so_e_a_de_sempre() -> None:
    ficha = checkpoint.le(RAIZ / "modelos_treinados" / "padrao").ficha
    assert ficha["configuracao"]["dataset"] == "dataset/poemas-10k.txt"
    separados = textos(ficha)
    assert (len(separados.treino), len(separados.validacao)) == (9457, 543)
    assert separados.validacao[0] == le_poemas(RAIZ / "dataset" / "poemas-10k.txt")[0]
