"""Cada medida, contra contas feitas à mão."""

from dataclasses import replace

import pytest

from poema_top.avaliacao import forma, medidas
from poema_top.avaliacao.copias import maior_trecho
from poema_top.avaliacao.qualidade import Gerado, Qualidade, Referencia, faixa_util, mede
from poema_top.texto import verso


def test_palavras_com_hifen_apostrofo_e_sem_numeros() -> None:
    assert verso.palavras("Guarda-chuva d'água, 12 sóis - e só.") == [
        "guarda-chuva",
        "d'água",
        "sóis",
        "e",
        "só",
    ]


def test_pares_comecam_no_separador() -> None:
    assert medidas.pares("Oi\n", "@") == ["@o", "oi", "i\n"]
    assert medidas.pares("", "@") == []


def test_parcela() -> None:
    assert medidas.parcela(["a", "b", "a", "c"], {"a"}) == 0.5
    assert medidas.parcela([], {"a"}) == 0


def test_miolo_deixa_fora_a_primeira_e_a_ultima_palavra_de_cada_poema() -> None:
    assert medidas.miolo(["um dois três quatro", "a b", "só", ""]) == ["dois", "três"]


def test_distintos_so_conta_os_primeiros() -> None:
    assert medidas.distintos(["a", "a", "b", "c"]) == 0.75
    assert medidas.distintos(["a", "a", "b", "c"], primeiros=2) == 0.5
    assert medidas.distintos([]) == 0


def test_repetidos_no_mesmo_poema_e_nao_entre_poemas() -> None:
    # "a" volta uma vez no primeiro; no segundo não se repete nada: 1 de 5 versos.
    assert medidas.repetidos(["a\nb\n\n A ", "a\nc"]) == 0.2
    assert medidas.repetidos([""]) == 0


def test_maior_trecho_nao_passa_de_um_poema_para_outro() -> None:
    treino = ["o sol nasce", "a lua cai", "mar"]
    assert maior_trecho(["vejo a lua cair"], treino) == "a lua cai"
    assert maior_trecho(["o sol nascea lua cai"], treino) == "o sol nasce"
    assert maior_trecho(["xyz"], ["abc"]) == ""
    assert maior_trecho([""], ["abc"]) == ""
    assert maior_trecho(["MAR"], treino) == "mar"


@pytest.mark.parametrize(
    ("palavra", "esperado"),
    [
        ("casa", "asa"),
        ("mar", "ar"),
        ("sonhar", "ar"),
        ("coração", "ão"),
        ("janela", "ela"),
        ("café", "é"),
        ("homem", "omem"),
        ("flores", "ores"),
        ("luz", "uz"),
        ("shh", "shh"),
        ("luar", "ar"),
        ("alegria", "ia"),
        ("pequena", "ena"),
        ("areia", "eia"),
        ("saiu", "iu"),
        ("beija-flor", "or"),
        ("bem-te-vi", "i"),
        ("d'água", "água"),
        ("meia-noite", "oite"),
        ("deixa-me", "eixame"),
        ("vê-la", "êla"),
        ("beija-a", "eijaa"),
    ],
)
def test_final_da_palavra_a_partir_da_tonica(palavra: str, esperado: str) -> None:
    assert verso.final(palavra) == esperado


def test_rimas_contam_na_estrofe_e_com_outra_palavra() -> None:
    assert forma.rimas(["vou ao mar\nvou cantar\nsem flor"]) == pytest.approx(2 / 3)
    assert forma.rimas(["vou ao mar\n\nvou cantar"]) == 0  # outra estrofe
    assert forma.rimas(["vou ao mar\nvim do mar"]) == 0  # a mesma palavra não rima consigo
    assert forma.rimas(["à luz do luar\nperto do mar\nhá alegria\nnum novo dia"]) == 1  # os hiatos se separam
    assert forma.rimas(["a lua\no luar"]) == 0
    assert forma.rimas([]) == 0


def test_distancia_de_kolmogorov_smirnov() -> None:
    assert forma.distancia([1, 2, 3], [1, 2, 3]) == 0
    assert forma.distancia([1, 2], [5, 6]) == 1
    # Acumuladas em 1, 2, 3, 4: 1/2, 1/2, 1, 1 contra 0, 1/2, 1/2, 1.
    assert forma.distancia([1, 3], [2, 4]) == 0.5
    assert forma.distancia([], [1]) == 1


def test_quantis() -> None:
    assert forma.quantis(list(range(11))) == (1, 5, 9)
    assert forma.quantis([]) == (0, 0, 0)


def _qualidade(temperatura: float | None, copiados: float, invalidas: float) -> Qualidade:
    uma = mede([Gerado("a", acabou=True)], Referencia(["a"], "@"), temperatura)
    return replace(uma, versos_copiados=copiados, palavras_invalidas=invalidas)


def test_faixa_util_fica_onde_as_duas_retas_deixam() -> None:
    real = _qualidade(None, 0.1, 0.0)
    medidas = [_qualidade(1.0, 0.0, 0.04), _qualidade(0.5, 0.2, 0.0)]
    # De 0,5 a 1 a cópia cai de 20 % a 0 (passa por 10 % em 0,75); as inválidas vão de 0 a 4 % (2 % em 0,75).
    assert faixa_util(medidas, real) == pytest.approx((0.75, 0.75), abs=1e-3)
    assert faixa_util(medidas, replace(real, versos_copiados=0.15)) == pytest.approx((0.625, 0.75), abs=1e-3)
    assert faixa_util(medidas, replace(real, versos_copiados=0.05)) is None
    assert faixa_util([], real) is None
