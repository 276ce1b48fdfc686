from pathlib import Path

from conftest import Roda, grava_poemas
from poema_top.texto.conhecidas import so_com_conhecidas
from poema_top.texto.poemas import le_poemas


def test_a_palavra_conhecida_e_a_da_base_ou_a_de_todos() -> None:
    base = ["Sol sol sol beija flor", "mar mar", "lua lua", "beija-flor", "beija. flor!"]
    poemas = ["o sol", "Sol, SOL!", "mar", *["lua"] * 10, "beija-flor", "sol e", ""]
    # lua: 2 na base e 10 aqui; mar: 2 e 1; "o" e "e" a base não tem.
    assert so_com_conhecidas(poemas, base) == [False, True, False, *[True] * 10, True, False, True]


def test_dataset_deixa_so_o_mundo_pequeno_e_guarda_o_resto(roda: Roda, tmp_path: Path) -> None:
    base = grava_poemas(tmp_path / "base.txt", ["a lua e o mar\na lua e o mar\na lua e o mar"])
    lidos = grava_poemas(tmp_path / "lidos.txt", ["O mar e a lua", "a lua e o pinguim", "o mar, o mar"])
    saida = tmp_path / "saida.txt"
    feito = roda("dataset", lidos, "--palavras-de", base, "--saida", saida)
    assert feito.returncode == 0, feito.stderr
    assert le_poemas(saida) == ["O mar e a lua", "o mar, o mar"]
    assert "palavras que não se conhecem em 1" in feito.stdout
    assert "pinguim" in (tmp_path / "saida.descartados.txt").read_text(encoding="utf-8")
    assert f"--palavras-de {base}" in roda("dataset", lidos, "--palavras-de", base).stdout


def test_sem_a_base_o_erro_diz_qual(roda: Roda, tmp_path: Path) -> None:
    lidos = grava_poemas(tmp_path / "lidos.txt", ["o mar"])
    feito = roda("dataset", lidos, "--palavras-de", tmp_path / "nada.txt")
    assert feito.returncode == 2
    assert "nada.txt" in feito.stderr
    assert feito.stderr.count("\n") == 1
