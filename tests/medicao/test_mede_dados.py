"""O que mais poemas trazem: os textos de cada treino, e o estudo inteiro em miniatura."""

import json
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import Roda, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.medicao import dados, mistura
from poema_top.medicao.mistura import ACASO, FECHADO, MISTURA, embaralha, textos
from poema_top.texto.poemas import em_texto, le_poemas
from poema_top.texto.reservado import textos as textos_do_treino

POEMAS = poemas_minusculos(900)


def test_cada_tamanho_esta_no_maior_com_a_mesma_mistura() -> None:
    poemas = [f"{'ab'[i % 4 == 0]} {'o' * i}" for i in range(4000)]
    ordem = embaralha(poemas)
    assert sorted(ordem) == sorted(poemas)
    assert ordem == embaralha(poemas)
    assert ordem != poemas
    for n in (250, 1000):
        assert sum(poema.startswith("b") for poema in ordem[:n]) == pytest.approx(n / 4, rel=0.2)


def test_o_menor_tamanho_conhece_todos_os_caracteres() -> None:
    raros = ["o ☾", "Ç"]
    ordem = embaralha([*POEMAS, *raros])
    assert set(raros) <= set(ordem[:12])
    assert set("".join(ordem[:12]).lower()) == set("".join(ordem).lower())


def test_os_textos_de_cada_treino(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = grava_poemas(tmp_path / "base.txt", POEMAS[:400])
    rimas = grava_poemas(tmp_path / "rimas.txt", [*POEMAS[400:700], "o xis some"])
    fora = grava_poemas(tmp_path / "fora.txt", POEMAS[700:])
    monkeypatch.setattr(mistura, "FECHADOS", 200)
    feitos = textos([base, rimas], [fora], (300, 100, 9000, 8000))
    assert list(feitos) == [(MISTURA, 100), (MISTURA, 300), (MISTURA, 701), (FECHADO, 200), (ACASO, 200)]
    assert all(len(poemas) == n for (_, n), poemas in feitos.items())
    assert feitos[MISTURA, 100] == feitos[MISTURA, 701][:100]
    assert set(feitos[FECHADO, 200]) <= set(POEMAS[400:700])
    assert set(feitos[ACASO, 200]) <= {*POEMAS[400:700], "o xis some"}
    assert list(textos([base], [fora], (100,))) == [(MISTURA, 100)]
    with pytest.raises(ErroPoema, match=r"1 poema\(s\) de .*fora\.txt"):
        textos([base, rimas], [grava_poemas(fora, [POEMAS[0].upper(), *POEMAS[700:]])], (100,))


def test_o_que_se_grava_se_le_igual(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(em_texto(["o sol\n\né só", "a"]))
    assert le_poemas(tmp_path / "p.txt") == ["o sol\n\né só", "a"]


def test_os_treinos_do_estudo() -> None:
    lidos = [(MISTURA, 100), (MISTURA, 300), (FECHADO, 50), (ACASO, 50)]
    feitos = dados._ensaios(lidos, {"minutos": 3.0, "epocas": 4})
    assert [(e.receita, e.quais, e.poemas, e.dura) for e in feitos] == [
        *((r, MISTURA, n, "3 minutos") for r in ("rapida", "silabas") for n in (100, 300)),
        *((r, MISTURA, n, "4 épocas") for r in ("rapida", "silabas") for n in (100, 300)),
        ("silabas", FECHADO, 50, "3 minutos"),
        ("silabas", ACASO, 50, "3 minutos"),
    ]


def test_mede_dados_treina_mede_e_nao_refaz(tmp_path: Path, roda: Roda) -> None:
    base = grava_poemas(tmp_path / "base.txt", POEMAS[:600])
    fora = [grava_poemas(tmp_path / f"fora{i}.txt", POEMAS[600 + i * 60 :][:60]) for i in range(2)]
    pasta, grafico = tmp_path / "p", tmp_path / "g.png"
    opcoes = [
        "--dataset", base, "--texto", *fora, "--tamanhos", 350, "--minutos", "0,02", "--epocas", 1,
        "--pasta", pasta, "--grafico", grafico,
    ]  # fmt: skip
    feito = roda("mede", "dados", *opcoes)
    assert feito.returncode == 0, feito.stderr
    medido = json.loads(feito.stdout.splitlines()[-1])
    assert medido["reservados"] == ["fora0", "fora1"]
    treinos = medido["treinos"]
    assert [(t["receita"], t["poemas"], t["limite"]) for t in treinos] == [
        (receita, 350, limite) for limite in ("minutos", "epocas") for receita in ("rapida", "silabas")
    ]
    for t in treinos:
        a, b = t["reservados"]
        assert 0 < min(a["nats"], b["nats"]) < t["nats"] < max(a["nats"], b["nats"]) < 4
        assert a["letras"] == sum(len(poema) + 1 for poema in POEMAS[600:660])
    assert [t["epocas"] for t in treinos if t["limite"] == "epocas"] == [1, 1]
    assert len([linha for linha in feito.stdout.splitlines() if " mistura " in linha]) == 4
    assert grafico.read_bytes().startswith(b"\x89PNG")
    ficha = json.loads((pasta / "silabas-mistura-350-epocas-1" / "ficha.json").read_bytes())
    assert ficha["configuracao"]["dataset"] == str(pasta / "mistura-350.txt")
    lidos = textos_do_treino(ficha)
    assert sorted(lidos.treino + lidos.validacao) == sorted(le_poemas(pasta / "mistura-350.txt"))
    gravadas = [p.stat().st_mtime_ns for p in sorted(pasta.glob("*/ficha.json"))]
    de_novo = roda("mede", "dados", *opcoes)
    assert de_novo.returncode == 0, de_novo.stderr
    assert de_novo.stdout == feito.stdout
    assert [p.stat().st_mtime_ns for p in sorted(pasta.glob("*/ficha.json"))] == gravadas
    assert len(gravadas) == 4


def test_mede_dados_recusa_o_que_nao_seria_inedito(tmp_path: Path, roda: Roda) -> None:
    base = grava_poemas(tmp_path / "base.txt", POEMAS[:50])
    opcoes = ["--dataset", base, "--texto", base, "--grafico", tmp_path / "g.png"]
    uma_linha(roda("mede", "dados", *opcoes), "não seriam inéditos", "base.txt")
