"""De bytes quaisquer, em pastas quaisquer, aos poemas: o que se entende, e o que se diz."""

import errno
import json
import re
import shlex
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import Roda, grava_poemas
from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import entre_aspas, visivel
from poema_top.texto import colecao, pasta, relato
from poema_top.texto.codificacao import decifra, linhas_iguais
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.colecao import Colecao
from poema_top.texto.contas import Contas, letras
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


@pytest.fixture
def cheia(tmp_path: Path) -> Path:
    """Uma pasta como as que se encontram."""
    raiz = tmp_path / "meus poemas"
    (raiz / "sub").mkdir(parents=True)
    (raiz / ".git").mkdir()
    for i in (1, 2, 10):
        (raiz / f"soneto-{i}.txt").write_text(f"o mar {i}", encoding="utf-8")
    (raiz / "sub" / "a.MD").write_bytes("a manhã\r\né só".encode("cp1252"))
    (raiz / "README.md").write_text("meus poemas", encoding="utf-8")
    (raiz / "foto.jpg").write_bytes(b"\xff\xd8\xff")
    (raiz / "binario.txt").write_bytes(bytes(range(256)))
    (raiz / "vazio.txt").touch()
    (raiz / ".oculto.txt").write_text("x", encoding="utf-8")
    return raiz


def test_pasta_em_ordem_e_o_que_fica_de_fora_tem_motivo(cheia: Path) -> None:
    lida = Colecao((cheia,))
    assert [p for ps in lida.poemas() for p in ps] == ["o mar 1", "o mar 2", "o mar 10", "a manhã\né só"]
    assert {nome.name: motivo.split(";")[0] for nome, motivo in lida.fora} == {
        ".git": "escondido", ".oculto.txt": "escondido", "README.md": "não parece poema",
        "foto.jpg": "extensão de outra coisa", "binario.txt": "não é texto (parece um arquivo binário)",
        "vazio.txt": "está vazio",
    }  # fmt: skip
    dito = "\n".join(relato.relata(lida))
    assert "li 4 arquivos: 3 em UTF-8; 1 em Windows-1252 com CRLF" in dito
    assert "4 poemas, um por arquivo, em 4 arquivos (sem nenhuma linha @)" in dito


def test_padroes_nomes_e_repetidos(cheia: Path) -> None:
    achados = pasta.encontra([cheia / "soneto-*.txt", cheia, cheia / "README.md"])
    assert [a.name for a in achados.arquivos] == ["soneto-1.txt", "soneto-2.txt", "soneto-10.txt",
        "binario.txt",
                                                  "vazio.txt", "a.MD", "README.md"]  # fmt: skip
    for ruim, mensagem in (("nada-*", "nenhum arquivo combina"), ("nada", "não achei o arquivo")):
        with pytest.raises(ErroPoema, match=mensagem):
            pasta.encontra([cheia / ruim])
    with pytest.raises(ErroPoema, match="nenhum texto"):
        pasta.encontra([cheia / ".git"])


def test_o_treino_le_uma_pasta(cheia: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POEMA_CACHE", str(tmp_path / "cache"))
    aberto = abre([cheia], 0, 0, Molde())
    assert len(aberto.treino) == 4
    assert any("4 arquivos" in linha for linha in aberto.relato)
    assert json.loads((aberto.cache / "relato.json").read_text()) == list(aberto.relato)
    antes = colecao.soma(cheia)
    assert abre([cheia], 0, 0, Molde()).cache == aberto.cache
    (cheia / "novo.txt").write_text("a lua", encoding="utf-8")
    assert len(abre([cheia], 0, 0, Molde()).treino) == 5
    assert colecao.soma(cheia) != antes


def test_um_arquivo_sem_arroba_diz_o_comando_que_o_separa(tmp_path: Path) -> None:
    caminho = tmp_path / "it's.txt"
    caminho.write_text(f"{QUADRA}\n\n{QUADRA}\n", encoding="utf-8")
    with pytest.raises(ErroPoema) as erro:
        next(colecao.blocos([caminho]))
    dito = str(erro.value)
    assert "vejo 2 blocos separados por linha em branco" in dito
    assert shlex.split(dito.split("just dataset ")[1]) == [
        str(caminho),
        "--separa",
        "branco",
        "--saida",
        "meus-poemas.txt",
    ]


def test_controles_nao_entram_num_vocabulario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POEMA_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ErroPoema, match="just dataset"):
        abre([grava_poemas(tmp_path / "p.txt", ["a\x1b[1mb", "c"])], 0, 0, Molde())


def test_o_visivel_nao_manda_no_terminal() -> None:
    assert visivel("a\x1b[5D\u200b\n\té😀") == "a\\x1b[5D\\u200b⏎\\té😀"
    assert len(visivel("x" * 99)) == 60
    assert entre_aspas(Path("/a/b\x1b'c")) == "$'/a/b\\x1b\\'c'"


def test_sem_permissao_fica_de_fora(cheia: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    le = Path.read_bytes

    def so_as_outras(caminho: Path) -> bytes:
        if caminho.name == "soneto-1.txt":
            raise PermissionError(errno.EACCES, "não", str(caminho))
        return le(caminho)

    monkeypatch.setattr(Path, "read_bytes", so_as_outras)  # quem roda os testes pode ser o root, que lê tudo
    lida = Colecao((cheia,))
    assert sum(map(len, lida.poemas())) == 3
    assert any("permissão" in motivo for _, motivo in lida.fora)


def test_o_vocabulario_mostra_sem_obedecer(tmp_path: Path, roda: Roda) -> None:
    feito = roda("vocabulario", grava_poemas(tmp_path / "p.txt", ["a\x1b[1mb"]))
    assert feito.returncode == 0, feito.stderr
    assert "\x1b" not in feito.stdout
    assert "\\x1b" in feito.stdout


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
