"""Todo comando que o README e docs/ citam existe, com as opções que ali tem; os curtos rodam de verdade."""

import importlib
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from apoio.markdown import Citado, citados, paginas
from conftest import RAIZ, ambiente, comando

GERADA = "comandos.md"  # a ajuda dos comandos: quem a confere é test_ajuda_dos_comandos.py
ORCAMENTO = 120  # segundos: um curto leva um ou dois, o de avalia uns nove, e a máquina pode estar ocupada

# O que roda, pelo começo mais comprido que combina, com o que se acrescenta para que acabe logo.
CURTOS: dict[str, list[str]] = {
    "amostra": [],
    "avalia --modelo modelos_treinados/padrao --texto": ["--caracteres", "2000"],
    "critica --modelo": [],
    "dataset": [],
    "explica": [],
    "exporta pagina": [],
    "exporta site": [],
    "infere": ["--tamanho", "60", "--ritmo", "0"],
    "vocabulario": [],
}
# O que não roda aqui, por quê, e o teste que o roda, em pequeno (se algum o roda).
LONGOS: dict[str, tuple[str, str]] = {
    "audita": ("pergunta a uma base pública, pela rede", "ferramentas/test_audita.py"),
    "avalia": ("lê os quarenta mil poemas do poeta: meio minuto de CPU", "avaliacao/test_avalia.py"),
    "avalia --juiz": ("pede notas a uma LLM", "avaliacao/test_juiz.py"),
    "caderno": ("não acaba: abre o Jupyter", "cadernos/test_caderno.py"),
    "caderno-monta": ("grava no caderno do projeto", "cadernos/test_caderno.py"),
    "comandos": ("escreve em docs/", "livro/test_ajuda_dos_comandos.py"),
    "critica": ("um minuto de CPU, e grava o crítico do projeto", "treino/test_critica.py"),
    "exporta": ("pode gravar num modelo de quem desenvolve", "geracao/test_exporta.py"),
    "exporta keras": ("abre o TensorFlow", "geracao/test_exporta.py"),
    "formata": ("muda o código", ""),
    "fotografa": ("sobe o servidor e um navegador, e grava em docs/", ""),
    "gera": ("pede poemas a uma LLM", "llm/sintese/test_gera.py"),
    "mede": ("minutos, e a máquina só para ele", "medicao/test_mede.py"),
    "mede dados": ("uma hora de treinos", "medicao/test_mede_dados.py"),
    "mede letras": ("fala com uma LLM", "medicao/test_mede_letras.py"),
    "mede pagina": ("minutos, num navegador", "medicao/test_mede_pagina.py"),
    "mede servidor --nginx": ("minutos, e root", "medicao/test_mede_nginx.py"),
    "mede professor": ("vinte e dois treinos", "medicao/test_mede_professor.py"),
    "nginx-teste": ("são testes, e pede root", "servidor/test_nginx.py"),
    "publica": ("manda arquivos a um servidor", "servidor/test_publica.py"),
    "testa": ("são testes", ""),
    "tranca": ("procura versões na rede", "ferramentas/test_tranca.py"),
    "treina": ("dez minutos, ou mais", "treino/test_treina.py"),
    "treina-distribuido": ("dez minutos, em dois processos", "treino/test_dispositivos.py"),
    "verifica": ("confere o projeto todo", ""),
    "websocket": ("não acaba: serve", "servidor/test_websocket.py"),
}


def _todos() -> dict[str, Citado]:
    """Cada comando diferente, e o primeiro lugar que o cita."""
    lidos = (c for pagina in paginas() if pagina.name != GERADA for c in citados(pagina))
    unicos: dict[str, Citado] = {}
    for citado in lidos:
        unicos.setdefault(str(citado), citado)
    return unicos


TODOS = _todos()


def _entrada(citado: Citado) -> str | None:
    """O começo mais comprido das duas tabelas que combina com o comando."""
    escrito = f"{citado} "
    return max((c for c in (*CURTOS, *LONGOS) if escrito.startswith(f"{c} ")), key=len, default=None)


def _sem_moldes(palavras: tuple[str, ...]) -> list[str]:
    """O N de um exemplo vira um número."""
    return ["2" if p == "N" else p for p in palavras]


@pytest.fixture(scope="module")
def justfile() -> dict[str, Any]:
    """As receitas, como `just comandos` as lê."""
    sys.path.insert(0, str(RAIZ / "ferramentas"))
    try:
        return {r.nome: r for r in importlib.import_module("comandos").receitas()}
    finally:
        sys.path.remove(str(RAIZ / "ferramentas"))


class _LidasError(Exception):
    """As opções foram lidas; o comando para aqui."""


