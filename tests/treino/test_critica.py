"""Como o crítico aprende: as contas, e o comando inteiro num mundo minúsculo."""

import json
from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from conftest import VERSOS, Roda, grava_poemas
from poema_top.geracao.critico import Critico
from poema_top.texto.lembranca import ARQUIVO, Lembranca
from poema_top.treino import juizo
from poema_top.treino.notas import agrupa, area, dobras, le_notas, pearson, postos, spearman


def test_correlacoes_e_area() -> None:
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 4, 9, 16])
    assert spearman(x, y) == pytest.approx(1)
    assert pearson(x, y) == pytest.approx(0.984, abs=1e-3)
    assert postos(np.array([5.0, 1, 5, 2])).tolist() == [2.5, 0, 2.5, 1]
    assert area(x, np.array([False, True, False, True])) == pytest.approx(3 / 4)
    assert area(np.ones(4), np.array([False, True, False, True])) == 0.5
    assert area(x, np.ones(4, bool)) == 0.5
    assert pearson(x, np.ones(4)) == 0


def test_os_parecidos_ficam_juntos() -> None:
    poemas = ["a\nb\nc", "x\ny", "B!\nc\nd", "d\nB\ne", "c\nz", "só", "só"]
    grupos = agrupa(poemas)
    assert grupos[0] == grupos[2] == grupos[3]
    assert grupos[5] == grupos[6]
    assert len(set(grupos)) == 4
    partes = dobras(np.repeat(np.arange(40), 5), 5, np.random.default_rng(0))
    assert np.bincount(partes).tolist() == [40] * 5
    assert all(len(set(partes[5 * g : 5 * g + 5])) == 1 for g in range(40))


def test_o_gradiente_e_o_das_diferencas(monkeypatch: pytest.MonkeyPatch) -> None:
    acaso = np.random.default_rng(0)
    tamanhos = np.array([3, 1, 4])
    x, alvos = acaso.normal(size=(8, 5)), acaso.normal(size=(3, 2))
    pesos = [acaso.normal(size=f) for f in ((5, 4), (4,), (8, 2), (2,))]

    def perda() -> float:
        a = np.maximum(x @ pesos[0] + pesos[1], 0)
        versos = [a[:3], a[3:4], a[4:]]
        junto = np.array([np.r_[v.max(axis=0), v.mean(axis=0)] for v in versos])
        return float((((junto @ pesos[2] + pesos[3]) - alvos) ** 2).sum() / 2 / 3)

    monkeypatch.setattr(juizo, "APAGA_ENTRADA", 0.0)
    monkeypatch.setattr(juizo, "APAGA_SAIDA", 0.0)
    achados = juizo._gradiente(pesos, x, tamanhos, alvos, acaso)
    for peso, gradiente in zip(pesos, achados, strict=True):
        for onde in np.ndindex(peso.shape):
            antes = peso[onde]
            peso[onde] = antes + 1e-6
            mais = perda()
            peso[onde] = antes - 1e-6
            diferenca = (mais - perda()) / 2e-6
            peso[onde] = antes
            assert gradiente[onde] == pytest.approx(diferenca, abs=1e-5)


def _notas(caminho: Path, quantos: int = 80) -> Path:
    """Poemas em que um verso é quebrado quando diz "xis", e as notas caem com isso."""
    acaso, linhas = np.random.default_rng(1), []
    palavras = sorted({palavra for verso in VERSOS for palavra in verso.split()})
    for i in range(quantos):
        versos = [" ".join(acaso.choice(palavras, 4)) for _ in range(acaso.integers(2, 8))]
        maus = acaso.random(len(versos)) < 0.4
        versos = [f"xis {v} de o" if mau else v for v, mau in zip(versos, maus, strict=True)]
        nota = round(10 * (1 - maus.mean()), 1)
        linhas.append({
            "poema": "\n".join(versos), "origem": ("um", "outro", "real")[i % 3],
            "versos": "".join("02"[int(not mau)] for mau in maus),
            "gramatica": nota, "coerencia": nota, "beleza": nota / 2,
        })  # fmt: skip
    caminho.write_text("".join(json.dumps(linha) + "\n" for linha in linhas), encoding="utf-8")
    return caminho


def test_o_comando_aprende_o_que_ha_para_aprender(
    tmp_path: Path, dataset_minusculo: Path, roda: Roda
) -> None:
    notas, saida = _notas(tmp_path / "n.jsonl"), tmp_path / "c" / "critico.npz"
    opcoes = ["--notas", notas, "--poemas", dataset_minusculo, "--saida", saida]
    feito = roda("critica", *opcoes)
    assert feito.returncode == 0, feito.stderr
    linha = next(x for x in feito.stdout.splitlines() if x.startswith("um "))
    assert float(linha.split()[2].replace(",", ".")) > 0.6  # Pearson da gramática, no que não leu
    aprendido = Critico.le(saida)
    bom, mau = aprendido.julga(["o sol sai\na lua cai", "xis o sol sai de o\nxis a lua cai de o"])
    assert bom.gramatica > mau.gramatica + 3
    assert aprendido.rede.erro[0] > 0
    antes = saida.read_bytes()
    assert roda("critica", *opcoes).returncode == 0
    assert saida.read_bytes() == antes


def test_o_comando_guarda_o_que_um_modelo_leu(pasta_modelo: Path, tmp_path: Path, roda: Roda) -> None:
    import shutil

    copia = Path(shutil.copytree(pasta_modelo, tmp_path / "copia"))
    (copia / ARQUIVO).unlink()
    feito = roda("critica", "--modelo", copia)
    assert feito.returncode == 0, feito.stderr
    assert f"{ARQUIVO}" in feito.stdout
    guardada = Lembranca.le(copia)
    assert guardada is not None
    assert guardada.copiados("o sol sai\num verso novo\na lua cai") == 2


def test_enganos_de_quem_usa(tmp_path: Path, roda: Roda) -> None:
    uma_linha(roda("critica", "--notas", tmp_path / "nada.jsonl"), "não achei o arquivo")
    mau = tmp_path / "m.jsonl"
    mau.write_text('{"poema": "a\\nb", "origem": "x", "versos": "2"}\n')
    uma_linha(roda("critica", "--notas", mau), "a linha 1 de")
    uma_linha(
        roda("critica", "--notas", _notas(tmp_path / "poucos.jsonl", 20)), "com menos de 50 não se aprende"
    )
    uma_linha(roda("critica", "--modelo", "nao-existe"), "não achei a pasta de modelo")
    vazio = grava_poemas(tmp_path / "v.txt", [])
    uma_linha(roda("critica", "--notas", _notas(tmp_path / "n.jsonl"), "--poemas", vazio), "está vazio")


def test_as_notas_do_projeto_se_leem() -> None:
    from poema_top.treino import notas

    lidas = le_notas(notas.ARQUIVO)
    assert len(lidas.poemas) == 2600
    assert (~lidas.de_modelos).sum() == 209
