"""O que uma LLM achava de cada letra, do arquivo de `just gera` ao modelo treinado."""

from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from conftest import OPCOES_MINUSCULAS, RAIZ, Roda, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint
from poema_top.llm.palpites import Lugar, Palpites, junta
from poema_top.llm.sintese.colheita import Colheita
from poema_top.texto.corpus import Corpus
from poema_top.texto.pedacos import LLM
from poema_top.texto.vocabulario import Vocabulario
from poema_top.treino.destilacao_llm import alvos_da_llm, linhas_do_poema

PADRAO = RAIZ / "modelos_treinados" / "padrao"
V = Vocabulario.de_poemas(["O mar.\nA lua é má."])


def dito(texto: str, *, acaba: bool = True) -> Palpites:
    """Pares de letras por token, a 0,5, e sempre " o" a 0,25; no fim, o fim a 0,75."""
    pares = [texto[i : i + 2] for i in range(0, len(texto), 2)]
    outro = (1, b" o", np.log(0.25))
    lugares = [Lugar((2, par.encode(), np.log(0.5)), (outro,)) for par in pares]
    return junta([*lugares, Lugar((0, b"", np.log(0.75)), (outro,))] if acaba else lugares)


def guarda(caminho: Path, poemas: list[str]) -> Path:
    with Colheita(caminho) as colheita:
        for poema in poemas:
            colheita.guarda(poema, dito(poema))
    return caminho


def linhas(poema: str, palpites: Palpites) -> list[dict[str, float]]:
    """O que cada linha diz, por letra do aluno."""
    ids = V.codifica(poema + V.separador)
    feitas = linhas_do_poema(poema, palpites, ids, V)
    assert feitas is not None
    np.testing.assert_array_equal(feitas[:, -1], ids)
    return [{V.tokens[i]: round(float(p), 2) for i, p in enumerate(linha[:-1]) if p > 0} for linha in feitas]


def test_cada_letra_e_o_fim() -> None:
    """Falta 0,25 em cada lugar: 0,7 disso é das letras ditas, e o resto do balde."""
    esperadas = [{"m": 0.62, " ": 0.31}, {"a": 0.92}, {"r": 0.62, " ": 0.31}, {".": 0.92}]
    assert linhas("mar.", dito("mar.")) == [*esperadas, {"@": 0.75, " ": 0.25}]


def test_as_maiusculas_sao_as_letras_do_aluno_e_o_que_ele_nao_tem_e_balde() -> None:
    lugar = Lugar(
        (1, b"M", np.log(0.5)), ((2, b"m", np.log(0.25)), (3, b"w", np.log(0.125)), (4, b"@", -4.0))
    )
    palpites = junta([lugar, Lugar((5, b"ar", np.log(0.5)), ())])
    assert linhas("Mar", palpites)[0] == {"m": 0.81}


def test_um_pedaco_do_que_ela_escreveu_e_o_que_se_limpou() -> None:
    inteiro = dito("Aqui: a lua. Fim")
    *meio, fim = linhas("a lua.", inteiro)
    assert meio[0] == {"a": 0.62, " ": 0.31}
    assert meio[1] == {" ": 0.92}
    assert fim == {"@": 1.0}  # ela não acabou ali: fica o texto
    assert linhas("mar.", dito("mar.", acaba=False))[-1] == {"@": 1.0}
    assert linhas_do_poema("a lúa.", inteiro, V.codifica("a lua.@"), V) is None


def test_para_quem_escreve_com_os_tokens_dela() -> None:
    """Só onde os dois escreveram o mesmo token a partir do mesmo lugar; o que falta é do balde."""
    v = Vocabulario.de_poemas(["A lua é má."], tipo=LLM, da_llm=["A l", "ua", "l", "ma", " o", " é", "a é"])
    pares = [b"A l", b"ua", b" ", "é".encode(), b" ", b"m", "á.".encode(), b""]
    outros = [(1, b"a l", np.log(0.125)), (2, b" o", np.log(0.25)), (3, b"", -2.0), (4, b"\xc3", -3.0)]
    palpites = junta([Lugar((5, par, np.log(0.5)), tuple(outros)) for par in pares])
    ids = v.codifica("A lua é má.@")
    assert [v.tokens[i] for i in ids] == ["a l", "ua", " é", " ", "m", "á", ".", "@"]
    feitas = linhas_do_poema("A lua é má.", palpites, ids, v)
    assert feitas is not None
    np.testing.assert_array_equal(feitas[:, -1], ids)
    ditas = [{v.tokens[i]: round(float(p), 2) for i, p in enumerate(linha[:-1]) if p > 0} for linha in feitas]
    fim = round(np.exp(-2.0), 2)
    assert ditas == [
        {"a l": 0.62, "@": fim},
        {"ua": 0.5, "a l": 0.12, "@": fim},
        {" é": 1.0},
        {" ": 0.5, "a l": 0.12, "@": fim},
        {"m": 0.5, "a l": 0.12, "@": fim},
        {"á": 1.0},
        {".": 1.0},
        {"@": 0.64, "a l": 0.12},
    ]