def _le_opcoes(modulo: ModuleType, palavras: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A linha de comando passa pela leitura de verdade; SystemExit se alguma opção não existe."""
    le_de_verdade = modulo.le_opcoes

    def so_le(classe: type, descricao: str | None, **_: Any) -> None:
        le_de_verdade(classe, descricao)
        raise _LidasError

    monkeypatch.setattr(modulo, "le_opcoes", so_le)
    monkeypatch.setattr(sys, "argv", palavras)
    with pytest.raises(_LidasError):
        modulo.principal()


def _confere(palavras: list[str], justfile: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Se a receita existe e aceita o que se lhe dá."""
    receita = justfile[palavras[0]]
    programa, resto = receita.programa, palavras[1:]
    monkeypatch.syspath_prepend(RAIZ / "ferramentas")
    if programa[0].startswith("poema_top.") or programa[0].endswith("fotografa.py"):
        placa = importlib.import_module("roda").PLACA  # estas quem as lê é o roda.py
        modulo = importlib.import_module(programa[0].removeprefix("ferramentas/").removesuffix(".py"))
        _le_opcoes(modulo, [palavras[0], *(p for p in resto if p not in placa)], monkeypatch)
    elif programa[0] == "sh":
        feito = subprocess.run([*programa, "--help"], cwd=RAIZ, capture_output=True, text=True, check=True)
        assert all(p in feito.stdout for p in resto if p.startswith("-"))
    elif programa[0] == "pytest":
        assert all((RAIZ / p).exists() for p in resto)
    else:
        assert receita.tem_opcoes or not resto


@pytest.mark.parametrize("citado", TODOS.values(), ids=list(TODOS))
def test_o_comando_existe_e_aceita_as_opcoes(
    citado: Citado, justfile: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert citado.palavras[0] in justfile, citado.onde
    _confere(_sem_moldes(citado.palavras), justfile, monkeypatch)


@pytest.mark.parametrize(
    "escrito", ["amostra --inventada", "treina --unidades muitas", "publica a@b --tudo", "testa nada.py"]
)
def test_um_engano_nao_passa(escrito: str, justfile: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((SystemExit, AssertionError)):
        _confere(escrito.split(), justfile, monkeypatch)


def test_cada_um_e_curto_ou_longo_e_nada_sobra_nas_tabelas() -> None:
    usadas = {_entrada(citado) for citado in TODOS.values()}
    assert None not in usadas, [c.onde for c in TODOS.values() if _entrada(c) is None]
    assert usadas == {*CURTOS, *LONGOS}
    assert not set(CURTOS) & set(LONGOS)
    assert all((RAIZ / "tests" / teste).exists() for _, teste in LONGOS.values())


@pytest.fixture
def oficina(tmp_path: Path) -> Path:
    """Uma pasta com o que os exemplos nomeiam; o que é do projeto é só um apontador, e nada lá se muda."""
    exemplos = RAIZ / "dataset" / "exemplos"
    aponta(RAIZ / "dataset", tmp_path / "dataset")
    for nome in ("padrao", "NOME"):
        aponta(RAIZ / "modelos_treinados" / "padrao", tmp_path / "modelos_treinados" / nome)
    for pasta in ("PASTA_OU_ARQUIVOS", "FOLDER", "poemas"):
        aponta(exemplos, tmp_path / pasta)
    (tmp_path / "ARQUIVO").write_text("a lua brilha no céu\ne também no meu quarto.\n", encoding="utf-8")
    crua = "Claro! Segue um poema:\n\n**A lua**\n\na lua no mar\nvem devagar\n@\n"
    (tmp_path / "respostas.txt").write_text(crua, encoding="utf-8")
    return tmp_path


def aponta(de: Path, para: Path) -> None:
    para.mkdir(parents=True)
    for dentro in de.iterdir():
        (para / dentro.name).symlink_to(dentro)


def _curtos() -> list[str]:
    return [escrito for escrito, citado in TODOS.items() if _entrada(citado) in CURTOS]


@pytest.mark.parametrize("escrito", _curtos())
def test_o_comando_curto_roda(escrito: str, oficina: Path) -> None:
    citado = TODOS[escrito]
    nome, *palavras = _sem_moldes(citado.palavras)
    palavras = [p.replace("/home/ana", str(oficina)).replace("~", str(oficina)) for p in palavras]
    palavras += CURTOS[_entrada(citado) or ""]
    feito = subprocess.run(
        comando(nome.replace("-", "_"), *palavras), cwd=oficina, env=ambiente(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=ORCAMENTO,
    )  # fmt: skip
    assert feito.returncode == 0, f"{citado.onde}: just {shlex.join([nome, *palavras])}\n{feito.stderr}"
    assert feito.stdout.strip()


def test_os_tres_comandos_do_projeto_estao_no_readme() -> None:
    readme = {shlex.join(c.palavras) for c in citados(RAIZ / "README.md")}
    assert {"treina", "websocket", "testa"} <= readme
    texto = (RAIZ / "README.md").read_text(encoding="utf-8")
    assert all(f"./just {nome}" in texto for nome in ("treina", "websocket", "testa"))
