"""`just exporta pagina` e `just exporta site`: o que fica nos arquivos. O que os navegadores fazem deles, em
tests/pagina/test_outros_navegadores.py."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from conftest import RAIZ, SITIO, Roda
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint, folha
from poema_top.geracao.estatico import MARCA

PADRAO, POETA = (RAIZ / "modelos_treinados" / nome for nome in ("padrao", "poeta"))


class Lido(HTMLParser):
    """Uma página como um navegador a lê: a política, os atributos do <html>, e cada <script>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html: dict[str, str | None] = {}
        self.politica: dict[str, str] = {}
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._dentro = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        dado = dict(attrs)
        if tag == "html":
            self.html = dado
        if dado.get("http-equiv") == "Content-Security-Policy":
            diretivas = str(dado["content"]).split(";")
            self.politica = {nome: valor for nome, _, valor in (d.strip().partition(" ") for d in diretivas)}
        self._dentro = tag == "script"
        if self._dentro:
            self.scripts.append((dado, ""))

    def handle_data(self, data: str) -> None:
        if self._dentro:
            atributos, texto = self.scripts[-1]
            self.scripts[-1] = (atributos, texto + data)

    def handle_endtag(self, tag: str) -> None:
        self._dentro &= tag != "script"


def le(caminho: Path) -> Lido:
    return Lido(caminho.read_text(encoding="utf-8"))


def exporta(
    roda: Roda, como: str, modelo: Path, saida: Path, *mais: str
) -> "subprocess.CompletedProcess[str]":
    return roda("exporta", como, "--modelo", modelo, "--saida", saida, *mais)


def test_a_folha_tem_tudo_dentro(roda: Roda, tmp_path: Path) -> None:
    saida = tmp_path / "poema.html"
    feito = exporta(roda, "pagina", PADRAO, saida)
    assert feito.returncode == 0, feito.stderr
    assert saida.stat().st_size < 600_000
    pagina, original = le(saida), le(SITIO / "index.html")
    assert pagina.html == {**original.html, "data-sem-servidor": None}
    (do_modelo, modelo), *scripts = pagina.scripts
    assert do_modelo == {"type": "application/octet-stream", "id": "modelo"}
    assert base64.b64decode(modelo) == (PADRAO / checkpoint.PAGINA).read_bytes()
    nomes = [str(atributos["src"]) for atributos, _ in original.scripts]
    assert set(nomes) == {script.name for script in SITIO.glob("*.js")}
    assert scripts == [({}, (SITIO / nome).read_text(encoding="utf-8")) for nome in nomes]
    html = saida.read_text(encoding="utf-8")
    assert not re.search(r"\bsrc=|<!--|localhost", html.partition("<script")[0])
    for antes in ("<title>Poema 🔝</title>", '<meta name="description"', "<style>"):
        assert antes in html


def test_a_politica_da_folha_so_aceita_os_scripts_dela(roda: Roda, tmp_path: Path) -> None:
    exporta(roda, "pagina", PADRAO, tmp_path / "poema.html")
    pagina, original = le(tmp_path / "poema.html"), le(SITIO / "index.html")
    somas = {
        f"'sha256-{base64.b64encode(hashlib.sha256(texto.encode()).digest()).decode()}'"
        for _, texto in pagina.scripts[1:]
    }
    assert set(pagina.politica.pop("script-src").split()) == somas
    assert pagina.politica.pop("connect-src") == "'none'"
    del original.politica["script-src"], original.politica["connect-src"]
    assert pagina.politica == original.politica
    assert pagina.politica["require-trusted-types-for"] == "'script'"


def test_o_site_tem_a_pagina_os_scripts_e_o_modelo(roda: Roda, tmp_path: Path) -> None:
    feito = exporta(roda, "site", PADRAO, tmp_path / "site")
    assert feito.returncode == 0, feito.stderr
    arquivos = {
        a.relative_to(tmp_path / "site").as_posix() for a in (tmp_path / "site").rglob("*") if a.is_file()
    }
    modelo = json.loads((tmp_path / "site" / "modelo.json").read_text())["arquivo"]
    scripts = {script.name for script in SITIO.glob("*.js")}
    assert arquivos == {"index.html", "modelo.json", modelo, ".nojekyll", MARCA, *scripts}
    assert (tmp_path / "site" / modelo).read_bytes() == (PADRAO / checkpoint.PAGINA).read_bytes()
    assert modelo == f"modelo/{hashlib.sha256((PADRAO / checkpoint.PAGINA).read_bytes()).hexdigest()}.bin"
    pagina, original = le(tmp_path / "site" / "index.html"), le(SITIO / "index.html")
    assert pagina.html == {**original.html, "data-sem-servidor": None}
    assert pagina.scripts == original.scripts
    assert pagina.politica == {**original.politica, "connect-src": "'self'"}


def test_os_mesmos_bytes_sempre(roda: Roda, tmp_path: Path) -> None:
    for nome in ("a", "b"):
        exporta(roda, "pagina", PADRAO, tmp_path / f"{nome}.html")
        exporta(roda, "site", PADRAO, tmp_path / nome)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    arquivos = [a.relative_to(tmp_path / "a") for a in (tmp_path / "a").rglob("*") if a.is_file()]
    assert len(arquivos) > 4
    for arquivo in arquivos:
        assert (tmp_path / "a" / arquivo).read_bytes() == (tmp_path / "b" / arquivo).read_bytes()


