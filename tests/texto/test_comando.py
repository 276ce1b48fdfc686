"""`just dataset` como se usa: os casos que já falharam, e o que nunca pode acontecer."""

import re
import shlex
from pathlib import Path

import pytest

from conftest import Roda
from poema_top.texto.poemas import le_poemas

QUADRA = "um\ndois\ntrês\nquatro"


def poe(caminho: Path, conteudo: str | bytes) -> Path:
    caminho.write_bytes(conteudo.encode() if isinstance(conteudo, str) else conteudo)
    return caminho


def proposto(saida: str) -> list[str]:
    """O comando que o programa propõe, como o shell o lê."""
    return shlex.split(saida.rpartition("just dataset ")[2])


def test_arroba_no_fim_do_verso(tmp_path: Path, roda: Roda) -> None:
    a, b = poe(tmp_path / "a", "o mar@\no sol@\n"), tmp_path / "b"
    feito = roda("dataset", a, "--limpa", b)
    assert feito.returncode == 0, feito.stderr
    assert b.read_text() == "o mar\n@\no sol\n@\n"
    assert f"just treina --dataset {b}" in feito.stdout


def test_arroba_com_espaco(tmp_path: Path, roda: Roda) -> None:
    a = poe(tmp_path / "a", "".join(f"o mar {i}\nnada\n@ \n" for i in range(20)))
    assert re.search(r"poemas +20 ", roda("dataset", a).stdout)


def test_nunca_sobre_a_propria_entrada(tmp_path: Path, roda: Roda) -> None:
    m = poe(tmp_path / "m", "um verso [x]\n\noutro\n")
    feito = roda("dataset", m, "--limpa", m)
    assert feito.returncode == 2
    assert "--no-lugar" in feito.stderr
    assert m.read_text() == "um verso [x]\n\noutro\n"


def test_no_lugar_guarda_a_copia(tmp_path: Path, roda: Roda) -> None:
    m = poe(tmp_path / "m.txt", "o  mar\n@\n")
    assert roda("dataset", m, "--no-lugar").returncode == 0
    assert m.read_text() == "o mar\n@\n"
    m.write_text("o  sol\n@\n")
    assert roda("dataset", m, "--no-lugar").returncode == 0
    copias = {c.name: c.read_text() for c in tmp_path.iterdir() if c != m}
    assert copias == {"m.original.txt": "o  mar\n@\n", "m-2.original.txt": "o  sol\n@\n"}


def test_windows_1252(tmp_path: Path, roda: Roda) -> None:
    c = poe(tmp_path / "c", b"\x93mar\x94 \x96 s\xf3\n@\n")
    feito = roda("dataset", c)
    assert feito.returncode == 0
    assert "em Windows-1252" in feito.stdout
    assert "latin" not in feito.stdout
    assert '"mar" - só' in feito.stdout


def test_bom_no_meio(tmp_path: Path, roda: Roda) -> None:
    a = poe(tmp_path / "a", b"".join(b"\xef\xbb\xbfo mar %d\n@\n" % i for i in range(3)))
    feito = roda("dataset", a, "--saida", tmp_path / "b")
    assert le_poemas(tmp_path / "b") == ["o mar 0", "o mar 1", "o mar 2"]
    assert "2 marcas BOM" in feito.stdout


def test_sem_arroba_diz_a_regra(tmp_path: Path, roda: Roda) -> None:
    a = poe(tmp_path / "a", "a\nb\n\nc\nd\n\n")
    feito = roda("dataset", a)
    dito = "não achei nenhuma linha @; vejo 2 blocos separados por linha em branco: use --separa branco"
    assert dito in feito.stdout
    assert proposto(feito.stdout) == [str(a), "--separa", "branco", "--saida", "meus-poemas.txt"]


def test_titulo_em_negrito(tmp_path: Path, roda: Roda) -> None:
    a, b = poe(tmp_path / "a", "**A lua**\n\no rio passa\n@\n"), tmp_path / "b"
    assert roda("dataset", a, "--limpa", b).returncode == 0
    assert b.read_text() == "A lua\n\no rio passa\n@\n"


def test_apresentacao(tmp_path: Path, roda: Roda) -> None:
    a, b = poe(tmp_path / "a", "Claro! Segue um poema:\n\no rio\n@\n"), tmp_path / "b"
    feito = roda("dataset", a, "--limpa", b)
    assert b.read_text() == "o rio\n@\n"
    assert re.search(r"apresentação da LLM +1 +17 +“Claro! Segue um poema:” saiu", feito.stdout)


def test_nada_cru_no_terminal(tmp_path: Path, roda: Roda) -> None:
    feito = roda("dataset", poe(tmp_path / "a", "a\x1b[5D\x1b[Kb\u202ec\n@\n"), "--saida", tmp_path / "b")
    assert "\x1b" not in feito.stdout + feito.stderr
    assert "\u202e" not in feito.stdout
    assert (tmp_path / "b").read_text() == "abc\n@\n"


