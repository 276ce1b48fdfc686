from pathlib import Path

from conftest import grava_poemas
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.crescimento import crescido, novidades, origens
from poema_top.texto.vocabulario import Vocabulario


def test_o_vocabulario_cresce_em_ordem_e_diz_de_onde_parte_cada_token() -> None:
    velho = Vocabulario.de_poemas(["e o sal"])
    novo = crescido(velho, ["É o mel ☾"])
    assert novo.tokens == tuple(sorted({*velho.tokens, "é", "m", "☾"}))
    assert (novo.minusculas, novo.terminador) == (velho.minusculas, velho.terminador)
    assert novidades(velho, novo) == {"é": "e", "m": "", "☾": ""}
    de_onde, novos = origens(velho, novo)
    for token, origem, e_novo in zip(novo.tokens, de_onde, novos, strict=True):
        assert e_novo == (token not in velho.tokens)
        parte = velho.tokens[origem] if origem >= 0 else ""
        assert parte == {"é": "e", "m": "", "☾": ""}.get(token, token)


def test_maiuscula_parte_da_minuscula_e_o_terminador_de_ninguem() -> None:
    velho = Vocabulario(("\n", "@", "a"), minusculas=False, terminador="@")
    novo = crescido(velho, ["Á À a"])
    assert novidades(velho, novo) == {" ": "", "À": "a", "Á": "a"}


def test_texto_sem_novidade_nao_muda_o_vocabulario(tmp_path: Path) -> None:
    velho = Vocabulario.de_poemas(["o sol a"])
    assert crescido(velho, ["a sola"]) == velho
    caminho = grava_poemas(tmp_path / "p.txt", ["o SÓL", "a"])
    aberto = abre([caminho], 0.0, 0, Molde(base=velho))
    assert aberto.trocas == {}
    assert aberto.vocabulario == crescido(velho, ["ó"])
    assert aberto.vocabulario.decodifica(aberto.treino.ids) == "o sól@a@"
