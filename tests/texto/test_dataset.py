import re
from pathlib import Path

import numpy as np
import pytest

from conftest import RAIZ, Roda, grava_poemas
from poema_top.base.erros import ErroPoema
from poema_top.texto import limpeza
from poema_top.texto.divisao import de_validacao, impressoes
from poema_top.texto.poemas import blocos_de_poemas, le_poemas, separa_poemas


def test_le_poemas_na_ordem_e_sem_o_terminador(tmp_path: Path) -> None:
    caminho = tmp_path / "p.txt"
    caminho.write_bytes("\ufeffUm verso\r\noutro\r\n@\r\n\r\n@\nacão\n\nfim\n@".encode())
    assert le_poemas(caminho) == ["Um verso\noutro", "acão\n\nfim"]


def test_acento_decomposto_vira_composto(tmp_path: Path) -> None:
    caminho = grava_poemas(tmp_path / "p.txt", ["a\u0301gua"])
    assert le_poemas(caminho) == ["água"]


@pytest.mark.parametrize(
    ("conteudo", "mensagem"),
    [
        (b"", "vazio"),
        (b" \n\n", "vazio"),
        (b"@\n@\n", "está vazio"),
        ("linha um\nmaçã\n".encode("latin-1"), "não está em UTF-8 \\(linha 2\\)"),
        (b"um @ no verso\n@\n", "meio do poema 1"),
    ],
)
def test_arquivo_ruim_diz_o_que_fazer(tmp_path: Path, conteudo: bytes, mensagem: str) -> None:
    caminho = tmp_path / "ruim.txt"
    caminho.write_bytes(conteudo)
    with pytest.raises(ErroPoema, match=mensagem):
        le_poemas(caminho)


def test_divisao_e_por_poema_repetivel_e_sem_vazamento() -> None:
    poemas = [f"poema {i % 900}" for i in range(1000)]  # cem repetidos
    impressos = impressoes(poemas)
    fora = de_validacao(impressos, 0.2, semente=3)
    validacao = {p for p, v in zip(poemas, fora, strict=True) if v}
    assert not validacao & {p for p, v in zip(poemas, fora, strict=True) if not v}
    assert 120 < len(validacao) < 240
    np.testing.assert_array_equal(de_validacao(impressos, 0.2, semente=3), fora)
    np.testing.assert_array_equal(de_validacao(impressos[::-1], 0.2, semente=3), fora[::-1])
    assert (de_validacao(impressos, 0.2, semente=4) != fora).sum() > 100
    # Uma fração maior só acrescenta poemas.
    assert fora[fora & de_validacao(impressos, 0.3, semente=3)].all()


def test_ler_aos_poucos_e_ler_de_uma_vez(tmp_path: Path) -> None:
    poemas = ["o sol\n\né só", "a", "\n\nlua\n", "fim"]
    caminho = grava_poemas(tmp_path / "p.txt", poemas)
    inteiro = le_poemas(caminho)
    for bloco in range(1, 12):
        lidos = [p for b in blocos_de_poemas(caminho, bloco) for p in b]
        assert lidos == inteiro == ["o sol\n\né só", "a", "\n\nlua\n", "fim"]


def test_confere_conta_o_que_destoa() -> None:
    texto = "Aqui vai um poema:\n\no mar\n@\no mar\n@\no mar\n@\na  lua ☾\nNote que: é noite\n@\n"
    c = limpeza.confere(separa_poemas(texto))
    assert (c.poemas, c.repetidos, c.versos) == (4, 1, 6)
    assert c.fora_do_alfabeto == {"☾": 1}
    assert c.frases_da_llm == ["Aqui vai um poema:", "Note que: é noite"]
    assert c.espacos_sobrando == 1
    assert c.problemas


def test_limpa_tira_frases_repetidos_e_estranhos() -> None:
    texto = 'Aqui vai um poema:\n\n“o mar”  azul \n@\n"o mar" azul\n@\na ☾\n@\nfim\n\n\n\nNote: x\n@\n'
    assert limpeza.limpa(separa_poemas(texto)) == ['"o mar" azul', "fim"]


@pytest.mark.parametrize(
    ("arquivo", "poemas"),
    [("poemas-10k.txt", 10000), ("poemas-1k.txt", 1000), ("poemas-10k-variados.txt", 10000)],
)
def test_os_datasets_do_projeto_estao_limpos(arquivo: str, poemas: int) -> None:
    c = limpeza.confere(le_poemas(RAIZ / "dataset" / arquivo))
    assert c.poemas == poemas
    assert not c.problemas


def test_os_mil_nao_estao_nos_dez_mil() -> None:
    mil = set(le_poemas(RAIZ / "dataset" / "poemas-1k.txt"))
    assert not mil & set(le_poemas(RAIZ / "dataset" / "poemas-10k.txt"))


def test_comando_mostra_e_limpa(tmp_path: Path, roda: Roda) -> None:
    caminho = tmp_path / "p.txt"
    caminho.write_text("Aqui vai:\n\no mar ☾ e\n@\no céu\n@\no céu\n@\n", encoding="utf-8")
    limpo = tmp_path / "limpo.txt"
    feito = roda("dataset", caminho, "--limpa", limpo)
    assert feito.returncode == 0, feito.stderr
    assert re.search(r"poemas +3 +\(1 repetidos\)", feito.stdout)
    assert "☾:1" in feito.stdout
    assert limpo.read_text(encoding="utf-8") == "o céu\n@\n"
    assert "nada a limpar" in roda("dataset", limpo).stdout
