"""As salas da casa: quem pode usar quem, e uma linha no CONTRIBUINDO.md para cada arquivo."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import RAIZ

PACOTE = RAIZ / "src" / "poema_top"
COMANDO = "comando"  # a "sala" dos arquivos que estão à porta

# A planta: cada sala e as que ela pode usar, além dela mesma. Um comando usa qualquer sala, e nenhum comando.
PLANTA: dict[str, set[str]] = {
    "base": set(),
    "texto": {"base"},
    "rede": {"base"},
    "llm": {"base", "texto"},
    "geracao": {"texto", "base"},
    "treino": {"rede", "texto", "geracao", "llm", "base"},
    "avaliacao": {"texto", "geracao", "llm", "base"},
    "servidor": {"texto", "geracao", "base"},
    "medicao": {"base", "texto", "rede", "llm", "geracao", "treino", "servidor"},
}
PLANTA[COMANDO] = set(PLANTA)


def arquivos() -> list[Path]:
    return sorted(caminho for caminho in PACOTE.rglob("*.py") if caminho != PACOTE / "__init__.py")


def sala(modulo: str) -> str:
    """A sala de um módulo do pacote ("poema_top.texto.corpus" está em "texto")."""
    partes = modulo.split(".")
    return partes[1] if (PACOTE / partes[1]).is_dir() else COMANDO


def importados(codigo: str) -> Iterator[str]:
    """Os módulos do pacote que um arquivo importa, também dentro de funções."""
    for no in ast.walk(ast.parse(codigo)):
        nomes = [apelido.name for apelido in no.names] if isinstance(no, ast.Import) else []
        if isinstance(no, ast.ImportFrom):
            assert no.level == 0, "imports relativos não se veem de fora"
            nomes = [no.module or ""]
            if no.module == "poema_top":
                nomes = [f"poema_top.{apelido.name}" for apelido in no.names]
        yield from (nome for nome in nomes if nome.startswith("poema_top."))


def setas() -> Iterator[tuple[str, str, Path]]:
    for caminho in arquivos():
        modulo = ".".join(caminho.relative_to(PACOTE.parent).with_suffix("").parts)
        for nome in importados(caminho.read_text(encoding="utf-8")):
            yield sala(modulo), sala(nome), caminho


def test_as_salas_sao_as_da_planta() -> None:
    pastas = {p.name for p in PACOTE.iterdir() if p.is_dir() and not p.name.startswith("__")}
    assert pastas == set(PLANTA) - {COMANDO}


def test_nenhuma_seta_fora_da_planta() -> None:
    fora = defaultdict(set)
    for de, para, caminho in setas():
        if (para == COMANDO) or (para != de and para not in PLANTA[de]):
            fora[f"{de} -> {para}"].add(str(caminho.relative_to(PACOTE)))
    assert not fora


def test_a_planta_nao_da_voltas() -> None:
    """Quem está embaixo nunca usa quem está em cima: há uma ordem em que toda sala só usa as anteriores."""
    prontas: set[str] = set()
    while len(prontas) < len(PLANTA):
        novas = {s for s, usa in PLANTA.items() if s not in prontas and usa - {s} <= prontas}
        assert novas, f"em volta: {set(PLANTA) - prontas}"
        prontas |= novas


@pytest.mark.parametrize(
    ("codigo", "esperado"),
    [
        ("import poema_top.texto.corpus", ["poema_top.texto.corpus"]),
        ("def f():\n    from poema_top.rede import gru", ["poema_top.rede"]),
        ("from poema_top import treina", ["poema_top.treina"]),
        ("import numpy", []),
    ],
)
def test_a_leitura_dos_imports_ve_todos_os_jeitos(codigo: str, esperado: list[str]) -> None:
    assert list(importados(codigo)) == esperado


def test_sala_de_um_comando_e_de_uma_ideia() -> None:
    assert sala("poema_top.treina") == COMANDO
    assert sala("poema_top.medicao.original.treino") == "medicao"


def test_cada_arquivo_esta_na_arvore() -> None:
    pagina = (RAIZ / "CONTRIBUINDO.md").read_text(encoding="utf-8")
    arvore = pagina[pagina.index("\nsrc/poema_top/") + 1 :]
    arvore = arvore[: arvore.index("```")]
    faltam = [
        str(caminho.relative_to(PACOTE))
        for caminho in arquivos()
        if caminho.name != "__init__.py" and not re.search(rf"\b{caminho.stem}\b", _da_sala(arvore, caminho))
    ]
    assert not faltam


def _da_sala(arvore: str, caminho: Path) -> str:
    """As linhas da árvore que falam da pasta de um arquivo: a da pasta e as recuadas sob ela."""
    pasta = caminho.parent
    linhas = iter(arvore.splitlines())
    if pasta == PACOTE:  # as linhas do primeiro recuo que não são de salas
        return "\n".join(linha for linha in linhas if re.match(r" {4}(?!\w+/)\S", linha))
    achadas = []
    for linha in linhas:
        if re.match(rf" *{pasta.name}/", linha):
            recuo = len(linha) - len(linha.lstrip())
            achadas.append(linha)
            for seguinte in linhas:
                if seguinte.strip() and len(seguinte) - len(seguinte.lstrip()) <= recuo:
                    break
                achadas.append(seguinte)
            break
    return "\n".join(achadas)


def test_dois_arquivos_de_testes_nao_tem_o_mesmo_nome() -> None:
    """O pytest importa-os pelo nome, sem a pasta, e o segundo não se deixaria ler."""
    nomes = [arquivo.name for arquivo in (RAIZ / "tests").rglob("test_*.py")]
    assert len(nomes) == len(set(nomes))