@pytest.mark.parametrize(("como", "nome"), [("pagina", "p.html"), ("keras", "p.keras")])
def test_o_que_ja_existe_so_se_substitui_a_pedido(
    roda: Roda, tmp_path: Path, pasta_modelo: Path, como: str, nome: str
) -> None:
    (tmp_path / nome).write_text("meu")
    uma_linha(exporta(roda, como, pasta_modelo, tmp_path / nome), "já existe; dê outra --saida")
    assert (tmp_path / nome).read_text() == "meu"
    feito = exporta(roda, como, pasta_modelo, tmp_path / nome, "--por-cima")
    assert feito.returncode == 0, feito.stderr
    assert (tmp_path / nome).stat().st_size > 1000


def test_o_site_refeito_troca_o_que_e_seu_e_deixa_o_resto(roda: Roda, tmp_path: Path) -> None:
    pasta = tmp_path / "site"
    exporta(roda, "site", PADRAO, pasta)
    (pasta / "CNAME").write_text("poema.exemplo")
    (antigo,) = (pasta / "modelo").iterdir()
    # Uma marca mexida por alguém não faz apagar o que nunca foi nosso.
    marca = (pasta / MARCA).read_text(encoding="utf-8")
    (pasta / MARCA).write_text(f"{marca}CNAME\n../fora.html\nvelho.js\n", encoding="utf-8")
    (pasta / "velho.js").touch()
    (tmp_path / "fora.html").touch()
    feito = exporta(roda, "site", POETA, pasta)
    assert feito.returncode == 0, feito.stderr
    assert not antigo.exists()
    assert not (pasta / "velho.js").exists()
    assert (pasta / "CNAME").exists()
    assert (tmp_path / "fora.html").exists()
    assert json.loads((pasta / "modelo.json").read_text())["arquivo"] != f"modelo/{antigo.name}"
    exporta(roda, "site", PADRAO, pasta)
    assert (pasta / MARCA).read_text(encoding="utf-8") == marca


def test_a_pasta_de_outro_nao_se_toca(roda: Roda, tmp_path: Path) -> None:
    pasta = tmp_path / "minha"
    pasta.mkdir()
    for nome in ("index.html", "notas.txt"):
        (pasta / nome).write_text("meu")
    uma_linha(exporta(roda, "site", PADRAO, pasta), "não está vazia nem é de just exporta site")
    assert {a.name: a.read_text() for a in pasta.iterdir()} == {"index.html": "meu", "notas.txt": "meu"}
    feito = exporta(roda, "site", PADRAO, pasta, "--por-cima")
    assert feito.returncode == 0, feito.stderr
    assert (pasta / "notas.txt").read_text() == "meu"
    assert (pasta / "index.html").stat().st_size > 1000


@pytest.mark.parametrize(
    ("como", "saida", "dito"),
    [
        ("pagina", "p.txt", "que termina em .html"),
        ("pagina", "nada/p.html", "não há pasta"),
        ("pagina", "pasta.html", "é uma pasta"),
        ("site", "arquivo", "há um arquivo onde devia haver uma pasta"),
    ],
)
def test_saida_que_nao_serve_e_uma_linha(
    roda: Roda, tmp_path: Path, como: str, saida: str, dito: str
) -> None:
    (tmp_path / "pasta.html").mkdir()
    (tmp_path / "arquivo").touch()
    uma_linha(exporta(roda, como, PADRAO, tmp_path / saida), dito)


def test_sem_saida_fica_onde_se_esta(
    roda: Roda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pasta_modelo: Path
) -> None:
    monkeypatch.setenv("POEMA_AQUI", str(tmp_path))
    for como in ("pagina", "site"):
        assert roda("exporta", como, "--modelo", pasta_modelo).returncode == 0
    assert (tmp_path / "poema.html").exists()
    assert (tmp_path / "site" / "index.html").exists()


@pytest.mark.parametrize(
    ("arquivo", "de", "para", "dito"),
    [
        ("rede.js", "'use strict';", "'use strict'; '</SCRIPT>';", "rede.js tem '</SCRIPT'"),
        ("rede.js", "'use strict';", "'use strict'; '<!--';", "rede.js tem '<!--'"),
        ("index.html", " defer></script>", " async></script>", "precisa trazer os seus scripts"),
        ("index.html", "connect-src 'self'", "frame-src 'self'", "não achei connect-src na política"),
        ("index.html", "</body>", "</body></body>", "achei (?=</body>) 2 vezes"),
        ("index.html", "<html ", "<htm ", "0 vezes, e não uma"),
    ],
)
def test_uma_pagina_que_nao_se_junta_diz_por_que(
    tmp_path: Path, arquivo: str, de: str, para: str, dito: str
) -> None:
    sitio = Path(shutil.copytree(SITIO, tmp_path / "pagina"))
    folha.numa_folha(b"modelo", sitio)
    texto = (sitio / arquivo).read_text(encoding="utf-8")
    assert de in texto
    (sitio / arquivo).write_text(texto.replace(de, para), encoding="utf-8")
    with pytest.raises(ErroPoema, match=re.escape(dito)):
        folha.numa_folha(b"modelo", sitio)