def test_uma_pasta(tmp_path: Path, roda: Roda) -> None:
    (tmp_path / "p").mkdir()
    poe(tmp_path / "p" / "1.txt", "o mar")
    poe(tmp_path / "p" / "2.txt", "o sol")
    feito = roda("dataset", tmp_path / "p")
    assert re.search(r"2 poemas, um por arquivo", feito.stdout)
    comando = proposto(feito.stdout)
    comando[-1] = str(tmp_path / "b")
    assert roda("dataset", *comando).returncode == 0
    assert le_poemas(tmp_path / "b") == ["o mar", "o sol"]


def test_explica_o_que_descarta_e_guarda_ao_lado(tmp_path: Path, roda: Roda) -> None:
    a = poe(tmp_path / "a", "o mar\n@\nO  MAR\n@\n***\n@\nfala com fulano@mar.br\n@\n")
    feito = roda("dataset", a, "--saida", tmp_path / "b.txt")
    assert (
        "descartei 3 poemas: igual a outro em 1, sem nenhum verso em 1, @ no meio de um verso em 1"
        in feito.stdout
    )
    fora = (tmp_path / "b.descartados.txt").read_text()
    assert fora == (
        "# igual a outro\nO  MAR\n@\n# sem nenhum verso\n***\n@\n"
        "# @ no meio de um verso\nfala com fulano@mar.br\n@\n"
    )


def test_nunca_um_resultado_vazio(tmp_path: Path, roda: Roda) -> None:
    b = poe(tmp_path / "b", "o que havia")
    feito = roda("dataset", poe(tmp_path / "a", "***\n@\n"), "--saida", b)
    assert feito.returncode == 2
    assert "não sobrou nenhum poema: descartei 1 poema: sem nenhum verso em 1" in feito.stderr
    assert b.read_text() == "o que havia"


def test_o_que_havia_na_saida_fica_numa_copia(tmp_path: Path, roda: Roda) -> None:
    a, b = poe(tmp_path / "a", "o mar\n@\n"), poe(tmp_path / "b.txt", "outra coisa")
    for _ in range(2):
        assert roda("dataset", a, "--saida", b).returncode == 0
    assert (tmp_path / "b.original.txt").read_text() == "outra coisa"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_saida_dentro_da_pasta_lida_nao_come_um_texto(tmp_path: Path, roda: Roda) -> None:
    texto = poe(tmp_path / "1.txt", "o mar")
    poe(tmp_path / "2.txt", "o sol")
    assert roda("dataset", tmp_path, "--saida", texto).returncode == 2
    assert texto.read_text() == "o mar"
    assert roda("dataset", tmp_path, "--saida", tmp_path / "novo.txt").returncode == 0
    assert le_poemas(tmp_path / "novo.txt") == ["o mar", "o sol"]


@pytest.mark.parametrize(
    ("opcoes", "mensagem"),
    [
        (["nada.txt"], "não achei o arquivo"),
        (["vazio.txt"], "vazio.txt está vazio"),
        (["foto.txt"], "foto.txt é uma imagem"),
        (["a.txt", "--codificacao", "klingon"], "não conheço a codificação"),
        (["a.txt", "--codificacao", "utf-16"], "a.txt não está em utf-16"),
        (["a.txt", "--separa", "arroba"], "nenhuma linha @"),
        (["a.txt", "--separa", "xis"], "valor inválido"),
        (["a.txt", "a.txt", "--no-lugar"], "--no-lugar pede um arquivo só"),
        (["a.txt", "--saida", "."], "é uma pasta"),
    ],
)
def test_erros_numa_linha_e_status_2(tmp_path: Path, roda: Roda, opcoes: list[str], mensagem: str) -> None:
    poe(tmp_path / "a.txt", "o mar!\n")
    poe(tmp_path / "vazio.txt", "")
    poe(tmp_path / "foto.txt", b"\x89PNG\r\n")
    feito = roda("dataset", *opcoes, cwd=tmp_path)
    assert feito.returncode == 2, feito.stdout
    assert feito.stderr.count("\n") == 1
    assert mensagem in feito.stderr


def test_duas_leituras_se_mostram_e_se_escolhem(tmp_path: Path, roda: Roda) -> None:
    a, b = poe(tmp_path / "a.txt", b"n\x97s\n@\n"), tmp_path / "b"
    dito = "a.txt tem duas leituras: “n—s” (Windows-1252) ou “nós” (Mac Roman); fiquei com o primeiro"
    assert f"{dito}; o outro: --codificacao mac_roman" in roda("dataset", a).stdout
    assert roda("dataset", a, "--codificacao", "mac_roman", "--saida", b).returncode == 0
    assert b.read_text() == "nós\n@\n"


def test_um_arquivo_pronto_diz_que_esta_pronto(tmp_path: Path, roda: Roda) -> None:
    a = poe(tmp_path / "a.txt", f"{QUADRA}\n@\n")
    feito = roda("dataset", a)
    assert "nada a limpar" in feito.stdout
    assert f"just treina --dataset {a}" in feito.stdout
