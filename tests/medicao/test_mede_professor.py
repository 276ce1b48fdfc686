"""O que um professor ensina: a divisão dos poemas, e o estudo inteiro em miniatura."""

from pathlib import Path

import numpy as np
import pytest

from apoio.conferencias import uma_linha
from conftest import Roda, poemas_minusculos
from poema_top.base.erros import ErroPoema
from poema_top.llm.palpites import Lugar, junta
from poema_top.llm.sintese.colheita import Colheita, le
from poema_top.medicao import professor
from poema_top.texto.poemas import le_poemas


def colhe(caminho: Path, poemas: list[str]) -> Path:
    """Cada letra um token, a 0,5, e outra a 0,25."""
    outra = (1, b"o", np.log(0.25))
    with Colheita(caminho) as colheita:
        for poema in poemas:
            lugares = [Lugar((2, letra.encode(), np.log(0.5)), (outra,)) for letra in poema]
            colheita.guarda(poema, junta(lugares))
    return caminho


def test_quem_mede_nao_treina(tmp_path: Path) -> None:
    poemas = poemas_minusculos(100)
    nats, letras = professor._divide(colhe(tmp_path / "p", poemas), tmp_path)
    treino, reservados = (le_poemas(tmp_path / nome) for nome in ("treino.txt", "reservados.txt"))
    assert (len(treino), len(reservados)) == (85, 15)
    assert sorted(treino + reservados) == sorted(poemas)
    assert [poema for poema, _ in le(tmp_path / "treino.probabilidades")] == treino
    assert nats == pytest.approx(np.log(2), abs=1e-3)
    assert letras == sum(map(len, reservados))
    with pytest.raises(ErroPoema, match="com 40 poemas não há o que medir"):
        professor._divide(colhe(tmp_path / "poucos", poemas[:40]), tmp_path)


def test_o_mesmo_aluno_com_e_sem_professor(
    tmp_path: Path, pasta_modelo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alunos = {"letras": (("--do-zero", "--unidades", 8), (professor.NENHUM, professor.DA_LLM))}
    monkeypatch.setattr(professor, "ALUNOS", alunos)
    monkeypatch.setattr(professor, "IGUAIS", ("--lote", 4, "--janela", 16, "--epocas", 1))
    onde, colhido = tmp_path / "m", colhe(tmp_path / "p", poemas_minusculos(70))
    feito = professor.mede(colhido, pasta_modelo, 1, grafico=tmp_path / "g.png", pasta=onde)
    sem, com = feito["treinos"]
    assert (sem["professor"], com["professor"]) == (professor.NENHUM, professor.DA_LLM)
    assert (sem["parametros"], sem["epocas"]) == (com["parametros"], com["epocas"])
    assert 0 < feito["do_nosso"] < min(sem["nats"], com["nats"])
    assert sem["nats"] != com["nats"]
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
    assert professor.mede(colhido, pasta_modelo, 1, grafico=tmp_path / "g.png", pasta=onde) == feito


def test_sem_dizer_com_que_probabilidades(roda: Roda, tmp_path: Path) -> None:
    uma_linha(roda("mede", "professor", "--grafico", tmp_path / "g.png"), "diga com que probabilidades")
