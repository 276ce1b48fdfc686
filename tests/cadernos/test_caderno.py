"""O caderno: roda inteiro, é o que o texto dele diz, e não traz nada da máquina que o fez."""

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

import caderno as ferramenta
from conftest import RAIZ, grava_poemas, poemas_minusculos
from poema_top.base.erros import ErroPoema


def escrito(celula: Any) -> str:
    """O que uma célula escreveu ao rodar."""
    return "".join(saida.get("text", "") for saida in celula.outputs)


def figuras(celula: Any) -> list[str]:
    return [saida.data["image/png"] for saida in celula.outputs if "image/png" in saida.get("data", {})]


@pytest.fixture(scope="module")
def rodado(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """O caderno rodado do começo ao fim, com três segundos de treino em vez de três minutos.

    Na pasta só há o que se põe no Colab: os poemas, e alguns da turma.
    """
    pasta = tmp_path_factory.mktemp("colab")
    shutil.copy(RAIZ / "dataset" / "poemas-10k.txt", pasta)
    grava_poemas(pasta / "turma.txt", ["Um W no começo,\ne o ônibus passou.", *poemas_minusculos(5)])
    return ferramenta.rodado(ferramenta.do_texto(), pasta, POEMA_MINUTOS="0.05")


@pytest.fixture(scope="module")
def guardado() -> Any:
    return nbformat.read(ferramenta.CADERNO, as_version=4)


def achada(caderno: Any, trecho: str) -> Any:
    (celula,) = [c for c in caderno.cells if c.cell_type == "code" and trecho in c.source]
    return celula


def test_os_parametros_sao_os_do_projeto_original(rodado: Any) -> None:
    assert "179.772" in escrito(achada(rodado, "def da_gru"))
    resumo = achada(rodado, "do_original.summary()")
    assert "179,772" in escrito(resumo) + str(resumo.outputs)


def test_a_rede_nova_nao_sabe_nada_e_o_keras_faz_a_mesma_conta(rodado: Any) -> None:
    dito = escrito(achada(rodado, "pelo_keras ="))
    a_mao, do_keras = re.findall(r"(\d,\d{3})", dito.partition("surpresa")[2].partition("=")[2])
    assert a_mao == do_keras
    assert 3 < float(a_mao.replace(",", ".")) < 5


def test_aprende_no_treino(rodado: Any) -> None:
    dito = escrito(achada(rodado, "class AoVivo"))
    antes, depois = (float(n.replace(",", ".")) for n in re.findall(r"(\d,\d\d) (?:antes|depois)", dito))
    assert depois < antes - 0.7  # ln 45 de quem nada sabe; só contar letras dá 2,9


def test_o_litert_faz_as_mesmas_contas(rodado: Any) -> None:
    diferenca = re.search(r"logits dos dois: (\d,\d+)", escrito(achada(rodado, "Interpreter")))
    assert diferenca
    assert float(diferenca[1].replace(",", ".")) < 1e-3


def test_continua_o_treino_nos_poemas_da_turma(rodado: Any) -> None:
    dito = escrito(achada(rodado, "turma.txt"))
    assert "6 poemas da turma" in dito
    antes, depois = (float(n.replace(",", ".")) for n in re.findall(r"(\d,\d\d) (?:antes|depois)", dito))
    assert depois < antes


def test_so_fala_quem_se_espera(rodado: Any) -> None:
    """Nenhum aviso de biblioteca no meio da aula."""
    avisos = [s.text for c in rodado.cells for s in c.get("outputs", []) if s.get("name") == "stderr"]
    assert not avisos


def test_o_caderno_e_o_que_o_texto_diz(guardado: Any) -> None:
    do_texto, do_caderno = (
        [(c.cell_type, c.source) for c in caderno.cells] for caderno in (ferramenta.do_texto(), guardado)
    )
    assert do_texto == do_caderno, "cadernos/poema.py mudou: just caderno-monta"


def test_cada_figura_que_o_caderno_desenha_esta_nele(rodado: Any, guardado: Any) -> None:
    faltam = [
        ao_vivo.source[:60]
        for ao_vivo, parado in zip(rodado.cells, guardado.cells, strict=True)
        if ao_vivo.cell_type == "code"
        and "turma.txt" not in ao_vivo.source  # o que se guarda não tem turma
        and len(figuras(ao_vivo)) != len(figuras(parado))
    ]
    assert not faltam, "just caderno-monta --roda"


def test_de_uma_maquina_so_ficam_as_figuras(guardado: Any) -> None:
    assert guardado.metadata == ferramenta.METADADOS
    for celula in guardado.cells:
        assert celula.metadata == {}
        assert celula.get("execution_count") is None
        for saida in celula.get("outputs", []):
            assert saida.output_type == "display_data"
            assert set(saida.data) == {"image/png"}
    assert ferramenta.CADERNO.stat().st_size < 600_000


def test_montar_sem_rodar_guarda_as_figuras_das_celulas_que_nao_mudaram(guardado: Any) -> None:
    mudado = ferramenta.do_texto()
    com_figura = [i for i, celula in enumerate(guardado.cells) if celula.get("outputs")]
    mudado.cells[com_figura[0]].source += "\n# outra coisa"
    montado = ferramenta.so_figuras(mudado, guardado)
    assert montado.cells[com_figura[0]].outputs == []
    assert figuras(montado.cells[com_figura[1]]) == figuras(guardado.cells[com_figura[1]])


def test_uma_celula_que_falha_e_dita_numa_linha(tmp_path: Path) -> None:
    errado = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    with pytest.raises(ErroPoema, match="falhou: ZeroDivisionError"):
        ferramenta.rodado(errado, tmp_path)


def test_sem_os_poemas_diz_o_que_fazer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noutra pasta e sem se dizer de que projeto baixar; nada se pede à internet."""
    monkeypatch.chdir(tmp_path)
    codigo = achada(ferramenta.do_texto(), "urlretrieve").source
    with pytest.raises(SystemExit, match="diga em REPOSITORIO"):
        exec(codigo, {"Path": Path, "REPOSITORIO": "VOCE/poema-top"})


def test_o_selo_do_readme_abre_o_caderno_do_mesmo_projeto() -> None:
    nomeado = re.search(r'REPOSITORIO = "(.+?)"', ferramenta.TEXTO.read_text(encoding="utf-8"))
    assert nomeado
    selo = f"https://colab.research.google.com/github/{nomeado[1]}/blob/main/cadernos/poema.ipynb"
    assert selo in (RAIZ / "README.md").read_text(encoding="utf-8")


def test_os_arquivos_de_que_ele_fala_existem() -> None:
    texto = ferramenta.TEXTO.read_text(encoding="utf-8")
    caminhos = set(re.findall(r"(?:\(|href=\")(\.\./[^)\"]+)", texto))
    assert len(caminhos) > 5
    faltam = [c for c in caminhos if not (RAIZ / "cadernos" / c).exists()]
    assert not faltam
