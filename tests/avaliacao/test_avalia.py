import json
import subprocess
import sys
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import Roda, ambiente, grava_poemas, poemas_minusculos
from poema_top.geracao import checkpoint
from poema_top.texto import reservado

RAPIDO = ["--caracteres", 300, "--temperaturas", "0,5", 1]


def test_avalia_mede_compara_e_grava(pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    saidas = ["--json", tmp_path / "m.json", "--grafico", tmp_path / "q.png", "--posicao", tmp_path / "p.png"]
    feito = roda("avalia", "--modelo", pasta_modelo, *RAPIDO, *saidas)
    assert feito.returncode == 0, feito.stderr
    assert "texto reservado: nenhum destes poemas" in feito.stdout
    (medido,) = json.loads((tmp_path / "m.json").read_text())["modelos"].values()
    assert medido["perda"]["reservado"]
    ficha = checkpoint.le(pasta_modelo).ficha
    assert medido["perda"]["poemas"] == ficha["dataset"]["poemas_validacao"]
    assert medido["perda"]["nats"] == pytest.approx(ficha["validacao"]["nats_por_caractere"], abs=2e-4)
    assert [q["temperatura"] for q in medido["temperaturas"]] == [0.5, 1.0]
    assert all(q["caracteres"] >= 300 for q in medido["temperaturas"])
    for nome in ("q.png", "p.png"):
        assert (tmp_path / nome).read_bytes().startswith(b"\x89PNG")
    assert feito.stdout == roda("avalia", "--modelo", pasta_modelo, *RAPIDO, *saidas).stdout


def test_avalia_mede_o_que_sai_com_os_cortes(pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    """Com min-p 1 só há um poema, o mais provável, a qualquer temperatura."""
    feito = roda("avalia", "--modelo", pasta_modelo, *RAPIDO, "--min-p", 1, "--json", tmp_path / "m.json")
    assert feito.returncode == 0, feito.stderr
    gravado = json.loads((tmp_path / "m.json").read_text())
    assert gravado["cortes"] == {"top_k": 0, "top_p": 1.0, "min_p": 1.0}
    (medido,) = gravado["modelos"].values()
    morno, quente = medido["temperaturas"]
    assert {**morno, "temperatura": 1.0} == quente
    feito = roda("avalia", "--modelo", pasta_modelo, *RAPIDO, "--json", tmp_path / "m.json")
    (medido,) = json.loads((tmp_path / "m.json").read_text())["modelos"].values()
    morno, quente = medido["temperaturas"]
    assert {**morno, "temperatura": 1.0} != quente


def test_as_notas_do_critico_e_o_melhor_dos_rascunhos(pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    def mede(*opcoes: object) -> tuple[str, list[dict[str, object]]]:
        feito = roda("avalia", "--modelo", pasta_modelo, *RAPIDO, "--json", tmp_path / "m.json", *opcoes)
        assert feito.returncode == 0, feito.stderr
        (medido,) = json.loads((tmp_path / "m.json").read_text())["modelos"].values()
        assert medido["real"]["critico"] is None
        return feito.stdout, medido["temperaturas"]

    dito, todos = mede()
    assert "nota do crítico: gramática" in dito
    assert "erra em geral" in dito
    dito, melhores = mede("--rascunhos", 8)
    for antes, depois in zip(todos, melhores, strict=True):
        assert depois["versos_repetidos"] <= antes["versos_repetidos"]  # type: ignore[operator]
        assert depois["caracteres"] >= 200  # type: ignore[operator]
    dito, sem = mede("--sem-critico")
    assert "crítico" not in dito
    assert [q["critico"] for q in sem] == [None, None]


def test_o_que_o_treino_leu_nao_e_reservado(pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    textos = reservado.textos(checkpoint.le(pasta_modelo).ficha)
    misturado = grava_poemas(tmp_path / "t.txt", [*textos.treino[:3], *textos.validacao[:2]])
    feito = roda("avalia", "--modelo", pasta_modelo, *RAPIDO, "--texto", misturado)
    assert feito.returncode == 0, feito.stderr
    assert "NÃO é texto reservado: 3 dos 5 poemas" in feito.stdout
    assert "texto reservado: nenhum" not in feito.stdout


def test_sobrepostos_nao_se_enganam_com_maiusculas_e_espacos() -> None:
    assert reservado.sobrepostos(["O  Sol\nsai ", "a lua"], ["o sol\n\nsai", "outra coisa"]) == 1


def test_treino_e_validacao_sao_o_dataset_inteiro(pasta_modelo: Path) -> None:
    ficha = checkpoint.le(pasta_modelo).ficha
    textos = reservado.textos(ficha)
    assert len(textos.treino) == ficha["dataset"]["poemas_treino"]
    assert sorted(textos.treino + textos.validacao) == sorted(poemas_minusculos(150))


def test_enganos_de_quem_usa(pasta_modelo: Path, roda: Roda, tmp_path: Path) -> None:
    uma_linha(roda("avalia", "--modelo", "nao-existe"), "não achei a pasta de modelo")
    uma_linha(roda("avalia", "--temperaturas", "-1"), "um número de 0 a 100")
    estranho = grava_poemas(tmp_path / "e.txt", ["日本"])
    uma_linha(
        roda("avalia", "--modelo", pasta_modelo, "--texto", estranho), "o vocabulário do modelo não tem"
    )
    livre = "http://127.0.0.1:9/v1"
    uma_linha(
        roda("avalia", "--modelo", pasta_modelo, "--juiz", "--servidor", livre),
        "nenhum servidor de LLM responde", "--servidor",
    )  # fmt: skip


def test_sem_grafico_pedido_nada_pesado_e_carregado() -> None:
    prova = (
        "import sys; import poema_top.avalia, poema_top.explica; "
        "print(sorted(m for m in ('tensorflow', 'keras', 'matplotlib') if m in sys.modules))"
    )
    feito = subprocess.run(
        [sys.executable, "-c", prova], env=ambiente(), capture_output=True, text=True, check=True
    )
    assert feito.stdout.strip() == "[]"
