"""As ligações entre as páginas: cada arquivo existe, cada âncora é de um título, e ninguém fica sem porta."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from apoio.markdown import ancoras, ligacoes, paginas
from conftest import RAIZ

NO_CODIGO = re.compile(r"\bdocs/[\w-]+\.(?:md|png)")


def quebradas(pagina: Path) -> list[str]:
    """As ligações de uma página que não levam a lado nenhum, com a linha."""
    return [
        f"{pagina.name}:{linha}: {alvo}"
        for linha, alvo in ligacoes(pagina.read_text(encoding="utf-8"))
        if not _leva(pagina, alvo)
    ]


def _leva(pagina: Path, alvo: str) -> bool:
    partes = urlsplit(alvo)
    if partes.scheme in ("http", "https"):
        return bool(re.fullmatch(r"[\w.-]+\.\w+|localhost", partes.hostname or ""))
    if partes.scheme or partes.netloc:
        return partes.scheme == "mailto"
    caminho = (pagina.parent / unquote(partes.path)).resolve() if partes.path else pagina
    if not caminho.exists() or not caminho.is_relative_to(RAIZ):
        return False
    if not partes.fragment:
        return True
    return caminho.suffix == ".md" and unquote(partes.fragment) in ancoras(caminho.read_text("utf-8"))


@pytest.mark.parametrize("pagina", paginas(), ids=lambda pagina: str(pagina.relative_to(RAIZ)))
def test_toda_ligacao_leva_a_algum_lugar(pagina: Path) -> None:
    assert quebradas(pagina) == []


def test_o_que_nao_existe_e_notado() -> None:
    pagina = RAIZ / "docs" / "README.md"
    errados = (
        "nada.md",
        "README.md#nada",
        "../../fora",
        "https://",
        "ftp://a.b/c",
        "treino.md#Onde-o-tempo-vai",
    )
    assert [alvo for alvo in errados if _leva(pagina, alvo)] == []
    assert _leva(pagina, "treino.md#onde-o-tempo-vai")
    texto = "[a](x.md) `[b](y.md)` ![c](z.png)\n```\n[d](w.md)\n```\n[![e](f.png)](g.md) <https://h.i/j>"
    assert sorted(alvo for _, alvo in ligacoes(texto)) == ["f.png", "g.md", "https://h.i/j", "x.md", "z.png"]


def test_as_ancoras_sao_as_do_github() -> None:
    texto = (
        "# Três tamanhos, e o pequeno\n## O que é `just` — e o [resto](a.md)?\n## E se…\n## E se…\n"
        "### 1. Só_um\n```sh\n# não é título\n```\n"
    )
    assert ancoras(texto) == {
        "três-tamanhos-e-o-pequeno", "o-que-é-just--e-o-resto", "e-se", "e-se-1", "1-só_um"
    }  # fmt: skip


def test_o_indice_leva_a_todas_as_paginas() -> None:
    indice = RAIZ / "docs" / "README.md"
    alvos = {urlsplit(alvo).path for _, alvo in ligacoes(indice.read_text(encoding="utf-8"))}
    assert {p.name for p in indice.parent.glob("*.md")} - {indice.name} <= alvos


def test_toda_figura_de_docs_aparece() -> None:
    citadas = {
        (pagina.parent / urlsplit(alvo).path).resolve()
        for pagina in paginas()
        for _, alvo in ligacoes(pagina.read_text(encoding="utf-8"))
    }
    assert {figura for figura in RAIZ.glob("docs/*.png") if figura not in citadas} == set()


def test_as_paginas_citadas_no_codigo_existem() -> None:
    pastas = "src", "ferramentas", "pagina", "systemd"
    fontes = [fonte for pasta in pastas for fonte in (RAIZ / pasta).rglob("*.*")]
    fora = {
        f"{fonte.relative_to(RAIZ)}: {citada}"
        for fonte in [RAIZ / "justfile", *fontes]
        if fonte.suffix in ("", ".py", ".sh", ".js", ".html", ".service")
        for citada in NO_CODIGO.findall(fonte.read_text(encoding="utf-8"))
        if not (RAIZ / citada).exists()
    }
    assert fora == set()
