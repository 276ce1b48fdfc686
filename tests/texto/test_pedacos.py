"""Sílabas, palavras e os tokens de uma LLM: o que se corta volta inteiro, e nada é desconhecido."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import RAIZ, Roda, grava_poemas
from poema_top.base.erros import ErroPoema
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.corpus import Corpus
from poema_top.texto.pedacos import (
    CARACTERE,
    LLM,
    MAXIMO,
    PALAVRA,
    SILABA,
    TIPOS,
    conta,
    menores,
    parte_o_fim,
    pedacos,
)
from poema_top.texto.poemas import le_poemas
from poema_top.texto.vocabulario import Vocabulario

POEMAS = ["o mar é azul,\no mar cai", "a lua, alta e clara", "a casa do mar"]
QUALQUER = st.text(st.characters(exclude_categories=["Cs"]))


def test_o_espaco_fica_com_a_silaba_que_vem() -> None:
    assert list(pedacos("o mar  é azul,\nAlta!", SILABA)) == [
        *("o", " mar", " ", " é", " a", "zul", ",", "\n", "Al", "ta", "!"),
    ]
    assert list(pedacos("d'água é 3 vezes", PALAVRA)) == ["d", "'", "água", " é", " ", "3", " vezes"]


@given(QUALQUER, st.sampled_from(TIPOS))
def test_os_pedacos_juntos_sao_o_texto(texto: str, tipo: str) -> None:
    assert "".join(pedacos(texto, tipo)) == texto
    assert all(pedacos(texto, tipo))
    assert "".join(parte_o_fim(texto, tipo)) == texto


@given(QUALQUER.filter(lambda t: len(t) > 1))
def test_o_que_nao_cabe_se_parte_em_menores(pedaco: str) -> None:
    partes = menores(pedaco)
    assert "".join(partes) == pedaco
    assert len(partes) > 1


@given(st.lists(QUALQUER, min_size=1), st.sampled_from(TIPOS), st.booleans(), st.booleans(), st.data())
def test_ida_e_volta_de_qualquer_texto(
    textos: list[str], tipo: str, minusculas: bool, terminador: bool, data: st.DataObject
) -> None:
    """Com o vocabulário inteiro, ou só com uma parte dos pedaços, e também um texto com as mesmas letras."""
    textos = [*textos, "a"]  # sem letra nenhuma não há sílabas
    como = {"minusculas": minusculas, "terminador": terminador or tipo == LLM, "tipo": tipo}
    como["da_llm"] = [texto[i : i + 4] for texto in textos for i in range(0, len(texto), 3)]
    inteiro = Vocabulario.de_poemas(textos, **como)
    caracteres = sum(len(t) == 1 for t in inteiro.tokens)
    maximo = None if tipo == CARACTERE else data.draw(st.integers(caracteres, len(inteiro)))
    v = Vocabulario.de_poemas(textos, **como, maximo=maximo)
    assert maximo in (None, len(v))
    outro = "".join(data.draw(st.permutations("".join(textos))))
    for texto in (*textos, v.normaliza(outro)):
        if set(v.normaliza(texto)) <= set(v.tokens):  # embaralhados, dois sinais podem compor um terceiro
            assert v.decodifica(v.codifica(texto)) == v.normaliza(texto)
    assert Vocabulario.de_json(v.para_json()) == v


@cache
def dos_dez_mil(tipo: str) -> Vocabulario:
    poemas = le_poemas(RAIZ / "dataset" / "poemas-10k.txt")
    da_llm = [pedaco for pedaco, _ in conta(poemas, SILABA, True).most_common()] if tipo == LLM else []
    return Vocabulario.de_poemas(poemas, tipo=tipo, da_llm=da_llm)


@pytest.mark.parametrize("tipo", TIPOS)
@pytest.mark.parametrize("nome", sorted(p.name for p in (RAIZ / "dataset").glob("poemas-*.txt")))
def test_ida_e_volta_dos_nossos_poemas(nome: str, tipo: str) -> None:
    """Também os de um texto que o vocabulário, tirado dos dez mil, nunca viu."""
    v = dos_dez_mil(tipo)
    assert len(v) <= (MAXIMO[tipo] or 100)
    poemas = [v.aproveita(poema)[0] for poema in le_poemas(RAIZ / "dataset" / nome)]
    corpus = Corpus.de_poemas(poemas, v)
    assert v.decodifica(corpus.ids) == "".join(poema + "@" for poema in poemas)
    assert [v.decodifica(corpus.poema(i)) for i in (0, 1, len(poemas) - 1)] == [
        poemas[i] + "@" for i in (0, 1, -1)
    ]
    assert corpus.caracteres == sum(map(len, poemas)) + len(poemas)


def test_ficam_os_mais_comuns_e_o_resto_vai_letra_por_letra() -> None:
    v = Vocabulario.de_poemas(POEMAS, tipo=SILABA, maximo=len(set("".join(POEMAS)) | {"@"}) + 1)
    assert [t for t in v.tokens if len(t) > 1] == [" mar"]
    assert v.decodifica(v.codifica("o mar é lua")) == "o mar é lua"
    assert [v.tokens[i] for i in v.codifica("o mar lua")] == ["o", " mar", " ", "l", "u", "a"]


def test_uma_palavra_que_nao_ha_vai_em_silabas_e_uma_silaba_em_letras() -> None:
    v = Vocabulario(tuple(sorted({*"\n@ acdlmors", " mar", "ca", " so", "sa"})), tipo=PALAVRA)
    assert [v.tokens[i] for i in v.codifica(" mar casa sol")] == [
        *(" mar", " ", "ca", "sa", " ", "s", "o", "l"),
    ]


def test_os_tokens_da_llm_sao_os_mais_compridos_que_sirvam() -> None:
    da_llm = [" O", " mar", "ar", "a", "mar é", " paz", "l\n", "m@", "mar", "\n\n", "ul,\n"]
    v = Vocabulario.de_poemas(POEMAS, tipo=LLM, da_llm=da_llm)
    assert {t for t in v.tokens if len(t) > 1} == {" o", " mar", "ar", "mar é", "l\n", "mar", "\n\n", "ul,\n"}
    assert [v.tokens[i] for i in v.codifica("O mar é azul,\n\nclar")] == [
        *("o", " mar", " ", "é", " ", "a", "z", "ul,\n", "\n", "c", "l", "ar"),
    ]
    menor = Vocabulario.de_poemas(POEMAS, tipo=LLM, da_llm=da_llm, maximo=len(set("".join(POEMAS))) + 3)
    assert {t for t in menor.tokens if len(t) > 1} == {" o", " mar"}


def test_os_tokens_da_llm_precisam_do_terminador() -> None:
    """Um fim de verso pode ser parte de um token; o de um poema, não."""
    with pytest.raises(ErroPoema, match="precisam do terminador"):
        Vocabulario.de_poemas(POEMAS, tipo=LLM, terminador=False)


def test_o_fim_de_um_comeco_e_a_palavra_que_talvez_nao_acabou() -> None:
    assert parte_o_fim("o ma", SILABA) == ("o", " ma")
    assert parte_o_fim("o marid", SILABA) == ("o ma", "rid")
    assert parte_o_fim("o mar ", SILABA) == ("o mar", " ")
    assert parte_o_fim("o mar,", SILABA) == ("o mar,", "")
    assert parte_o_fim("fim\npas", PALAVRA) == ("fim\n", "pas")
    assert parte_o_fim("o marid", LLM) == ("o", " marid")
    assert parte_o_fim("o ma", "caractere") == ("o ma", "")


def test_um_arquivo_se_codifica_em_silabas_como_na_memoria(tmp_path: Path) -> None:
    caminho = grava_poemas(tmp_path / "p.txt", POEMAS)
    for terminador in (True, False):
        aberto = abre([caminho], 0.0, 0, Molde(tipo=SILABA, terminador=terminador))
        v = aberto.vocabulario
        assert (v.tipo, len(aberto.treino)) == (SILABA, 3)
        for i in aberto.treino.quais:
            assert v.decodifica(aberto.treino.poema(i)) == POEMAS[i] + v.separador
    menor = abre([caminho], 0.0, 0, Molde(tipo=SILABA, maximo=20))
    assert len(menor.vocabulario) == 20


def test_sem_letras_nao_ha_silabas_e_caracteres_nao_se_escolhem() -> None:
    with pytest.raises(ErroPoema, match="não há letras"):
        Vocabulario.de_poemas(["12 - 34", "..."], tipo=SILABA)
    with pytest.raises(ErroPoema, match="--max-vocabulario não é para"):
        Vocabulario.de_poemas(POEMAS, maximo=20)


@pytest.mark.parametrize(("maximo", "diz"), [(5, "é pouco"), (9999, "é demais")])
def test_um_maximo_que_nao_serve_ao_texto(maximo: int, diz: str, tmp_path: Path, roda: Roda) -> None:
    with pytest.raises(ErroPoema, match=diz):
        Vocabulario.de_poemas(POEMAS, tipo=SILABA, maximo=maximo)
    caminho = grava_poemas(tmp_path / "p.txt", POEMAS)
    feito = roda("vocabulario", caminho, "--tokens", "silabas", "--max-vocabulario", maximo)
    assert feito.returncode == 2
    assert diz in feito.stderr
    assert feito.stderr.count("\n") == 1


def test_comando_mostra_as_silabas_mais_comuns_e_as_mais_raras(roda: Roda) -> None:
    feito = roda("vocabulario", RAIZ / "dataset" / "poemas-1k.txt", "--tokens", "silabas")
    assert feito.returncode == 0, feito.stderr
    linhas = [linha.split() for linha in feito.stdout.splitlines()]
    assert ["↵", *linhas[4][1:]] == linhas[4]
    vezes = conta(le_poemas(RAIZ / "dataset" / "poemas-1k.txt"), SILABA, True)
    assert any(linha[:2] == ["␣a", f"{vezes[' a']:,}".replace(",", ".")] for linha in linhas)
    assert feito.stdout.count("raro") >= 20
