"""O passeio de docs/percurso.md roda, e mostra o que o código de hoje dá."""

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest

from conftest import RAIZ

PAGINA = RAIZ / "docs" / "percurso.md"


def trechos() -> list[str]:
    """Os blocos de Python que não precisam de um servidor no ar."""
    blocos = re.findall(r"```python\n(.*?)```", PAGINA.read_text(encoding="utf-8"), re.DOTALL)
    return [bloco for bloco in blocos if "ws://" not in bloco]


def confere(bloco: str, nomes: dict[str, object]) -> None:
    """Roda um bloco; o comentário ao lado (ou embaixo) é o valor da expressão, ou o que ela escreve."""
    linhas = bloco.splitlines()
    for no in ast.parse(bloco).body:
        codigo = ast.unparse(no)
        assert no.end_lineno is not None
        assert no.end_col_offset is not None
        ao_lado = linhas[no.end_lineno - 1][
            len(linhas[no.end_lineno - 1].encode()[: no.end_col_offset].decode()) :
        ]
        embaixo = []
        for linha in linhas[no.end_lineno :]:
            if linha and not linha.startswith("#"):
                break
            embaixo += [linha] if linha else []
        esperado = [c.strip().removeprefix("#").strip() for c in ([ao_lado] if ao_lado.strip() else embaixo)]
        saida = io.StringIO()
        valor = None
        with contextlib.redirect_stdout(saida):
            if isinstance(no, ast.Expr):
                valor = eval(codigo, nomes)
            else:
                exec(codigo, nomes)
        obtido = saida.getvalue() if valor is None else repr(valor)
        if saida.getvalue():
            espaco = " ".join(" ".join(esperado).split("(e mais")[0].split())
            assert " ".join(obtido.split()).startswith(espaco), f"{codigo}\n{obtido}"
        elif esperado and isinstance(no, ast.Expr):
            assert " ".join(esperado).startswith(obtido), f"{codigo}\n{obtido}"


@pytest.fixture
def na_raiz(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(RAIZ)
    return RAIZ


def test_o_passeio_mostra_o_que_acontece(na_raiz: Path) -> None:
    assert na_raiz == PAGINA.parents[1]
    nomes: dict[str, object] = {}
    assert len(trechos()) >= 10
    for bloco in trechos():
        confere(bloco, nomes)


def test_um_valor_errado_no_passeio_falha() -> None:
    confere("x = 2\nx + 1  # 3", {})
    with pytest.raises(AssertionError):
        confere("x = 2\nx + 1  # 4", {})
    with pytest.raises(AssertionError):
        confere("print('a b')\n# a c", {})
