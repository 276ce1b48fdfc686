"""O cache: onde fica, quando não se grava, e o que a poda deixa."""

import os
import time
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import Roda, ambiente, grava_poemas, poemas_minusculos
from poema_top.base import cache
from poema_top.base.arquivos import RAIZ
from poema_top.base.erros import ErroPoema
from poema_top.texto.codificado import Molde, abre


def test_onde_fica(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("POEMA_CACHE", raising=False)
    assert cache.pasta() == RAIZ / ".cache"
    (tmp_path / "projeto").write_text("aqui não se cria pasta")
    monkeypatch.setattr(cache, "RAIZ", tmp_path / "projeto")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "meu"))
    assert cache.pasta() == tmp_path / "meu" / "poema-top"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "projeto"))
    with pytest.raises(ErroPoema, match="POEMA_CACHE"):
        cache.pasta()
    monkeypatch.setenv("POEMA_CACHE", "outro")
    monkeypatch.setenv("POEMA_AQUI", str(tmp_path))
    assert cache.pasta() == tmp_path / "outro"


def test_o_que_nao_se_grava_se_diz_antes_de_treinar(
    tmp_path: Path, dataset_minusculo: Path, pasta_modelo: Path, roda: Roda, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "arquivo").write_text("não é pasta")
    monkeypatch.setenv("POEMA_CACHE", str(tmp_path / "arquivo"))
    assert ambiente()["POEMA_CACHE"]
    feito = roda("treina", "--dataset", dataset_minusculo, "--saida", tmp_path / "m")
    uma_linha(feito, "não consigo gravar o cache", "POEMA_CACHE")
    assert not (tmp_path / "m").exists()
    uma_linha(roda("avalia", "--modelo", pasta_modelo, "--juiz"), "não consigo gravar o cache", "POEMA_CACHE")


def entrada(raiz: Path, numero: int, horas: float, tamanho: int = 10) -> Path:
    """Um texto codificado, usado pela última vez há tantas horas."""
    pasta = raiz / f"{numero:016x}"
    pasta.mkdir()
    (pasta / "ids").write_bytes(bytes(tamanho))
    return usada(pasta, horas)


def usada(caminho: Path, horas: float) -> Path:
    os.utime(caminho, times=(time.time() - 3600 * horas,) * 2)
    return caminho


def test_a_poda_deixa_os_mais_usados(tmp_path: Path) -> None:
    textos = [entrada(tmp_path, n, horas=2 + n) for n in range(cache.ENTRADAS + 3)]
    em_uso = entrada(tmp_path, 100, horas=1000)
    (tmp_path / "juiz").mkdir()
    cache.poda(tmp_path, em_uso)
    assert {p for p in tmp_path.iterdir() if p.name != "juiz"} == {*textos[: cache.ENTRADAS], em_uso}
    assert (tmp_path / "juiz").exists()


def test_a_poda_deixa_o_que_cabe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "BYTES", 100)
    novo = entrada(tmp_path, 1, horas=2, tamanho=40)
    (novo / "professor-a-0.5").write_bytes(bytes(90))
    (novo / "professor-b-0.5").write_bytes(bytes(30))
    usada(novo / "professor-a-0.5", 4)
    usada(novo / "professor-b-0.5", 3)
    usada(novo, 2)
    velho = entrada(tmp_path, 2, horas=5, tamanho=40)
    agora = entrada(tmp_path, 3, horas=0.5, tamanho=20)
    morto = tmp_path / ".0000000000000009.77"
    morto.mkdir()
    usada(morto, 30)
    cache.poda(tmp_path, agora)
    assert {p.name for p in novo.iterdir()} == {"ids", "professor-b-0.5"}
    assert not velho.exists()
    assert agora.exists()
    assert not morto.exists()


def test_um_texto_novo_poda_os_velhos_e_usar_um_o_renova(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POEMA_CACHE", str(tmp_path / "c"))
    monkeypatch.setattr(cache, "ENTRADAS", 2)
    abertos = []
    for n in range(3):
        dados = grava_poemas(tmp_path / f"{n}.txt", poemas_minusculos(60, semente=n))
        abertos.append((dados, abre([dados], 0.1, 0, Molde()).cache))
        usada(abertos[-1][1], 10 - n)
    assert [pasta.exists() for _, pasta in abertos] == [False, True, True]
    assert abre([abertos[1][0]], 0.1, 0, Molde()).cache == abertos[1][1]
    assert time.time() - abertos[1][1].stat().st_mtime < 60


def test_disco_em_que_nao_cabe_se_diz_antes(tmp_path: Path) -> None:
    with pytest.raises(ErroPoema, match=r"as probabilidades ocupam .* POEMA_CACHE"):
        cache.confere_espaco(tmp_path, 1 << 60, "as probabilidades")
