"""De bytes quaisquer, em pastas quaisquer, aos poemas: o que se entende, e o que se diz."""

import errno
import json
import shlex
from pathlib import Path

import pytest

from conftest import Roda, grava_poemas
from poema_top.base.erros import ErroPoema
from poema_top.base.visivel import entre_aspas, visivel
from poema_top.texto import colecao, pasta, relato
from poema_top.texto.codificado import Molde, abre
from poema_top.texto.colecao import Colecao


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
    caminho.write_text("um\ndois\ntrês\nquatro\n\n" * 2, encoding="utf-8")
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
