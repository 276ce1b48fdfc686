import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from poema_top.texto.codificacao import decifra
from poema_top.texto.contas import Contas
from poema_top.texto.embalagem import desembala
from poema_top.texto.paginas import Ilegivel
from poema_top.texto.separacao import REGRAS, separa

VERSO = "“Não há você”, pôs a avó – já é manhã…\n"


@pytest.mark.parametrize(
    ("dados", "nome"),
    [
        (VERSO.encode(), "UTF-8"),
        (b"\xef\xbb\xbf" + VERSO.encode(), "UTF-8 com BOM"),
        (VERSO.encode("utf-16"), "UTF-16 LE"),
        (b"\xfe\xff" + VERSO.encode("utf-16-be"), "UTF-16 BE"),
        (VERSO.encode("utf-16-le"), "UTF-16 LE sem BOM"),
        (VERSO.encode("utf-16-be"), "UTF-16 BE sem BOM"),
        (VERSO.encode("utf-32"), "UTF-32 LE"),
        (VERSO.encode("cp1252"), "Windows-1252"),
        (VERSO.encode("mac_roman"), "Mac Roman"),
        (VERSO.replace("\n", "\r\n").encode(), "UTF-8 com CRLF"),
        (VERSO.replace("\n", "\r").encode(), "UTF-8 com CR"),
        (VERSO.replace("\n", "\r\r\n").encode(), "UTF-8 com CR-CR-LF"),
    ],
)
def test_cada_codificacao_se_le_e_se_diz(dados: bytes, nome: str) -> None:
    lido = decifra(dados)
    assert (lido.texto, lido.codificacao, lido.de_dois_jeitos) == (VERSO, nome, "")


def test_dos() -> None:
    texto = "não há você na manhã, avó\n"
    assert decifra(texto.encode("cp850")).texto == texto


def test_arquivos_colados() -> None:
    lido = decifra("\ufeffsó\n\ufeffnós\n".encode() + "avó\n".encode("cp1252"))
    assert lido.texto == "só\nnós\navó\n"
    assert re.search("1 marcas BOM .* 1 linhas|1 linhas", " ".join(lido.notas))
    assert lido.codificacao == "UTF-8 misturado"


def test_utf8_gravado_duas_vezes() -> None:
    lido = decifra("não há\nVocê".encode().decode("latin-1").encode())
    assert lido.texto == "não há\nVocê"
    assert "gravado duas vezes" in lido.notas[0]
    assert decifra("AMANHÃ… É".encode()).texto == "AMANHÃ… É"


def test_bytes_estragados_no_meio_de_utf8() -> None:
    lido = decifra("só\n".encode() * 9 + b"a\xa4\xb9\xd7b\n")
    assert lido.texto.endswith("só\na\ufffd\ufffd\ufffdb\n")
    assert "a primeira é a 10ª" in lido.notas[0]


def test_a_codificacao_dita_vale_e_a_errada_se_explica() -> None:
    assert decifra(b"\xe1", "cp850").texto == "ß"
    with pytest.raises(Ilegivel, match=r"linha 2"):
        decifra("a\né".encode("cp1252"), "utf-8")


@pytest.mark.parametrize(
    ("dados", "motivo"),
    [
        (b"", "vazio"), (b" \n", "vazio"), ("\ufeff".encode(), "vazio"), (b"%PDF-1.4 x", "PDF"),
        (b"PK\x03\x04x", "docx"),
        (b"{\\rtf1 x}", "RTF"), (b"\xff\xd8\xff\xe0", "imagem"), (bytes(range(256)) * 9, "não é texto"),
        ("привет мир, как дела".encode("koi8-r"), "não reconheço"),
    ],
)  # fmt: skip
def test_o_que_nao_se_le_diz_por_que(dados: bytes, motivo: str) -> None:
    with pytest.raises(Ilegivel, match=motivo):
        decifra(dados)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda t: t.encode("utf-16", "surrogatepass")))
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf\xff")
def test_bytes_quaisquer_se_leem_ou_se_explicam(dados: bytes) -> None:
    try:
        lido = decifra(dados)
    except Ilegivel as erro:
        explicacao = str(erro)
    else:
        explicacao = ""
    if explicacao:
        return
    assert lido.texto.strip()
    assert "\r" not in lido.texto
    assert "\ufeff" not in lido.texto
    for regra in ("auto", *REGRAS):
        separa(desembala(lido.texto, Contas()), regra)
