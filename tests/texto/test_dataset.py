from pathlib import Path

import numpy as np
import pytest

from conftest import RAIZ, grava_poemas
from poema_top.base.erros import ErroPoema
from poema_top.texto.divisao import de_validacao, impressoes
from poema_top.texto.limpeza import limpa
from poema_top.texto.poemas import blocos_de_poemas, le_poemas


def test_le_poemas_na_ordem_e_sem_o_terminador(tmp_path: Path) -> None:
    caminho = tmp_path / "p.txt"
    caminho.write_bytes("\ufeffUm verso\r\noutro\r\n@\r\n\r\n@\nacão\n\nfim\n@".encode())
    assert le_poemas(caminho) == ["Um verso\noutro", "acão\n\nfim"]


@pytest.mark.parametrize(
    "fim", ["@\n", " @\n", "@ \t\n", "\n@\n", "\n@@\n", "\n  @ @\n", "\r\n@\r\n", "\r\r\n@\r\r\n", "\r@\r"]
)
def test_um_arroba_no_fim_da_linha_sempre_fecha(tmp_path: Path, fim: str) -> None:
    caminho = tmp_path / "p.txt"
    caminho.write_bytes(f"o mar{fim}o sol{fim}\ufeffa lua{fim}o fim".encode())
    for bloco in (1, 2, 3, 5, 1 << 20):
        lidos = [p for b in blocos_de_poemas(caminho, bloco) for p in b]
        assert lidos == ["o mar", "o sol", "a lua", "o fim"]


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
        (b"o mar\n\no sol\n", "nenhuma linha @ .* just dataset .*p.txt --separa auto --saida"),
    ],
)
def test_arquivo_ruim_diz_o_que_fazer(tmp_path: Path, conteudo: bytes, mensagem: str) -> None:
    caminho = tmp_path / "p.txt"
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


@pytest.mark.parametrize("quantos", [2, 3, 5, 20, 46, 299])
def test_poucos_poemas_deixam_os_dois_lados_com_algum(quantos: int) -> None:
    impressos = impressoes([f"poema {i}" for i in range(quantos)])
    for semente in range(20):
        for parcela in (0.001, 0.05, 0.5, 0.999):
            fora = de_validacao(impressos, parcela, semente)
            assert max(1, min(10, quantos // 10)) <= fora.sum() < quantos
            np.testing.assert_array_equal(de_validacao(impressos[::-1], parcela, semente), fora[::-1])
        assert not de_validacao(impressos, 0, semente).any()


def test_poucos_repetidos_ficam_do_mesmo_lado_e_um_so_nao_se_divide() -> None:
    fora = de_validacao(impressoes(["o mar"] * 5 + ["o sol"] * 3), 0.05, semente=0)
    assert fora[:5].all() != fora[5:].all()
    assert fora.sum() in {3, 5}
    assert de_validacao(impressoes(["o mar"] * 5), 0.05, semente=0).sum() in {0, 5}


def test_a_divisao_do_modelo_que_vem_com_o_projeto_nao_muda() -> None:
    fora = de_validacao(impressoes(le_poemas(RAIZ / "dataset" / "poemas-10k.txt")), 0.05, semente=0)
    assert fora.sum() == 543
    assert np.flatnonzero(fora)[:5].tolist() == [0, 21, 56, 65, 68]


def test_ler_aos_poucos_e_ler_de_uma_vez(tmp_path: Path) -> None:
    poemas = ["o sol\n\né só", "a", "\n\nlua\n", "fim"]
    caminho = grava_poemas(tmp_path / "p.txt", poemas)
    inteiro = le_poemas(caminho)
    for bloco in range(1, 12):
        lidos = [p for b in blocos_de_poemas(caminho, bloco) for p in b]
        assert lidos == inteiro == ["o sol\n\né só", "a", "\n\nlua\n", "fim"]


@pytest.mark.parametrize(
    ("arquivo", "poemas"),
    [("poemas-10k.txt", 10000), ("poemas-1k.txt", 1000), ("poemas-10k-variados.txt", 10000)],
)
def test_os_datasets_do_projeto_estao_limpos(arquivo: str, poemas: int) -> None:
    lidos = le_poemas(RAIZ / "dataset" / arquivo)
    assert len(lidos) == poemas
    feita = limpa(lidos)
    assert not feita.mudancas
    assert not feita.descartes


def test_os_mil_nao_estao_nos_dez_mil() -> None:
    mil = set(le_poemas(RAIZ / "dataset" / "poemas-1k.txt"))
    assert not mil & set(le_poemas(RAIZ / "dataset" / "poemas-10k.txt"))
