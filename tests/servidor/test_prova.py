"""O que está no disco não derruba o servidor: um modelo é provado noutro processo antes de entrar."""

import asyncio
import gc
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import weakref
from pathlib import Path

import pytest

from apoio.conferencias import uma_linha
from apoio.modelos import copia, refaz_a_ficha, sem_letras
from apoio.servidor import PRAZO, ate, continua_no_ar, servidor
from conftest import Roda, ambiente
from poema_top.base.erros import ErroPoema
from poema_top.geracao import checkpoint, pastas, prova
from poema_top.geracao.rascunhos import Revisor
from poema_top.servidor.metricas import Metricas
from poema_top.servidor.proprios import Proprios
from poema_top.servidor.ronda import PRIMEIRA_ESPERA, Ronda
from poema_top.servidor.saude import Saude


def passo_cortado(passo: bytes) -> bytes:
    return passo[: len(passo) // 2]


def passo_que_nao_se_aloca(passo: bytes) -> bytes:
    """Os tamanhos das matrizes, no fim do arquivo, deixam de combinar."""
    return passo.replace((24).to_bytes(4, "little"), (25).to_bytes(4, "little"))


RUINS = {
    "ficha funda": lambda p: (p / checkpoint.FICHA).write_text("[" * 200_000),
    "vocabulario fundo": lambda p: _troca(p, vocabulario=b"[" * 200_000),
    "meio par substituto": lambda p: _troca(p, vocabulario=_com_token(p, "\\ud83d")),
    "passo cortado": lambda p: _troca(p, passo=passo_cortado((p / checkpoint.PASSO).read_bytes())),
    "passo que nao se aloca": lambda p: _troca(
        p, passo=passo_que_nao_se_aloca((p / checkpoint.PASSO).read_bytes())
    ),
    "lixo": lambda p: _troca(p, passo=os.urandom(50_000)),
    "so espacos": lambda p: _troca(p, vocabulario=sem_letras((p / checkpoint.VOCABULARIO).read_bytes())),
    "soma errada": lambda p: (p / checkpoint.PASSO).write_bytes(b"outro"),
}


def _troca(pasta: Path, **arquivos: bytes) -> None:
    nomes = {"passo": checkpoint.PASSO, "vocabulario": checkpoint.VOCABULARIO}
    for qual, conteudo in arquivos.items():
        (pasta / nomes[qual]).write_bytes(conteudo)
    refaz_a_ficha(pasta)


def _com_token(pasta: Path, token: str) -> bytes:
    lido = json.loads((pasta / checkpoint.VOCABULARIO).read_text(encoding="utf-8"))
    texto = json.dumps(lido)
    return texto.replace(f'"{lido["tokens"][-1]}"', f'"{token}"').encode()


@pytest.fixture
def pasta(pasta_modelo: Path, tmp_path: Path) -> Path:
    return copia(pasta_modelo, tmp_path / "m")


def test_modelo_bom_passa(pasta: Path) -> None:
    assert prova.prova(pasta).impressao == checkpoint.le(pasta).impressao


@pytest.mark.parametrize("ruim", RUINS)
def test_modelo_ruim_e_recusado_numa_linha_e_ninguem_cai(pasta: Path, ruim: str, roda: Roda) -> None:
    RUINS[ruim](pasta)
    with pytest.raises(ErroPoema) as recusa:
        prova.prova(pasta)
    assert "\n" not in str(recusa.value)
    uma_linha(roda("websocket", "--porta", 0, "--modelo", pasta))


def test_modelo_que_derruba_quem_o_le(pasta: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """O processo da prova morre de um sinal, como morre de um SIGSEGV do LiteRT; este continua."""
    morre = [sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"]
    monkeypatch.setattr(prova, "comando_python", lambda *_: morre)
    with pytest.raises(ErroPoema, match=r"derruba quem o lê \(-11\)"):
        prova.prova(pasta)


def test_no_comeco_vale_o_mais_novo_que_presta(pasta_modelo: Path, tmp_path: Path) -> None:
    """Duas pastas estragadas, mais novas que a boa: o servidor sobe com ela, e diz das outras."""
    projeto = tmp_path / "projeto"
    modelos = projeto / "modelos_treinados"
    shutil.copytree(Path(checkpoint.__file__).parents[1], projeto / "src" / "poema_top")
    for i, nome in enumerate(("bom", "cortado", "fundo"), 1):
        copia(pasta_modelo, modelos / nome)
        refaz_a_ficha(modelos / nome, ordem=i)
    RUINS["passo cortado"](modelos / "cortado")
    (modelos / "fundo" / checkpoint.VOCABULARIO).write_bytes(b"[" * 200_000)
    refaz_a_ficha(modelos / "fundo", ordem=3)
    comando = [sys.executable, "-m", "poema_top.websocket", "--porta", "0"]
    do_projeto = {**ambiente(), "PYTHONPATH": str(projeto / "src")}
    with subprocess.Popen(
        comando, env=do_projeto, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as processo:
        assert processo.stdout is not None
        linhas = [next(processo.stdout), next(processo.stdout)]
        processo.terminate()
        _, registro = processo.communicate(timeout=PRAZO)
    assert linhas[0] == "modelo modelos_treinados/bom\n"
    assert "http://localhost:" in linhas[1]
    assert [re.findall(r"modelos_treinados/(\w+)", linha)[0] for linha in registro.splitlines()[:2]] == [
        "fundo", "cortado",
    ]  # fmt: skip


def test_recusa_passageira_e_provada_de_novo(pasta: Path, pasta_modelo: Path) -> None:
    """Meia cópia hoje, inteira daqui a pouco: o servidor a toma sem que ninguém o reinicie."""
    em_uso = checkpoint.le(pasta_modelo)
    with servidor(pasta, "--recarrega", "--ritmo", 300, "--pausa", 0) as s:
        passo = (pasta / checkpoint.PASSO).read_bytes()
        (pasta / checkpoint.PASSO).write_bytes(passo[:1000])
        refaz = json.loads((pasta / checkpoint.FICHA).read_text())
        refaz["criado_em"] = "outro dia"
        (pasta / checkpoint.FICHA).write_text(json.dumps(refaz))
        assert s.processo.stderr is not None
        while "recusado" not in (linha := s.processo.stderr.readline()):
            pass
        assert "passo.tflite" in linha
        continua_no_ar(s)
        (pasta / checkpoint.PASSO).write_bytes(passo)  # a ficha não mudou: só a insistência o descobre

        def ja_e_o_outro() -> bool:
            with urllib.request.urlopen(s.http + "saude", timeout=PRAZO) as resposta:
                return bool(json.load(resposta)["criado_em"] == "outro dia")

        ate(ja_e_o_outro)
    assert em_uso.ficha["criado_em"] != "outro dia"


def test_a_ronda_espaca_as_provas_e_so_fala_do_que_muda(
    pasta: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    agora, provas = [1000.0], []
    monkeypatch.setattr("poema_top.servidor.ronda.time.monotonic", lambda: agora[0])

    def recusa(qual: Path) -> checkpoint.Checkpoint:
        provas.append(agora[0])
        raise ErroPoema(f"{qual.name} não presta.")

    monkeypatch.setattr("poema_top.servidor.ronda.prova", recusa)
    ronda = Ronda(pasta, checkpoint.le(pasta))
    assert ronda.procura() is None
    assert provas == []  # é o que está em uso
    refaz_a_ficha(pasta, criado_em="depois")
    for _ in range(100):
        assert ronda.procura() is None
        agora[0] += 1
    assert provas[0] == 1000
    assert [round(b - a) for a, b in itertools.pairwise(provas)] == [
        round(PRIMEIRA_ESPERA * 2**i) for i in range(len(provas) - 1)
    ]
    assert len([r for r in caplog.records if "recusado" in r.message]) == 1
    quantas = len(provas)
    refaz_a_ficha(pasta, criado_em="depois ainda")
    ronda.procura()
    assert len(provas) == quantas + 1  # a pasta mudou: prova-se já


def test_motores_de_modelos_trocados_somem_na_hora(pasta: Path) -> None:
    treinado = checkpoint.le(pasta)

    async def troca() -> None:
        revisor = Revisor(None, None)
        proprios = Proprios(
            treinado, 20.0, 4, por_endereco=100, metricas=Metricas(), saude=Saude(treinado, 0.0),
            rascunhos=4, revisor=revisor,
        )  # fmt: skip
        mesa = proprios._rascunhador.mesa
        assert mesa is not None
        velhos = [weakref.ref(proprios._lotes[0]._motor), weakref.ref(mesa._motor)]
        del mesa
        gc.disable()
        try:
            await proprios.troca(treinado, revisor)
            assert [velho() for velho in velhos] == [None, None]
        finally:
            gc.enable()

    asyncio.run(troca())


def test_o_mais_novo_nao_depende_do_relogio(pasta_modelo: Path, tmp_path: Path) -> None:
    """Um treino com o relógio adiantado em dez anos não fica para sempre como o mais novo."""
    ficha = json.loads((pasta_modelo / checkpoint.FICHA).read_text())

    def escreve(destino: Path) -> None:
        for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO):
            shutil.copy(pasta_modelo / nome, destino / nome)

    for nome in ("primeiro", "segundo", "terceiro"):
        checkpoint.grava(tmp_path / nome, escreve, ficha)
    futuro = 2_000_000_000
    os.utime(tmp_path / "primeiro" / checkpoint.FICHA, (futuro, futuro))
    os.utime(tmp_path / "terceiro" / checkpoint.FICHA, (1, 1))
    assert [p.name for p in pastas.candidatas(tmp_path)] == ["terceiro", "segundo", "primeiro"]
    checkpoint.grava(tmp_path / "segundo", escreve, ficha)  # o que se regrava passa à frente
    assert pastas.mais_nova(tmp_path).name == "segundo"
    antes = checkpoint.le(tmp_path / "segundo").ficha["ordem"]
    checkpoint.grava(tmp_path / "segundo", escreve, ficha)
    assert checkpoint.le(tmp_path / "segundo").ficha["ordem"] == antes
