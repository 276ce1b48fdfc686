"""As contas de rede.js contra as do Python: o acaso, as chances, a rede de qualquer forma."""

import json
from typing import Any

import numpy as np
import pytest

from apoio.poeta import Poeta
from conftest import RAIZ
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem, escolhe, probabilidades
from poema_top.geracao.motor import Motor
from poema_top.rede.modelo import constroi
from poema_top.rede.passo import PassoKeras, arredonda
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.exportacao import para_a_pagina

LE = """(nome, ids) => {
  const rede = new Poeta.Rede(modelos[nome]);
  return ids.map((id) => [Array.from(rede.le(id)), rede.guarda().map((estado) => Array.from(estado))]);
}"""


def test_o_acaso_e_o_publicado(poeta: Poeta) -> None:
    vetores = json.loads((RAIZ / "tests" / "geracao" / "sorteio.json").read_text(encoding="utf-8"))
    for vetor in vetores:
        quantos = len(vetor["numeros"])
        funcao = "(s, t, n) => Array.from({ length: n }, (_, i) => Poeta.numero(s, i, t))"
        assert poeta.faz(funcao, vetor["semente"], vetor["texto"], quantos) == vetor["numeros"]


@pytest.mark.parametrize("temperatura", [0, 0.3, 1, 2.5])
@pytest.mark.parametrize(("k", "p"), [(0, 1.0), (5, 1.0), (0, 0.7), (8, 0.5), (1, 1.0), (0, 1e-9)])
def test_as_chances_sao_as_do_python(poeta: Poeta, temperatura: float, k: int, p: float) -> None:
    logits = np.random.default_rng(k).normal(0, 3, (20, 12)).astype(np.float32)
    logits[3] = 0  # todos empatados
    logits[4, 5:] = logits[4, 2]
    logits[5, 1] = -np.inf
    chances = "(linhas, como) => linhas.map((l) => Array.from(Poeta.chances(Float32Array.from(l), como)))"
    como = {"temperatura": temperatura, "topK": k, "topP": p}
    obtidas = np.array(poeta.faz(chances, logits.tolist(), como))
    esperadas = probabilidades(logits, Amostragem(temperatura, k, p))
    np.testing.assert_allclose(obtidas, esperadas, rtol=1e-12, atol=1e-300)


def test_min_p_corta_o_que_e_pouco_diante_do_maior(poeta: Poeta) -> None:
    """0,5 0,3 0,15 0,05: com 0,3 fica o que passa de 0,15, ele inclusive; com 1, só o maior."""
    logits = np.log([0.5, 0.3, 0.15, 0.05]).tolist()
    chances = "(l, como) => Array.from(Poeta.chances(Float32Array.from(l), como))"
    for minimo, esperadas in [
        (0.299, [10 / 19, 6 / 19, 3 / 19, 0]),
        (0.4, [0.625, 0.375, 0, 0]),
        (1, [1, 0, 0, 0]),
    ]:
        obtidas = poeta.faz(chances, logits, {"temperatura": 1, "minP": minimo})
        np.testing.assert_allclose(obtidas, esperadas, rtol=1e-6)


def test_escolhe_e_o_do_python_tambem_nas_bordas(poeta: Poeta) -> None:
    acaso = np.random.default_rng(1)
    p = acaso.dirichlet(np.full(9, 0.3), 300)
    p[::7, [0, 4, 8]] = 0
    u = np.concatenate([acaso.random(280), np.zeros(10), np.full(10, 1 - 2**-53)])
    escolhidos = poeta.faz(
        "(p, u) => p.map((linha, i) => Poeta.escolhe(linha, u[i]))", p.tolist(), u.tolist()
    )
    assert escolhidos == escolhe(p, u).tolist()


FORMAS: dict[str, dict[str, Any]] = {
    "one-hot": {"unidades": (6, 4)},
    "uma camada": {"unidades": (5,)},
    "três camadas": {"unidades": (8, 3, 9)},
    "embedding": {"unidades": (6, 4), "dimensoes": 5},
    "atada": {"unidades": (7,), "dimensoes": 10, "atada": True},
    "larga": {"unidades": (33, 40), "dimensoes": 17, "atada": True},
}


@pytest.mark.parametrize("terminador", [True, False])
@pytest.mark.parametrize("qual", FORMAS)
def test_a_rede_de_qualquer_forma_da_os_logits_do_keras(poeta: Poeta, qual: str, terminador: bool) -> None:
    v = Vocabulario.de_poemas(["o sol sai\na lua cai", "a lua vai"], terminador=terminador)
    forma = FORMAS[qual]
    modelo = constroi(len(v), janela=4, terminador=v.id_terminador, **forma)
    acaso = np.random.default_rng(7)
    pesos = [acaso.normal(0, 0.6, w.shape).astype(np.float32) for w in modelo.get_weights()]
    modelo.set_weights(arredonda(pesos))
    ids = acaso.integers(0, len(v), 40)
    ids[20] = v.id_separador  # um poema acaba no meio; sem terminador, nada se esquece
    poeta.abre("rede", para_a_pagina(modelo, v, "hoje"))
    lidos = poeta.faz(LE, "rede", ids.tolist())
    passo = PassoKeras(modelo, v.id_terminador)
    for i, (logits, estados) in zip(ids, lidos, strict=True):
        esperados = passo.avanca(np.array([i], np.int32))[0]
        np.testing.assert_allclose(logits, esperados, atol=2e-4)  # eles passam de 20: são 6 algarismos
        assert [len(estado) for estado in estados] == list(forma["unidades"])


def test_a_rede_do_padrao_passo_a_passo_com_o_litert(poeta: Poeta) -> None:
    """Os logits e o estado de cada camada, em duzentas letras: nada se afasta com o tempo."""
    padrao = checkpoint.le(RAIZ / "modelos_treinados" / "padrao")
    assert padrao.pagina is not None
    poeta.abre("padrao", padrao.pagina)
    ids = padrao.vocabulario.codifica("@" + "a lua brilha no céu,\na rosa abriu a janela.\n" * 5).tolist()
    motor = Motor(padrao)
    for i, (logits, estados) in zip(ids, poeta.faz(LE, "padrao", ids), strict=True):
        np.testing.assert_allclose(logits, motor.avanca(np.array([i], np.int32))[0], atol=1e-4)
        for obtido, esperado in zip(estados, motor.estados, strict=True):
            np.testing.assert_allclose(obtido, esperado[0], atol=1e-5)