def test_os_alvos_sao_os_do_poema_e_dos_outros_o_texto(tmp_path: Path) -> None:
    poemas = ["a lua.", "o mar.", "a lua é má.", "o mar."]
    corpus = Corpus.de_poemas(poemas, V)
    arquivo = guarda(tmp_path / "p.gera.probabilidades", ["O mar.", "não está no treino"])
    alvos = alvos_da_llm(arquivo, corpus, V, tmp_path)
    assert alvos.linhas.shape == (len(corpus.ids), len(V) + 1)
    for qual in corpus.quais:
        poema, ids = alvos.poema(qual), corpus.poema(qual)
        np.testing.assert_array_equal(poema[:, -1], ids)
        so_o_texto = (poema[np.arange(len(ids)), ids] == 1).all()
        assert so_o_texto == (poemas[qual] != "o mar.")
    outros = Corpus.de_poemas(["a lua."], V)
    with pytest.raises(ErroPoema, match="não fala de nenhum dos poemas do treino"):
        alvos_da_llm(arquivo, outros, V, tmp_path)
    assert len(list(tmp_path.glob("*professor-*"))) == 1


def test_pelo_comando_e_retomar(tmp_path: Path, roda: Roda) -> None:
    poemas = poemas_minusculos(70)
    dataset = grava_poemas(tmp_path / "p.txt", poemas)
    arquivo = guarda(tmp_path / "p.gera.probabilidades", poemas[:60])
    comum = ["--dataset", dataset, "--saida", tmp_path, *OPCOES_MINUSCULAS, "--professor-llm", arquivo]
    feito = roda("treina", *comum, "--nome", "aluno", "--epocas", 2, "--temperatura-do-professor", 2)
    assert feito.returncode == 0, feito.stderr
    assert "a LLM diz alguma coisa de" in feito.stdout
    configuracao = checkpoint.le(tmp_path / "aluno").ficha["configuracao"]
    assert configuracao["professor_llm"].endswith("p.gera.probabilidades")
    retomado = roda("treina", "--continua", tmp_path / "aluno", "--epocas", 3)
    assert retomado.returncode == 0, retomado.stderr
    assert "a LLM diz alguma coisa de" in retomado.stdout


def test_um_aluno_dos_tokens_dela_pelo_comando(tmp_path: Path, roda: Roda) -> None:
    """Dele se parte, nele se continua e com ele se escreve como nos outros; sem peso, a LLM não diz nada."""
    poemas = poemas_minusculos(70)
    dataset = grava_poemas(tmp_path / "p.txt", poemas)
    arquivo = guarda(tmp_path / "p.gera.probabilidades", poemas)
    comum = ["--dataset", dataset, "--saida", tmp_path, *OPCOES_MINUSCULAS, "--epocas", 1]
    comum += ["--professor-llm", arquivo]
    entrada = ["--entrada", "embedding", "--dimensoes", 8]
    feito = roda("treina", *comum, "--nome", "m", "--tokens", "llm", *entrada)
    assert feito.returncode == 0, feito.stderr
    assert "a LLM diz alguma coisa de" in feito.stdout
    v = checkpoint.le(tmp_path / "m").vocabulario
    assert v.tipo == LLM
    assert {len(token) for token in v.tokens} == {1, 2}
    seguinte = roda(
        "treina", *comum, "--nome", "n", "--a-partir-de", tmp_path / "m", "--peso-do-professor", 0
    )
    assert seguinte.returncode == 0, seguinte.stderr
    assert "a LLM diz alguma coisa" not in seguinte.stdout
    assert checkpoint.le(tmp_path / "n").vocabulario == v
    retomado = roda("treina", "--continua", tmp_path / "m", "--epocas", 2)
    assert retomado.returncode == 0, retomado.stderr
    escrito = roda("amostra", "--modelo", tmp_path / "m", "--inicio", "o ma", "--semente", 1)
    assert escrito.returncode == 0, escrito.stderr
    assert "\no ma" in escrito.stdout


def test_o_que_nao_se_entende(dataset_minusculo: Path, tmp_path: Path, roda: Roda) -> None:
    falta = tmp_path / "falta"
    comum = ["treina", "--dataset", dataset_minusculo, "--saida", tmp_path, *OPCOES_MINUSCULAS]
    uma_linha(
        roda(*comum, "--professor-llm", falta, "--tokens", "silabas"), "ensina letras, ou os tokens dela"
    )
    uma_linha(roda(*comum, "--tokens", "llm"), "dê --professor-llm ARQUIVO")
    uma_linha(roda(*comum, "--professor-llm", falta, "--professor", PADRAO), "um professor de cada vez")
    feito = roda(*comum, "--professor-llm", falta)
    assert (feito.returncode, feito.stderr.count("\n")) == (2, 1)
    assert "não há o arquivo" in feito.stderr
