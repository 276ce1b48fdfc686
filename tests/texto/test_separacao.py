import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poema_top.texto.codificacao import linhas_iguais
from poema_top.texto.contas import Contas, letras
from poema_top.texto.embalagem import desembala
from poema_top.texto.separacao import REGRAS, separa

QUADRA = "um\ndois\ntrês\nquatro"


@pytest.mark.parametrize(
    ("texto", "regra", "quantos"),
    [
        (f"{QUADRA}@\n{QUADRA}\n@@\n", "arroba", 2),
        (f"{QUADRA}\n\n{QUADRA}\n\n{QUADRA}\n", "branco", 3),
        (f"{QUADRA}\n \n{QUADRA}\n\n\n\n{QUADRA}\n", "brancos", 2),
        (f"{QUADRA}\n\n{QUADRA}\n***\n{QUADRA}\n* * *\n{QUADRA}", "asteriscos", 3),
        (f"MAR\n\n{QUADRA}\n\n***\n\n{QUADRA}\n\nLUA\n\n{QUADRA}\n\n***\n\n{QUADRA}", "titulos", 2),
        (f"## 1. Mar\n\n{QUADRA}\n\n---\n\n## 2. Lua\n\n{QUADRA}", "tracos", 2),
        (f"{QUADRA}\n---\n{QUADRA}\n\n— — —\n\n{QUADRA}", "tracos", 3),
        (f"{QUADRA}\n=====\n{QUADRA}", "iguais", 2),
        (f"{QUADRA}\f{QUADRA}", "pagina", 2),
        (f"I\n\n{QUADRA}\n\n{QUADRA}\n\nII\n\n{QUADRA}\n\nIII\n{QUADRA}\n", "titulos", 3),
        (f"# Mar\n\n{QUADRA}\n\n## Lua\n{QUADRA}\n", "titulos", 2),
        (f"Mar\n===\n\n{QUADRA}\n\nLua\n===\n\n{QUADRA}\n", "titulos", 2),
        (f"O MAR\n\n{QUADRA}\n\n{QUADRA}\n\nA LUA\n\n{QUADRA}\n", "titulos", 2),
        (f"O mar\n\n{QUADRA}\n\n{QUADRA}\n\nA lua\n\n{QUADRA}\n\n{QUADRA}\n", "titulos", 2),
        (f"{QUADRA}\n\n{QUADRA}\n\num\ndois\ntrês\n\num\ndois\ntrês\n", "arquivo", 1),
        (f"{QUADRA}\n\n{QUADRA}\n\num\ndois\ntrês\n\num\ndois\ntrês\n\n" * 3, "branco", 3),
        ("o mar\no sol", "arquivo", 1),
        ("o mar\n\no sol\n\na lua", "arquivo", 1),
        (("Uma frase comprida que não é verso nenhum, porque segue. " * 3 + "\n") * 4, "paragrafos", 4),
    ],
)
def test_a_regra_de_um_texto(texto: str, regra: str, quantos: int) -> None:
    achado = separa(texto)
    assert (achado.regra, len(achado.poemas)) == (regra, quantos)
    assert separa(texto, regra).poemas == achado.poemas


def test_o_canto_vai_com_a_primeira_estancia() -> None:
    estancias = "\n\n".join("\n".join(f"verso {i} {j}" for j in range(8)) for i in range(30))
    achado = separa(f"CANTO I\n\n{estancias}\n\nCANTO II\n\n{estancias}")
    assert (achado.regra, len(achado.poemas)) == ("branco", 60)
    assert achado.poemas[30].startswith("CANTO II\n\nverso 0 0\n")
    numeradas = re.sub(r"(?m)^(verso (\d+) 0)$", r"\2\n\1", estancias)
    assert separa(f"CANTO I\n\n{numeradas}\n\nCANTO II\n\n{numeradas}").regra == "titulos"


def test_prosa_junta_as_linhas_e_corta_entre_frases() -> None:
    linhas = (
        "uma linha cheia de prosa que continua na outra linha sem parar\n"
        "e segue, sempre em minúscula, até o ponto que fecha a frase dela.\n"
    )
    poemas = separa(linhas * 30 + "\n" + linhas * 2).poemas
    assert len(poemas) == 6
    assert all(len(poema) <= 1000 and "\n" not in poema and poema.endswith(".") for poema in poemas)
    assert "".join(poemas).replace(" ", "") == (linhas * 32).replace(" ", "").replace("\n", "")


def test_a_embalagem_sai_contada() -> None:
    contas = Contas()
    livro = (
        "Produzido\n*** START OF THIS PROJECT GUTENBERG EBOOK X ***\n\no mar\n\n"
        "*** END OF THIS PROJECT GUTENBERG EBOOK X ***\nfim"
    )
    assert desembala(livro, contas).strip() == "o mar"
    assert (
        desembala("<think>a\n@\nb</think>\no mar\n@\nc</think>o sol\n@\n", contas) == "o mar\n@\no sol\n@\n"
    )
    assert desembala("\x1b[2@o\x1b]0;x\x07 mar", contas) == "o mar"
    assert desembala("---\ntitle: x\ntags:\n  - a\n---\no mar", contas) == "o mar"
    assert desembala("---\nmar: verde\n---\n", contas) == "---\nmar: verde\n---\n"
    assert desembala("---\no mar\n---\no sol", contas) == "---\no mar\n---\no sol"
    assert set(contas) == {
        "aviso do Projeto Gutenberg", "pensamento da LLM", "sequências de terminal",
        "ficha no começo do arquivo"
    }  # fmt: skip


COMPRIDA = (
    "uma linha comprida, como as da prosa, que não acaba nunca e passa de cem letras sem nenhum ponto no fim"
)
LINHAS = st.sampled_from(
    [
        "o mar",
        "O MAR",
        "I",
        "# Lua",
        "***",
        "---",
        "===",
        "",
        " ",
        "\f",
        "**sol**",
        "1. A lua",
        "fim@",
        "@",
        COMPRIDA,
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINHAS | st.text(max_size=6), max_size=30).map("\n".join), st.sampled_from(["auto", *REGRAS]))
def test_separar_nao_perde_nenhuma_letra(texto: str, regra: str) -> None:
    texto = linhas_iguais(texto)
    assert letras("\n".join(separa(texto, regra).poemas)) == letras(texto)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ao \n@<>/think\x1b[2K-:*STARTOF", max_size=80))
def test_desembalar_nao_perde_nenhuma_letra_sem_contar(texto: str) -> None:
    contas = Contas()
    fica = desembala(texto, contas)
    assert letras(texto) + contas.postas == letras(fica) + contas.tiradas
