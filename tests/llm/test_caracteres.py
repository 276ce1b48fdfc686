"""Contra a força bruta: todas as sequências de tokens de um tokenizador de brinquedo, somadas por letra."""

from collections import defaultdict

import numpy as np
import pytest

from poema_top.llm.caracteres import FIM, por_caractere
from poema_top.llm.palpites import Lugar, Palpites, junta

TOKENS = ("a", "b", "é", "ab", "ba", "aé", "aba", "")  # o último acaba o texto
ATE = 5  # letras


def acha(texto: str) -> dict[str, float]:
    """O que o professor de brinquedo acha depois de um texto: qualquer coisa, mas sempre a mesma."""
    acaso = np.random.default_rng(list(texto.encode()))
    p = acaso.dirichlet(np.ones(len(TOKENS)))
    return dict(zip(TOKENS, p.tolist(), strict=True))


def forca_bruta() -> dict[str, float]:
    """A probabilidade de o texto começar por cada prefixo; um "." diz que acaba ali."""
    prefixos: dict[str, float] = defaultdict(float)

    def escreve(texto: str, p: float) -> None:
        for token, dele in acha(texto).items():
            novo = texto + (token or ".")
            for fim in range(len(texto) + 1, min(len(novo), ATE) + 1):
                prefixos[novo[:fim]] += p * dele
            if token and len(novo) < ATE:
                escreve(novo, p * dele)

    prefixos[""] = 1.0
    escreve("", 1.0)
    return prefixos


PREFIXOS = forca_bruta()


def certa(texto: str) -> dict[str, float]:
    """A distribuição exata da letra depois de um texto."""
    letras = {FIM: ".", **{c: c for c in "abé"}}
    return {c: PREFIXOS[texto + escrita] / PREFIXOS[texto] for c, escrita in letras.items()}


def dito(caminho: list[str], quantos: int = len(TOKENS)) -> Palpites:
    """O que se guardaria se o professor tivesse escolhido estes tokens."""
    lugares, texto = [], ""
    for token in caminho:
        todos = sorted(acha(texto).items(), key=lambda par: -par[1])
        candidatos = {t: (TOKENS.index(t), t.encode(), float(np.log(p))) for t, p in todos}
        lugares.append(Lugar(candidatos[token], tuple(candidatos.values())[:quantos]))
        texto += token
    return junta(lugares)


@pytest.mark.parametrize("texto", ["abab", "abéa", "aéba", "baaé"])
def test_letra_por_letra_e_a_forca_bruta(texto: str) -> None:
    """Com uma fronteira em cada letra nada se perde: todas as sequências que dão o texto passam por elas."""
    feitas = por_caractere(dito([*texto, ""]))
    assert len(feitas) == len(texto) + 1
    for i, feita in enumerate(feitas):
        exata = certa(texto[:i])
        assert set(feita) == set(exata)
        np.testing.assert_allclose([feita[c] for c in exata], list(exata.values()), rtol=1e-5)
        assert sum(feita.values()) == pytest.approx(1, abs=1e-5)


def test_a_meio_de_um_token_a_conta_e_a_do_prefixo() -> None:
    """A fórmula do cabeçalho, à mão."""
    p = acha("")
    com_a = sum(p[t] for t in TOKENS if t.startswith("a"))
    primeira, segunda, _ = por_caractere(dito(["ab"]))
    assert primeira["a"] == pytest.approx(com_a, rel=1e-5)
    assert segunda == pytest.approx({"b": (p["ab"] + p["aba"]) / com_a, "é": p["aé"] / com_a}, rel=1e-5)
    # O que falta é do token "a", que acaba aqui, e depois dele não se sabe.
    assert 1 - sum(segunda.values()) == pytest.approx(p["a"] / com_a, rel=1e-4)


@pytest.mark.parametrize("quantos", [1, 3, 5, len(TOKENS)])
@pytest.mark.parametrize("caminho", [["aba", "b"], ["ab", "aé"], ["ba", "a"], ["é", "é"]])
def test_o_que_falta_cobre_o_que_nao_se_sabe(caminho: list[str], quantos: int) -> None:
    """Na primeira letra, a verdade está entre o que se sabe e isso mais o que falta."""
    feita, exata = por_caractere(dito(caminho, quantos))[0], certa("")
    falta = 1 - sum(feita.values())
    for letra, p in exata.items():
        assert feita.get(letra, 0) <= p + 1e-6 <= feita.get(letra, 0) + falta + 2e-6
    assert (falta > 1e-5) == (quantos < len(TOKENS))


def test_o_fim_por_uma_parada_nao_se_sabe() -> None:
    *_, com_fim = por_caractere(dito(["a", "b", ""]))
    assert com_fim[FIM] > 0
    sem_fim = por_caractere(dito(["a", "b"]))[-1]
    # Só o que não passa pela última fronteira: "ab" dentro de "aba", de uma vez.
    assert set(sem_fim) <= {"a"}


def test_uma_letra_pela_metade_nao_e_uma_letra() -> None:
    inteira, metade = (1, "é".encode(), np.log(0.5)), (2, b"\xc3", np.log(0.25))
    (primeira, _) = por_caractere(junta([Lugar(inteira, (metade,))]))
    assert primeira == pytest.approx({"é": 0.5})
    partida = [Lugar(metade, (inteira,)), Lugar((3, b"\xa9", np.log(0.5)), ())]
    primeira, depois = por_caractere(junta(partida))
    assert primeira == pytest.approx({"é": 0.5})
    assert depois == {}


def test_um_texto_comprido_nao_se_perde_nas_contas() -> None:
    """A probabilidade do texto inteiro não cabe num float64; as de cada letra, sim."""
    a, b = (1, b"a", np.log(0.01)), (2, b"b", np.log(0.9))
    feitas = por_caractere(junta([Lugar(a, (b,))] * 400))
    for feita in feitas[:-1]:
        assert feita == pytest.approx({"a": 0.01, "b": 0.9}, rel=1e-4)
