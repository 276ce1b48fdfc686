"""O arquivo do modelo no navegador: inteiro se abre; cortado, trocado ou alheio se recusa, com o motivo."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from apoio.poeta import Poeta
from conftest import RAIZ, SITIO
from poema_top.geracao import checkpoint
from poema_top.geracao.pagina import Forma, empacota
from poema_top.texto.vocabulario import Vocabulario

V = Vocabulario.de_poemas(["o sol sai"])
FORMA = Forma(len(V), (3, 2))
NAO_SERVE = "Error: o arquivo do modelo não serve: "


def pesos() -> list[np.ndarray]:
    """De tudo o que um float16 tem: zeros dos dois sinais, subnormais, o maior e o menor."""
    raros = np.array([0.0, -0.0, 2**-24, -(2**-14) + 2**-24, 65504, -65504, 1 / 3, -1.5], np.float16)
    return [np.resize(raros, forma).astype(np.float32) for forma in FORMA.dos_pesos()]


INTEIRO = empacota(V, FORMA, pesos(), "2026-11-25T12:09:22+00:00")


@pytest.fixture(scope="module")
def poeta(navegador: Browser) -> Iterator[Poeta]:
    pagina = navegador.new_page()
    pagina.goto(
        (SITIO / "index.html").as_uri()
    )  # do disco, onde há crypto.subtle, e com a política da página
    yield Poeta(pagina, em_branco=False)
    pagina.close()


def test_inteiro_se_abre_com_os_numeros_que_tinha(poeta: Poeta) -> None:
    assert poeta.recusa(INTEIRO) == ""
    poeta.abre("inteiro", INTEIRO)
    lido = poeta.faz("(m = modelos.inteiro) => [m.criadoEm, m.unidades, m.tokens]")
    assert lido == ["2026-11-25T12:09:22+00:00", [3, 2], list(V.tokens)]
    w, _, b = pesos()[:3]
    for i in range(len(V)):
        linha = poeta.faz("(i) => Array.from(modelos.inteiro.linha(i))", i)
        np.testing.assert_array_equal(np.array(linha, np.float32), w[i] + b[0])


def cabecalho(muda: Callable[[dict[str, Any]], Any]) -> bytes:
    """O arquivo com o cabeçalho mexido, e o tamanho dele acertado."""
    fim = 12 + int.from_bytes(INTEIRO[8:12], "little")
    lido = json.loads(INTEIRO[12:fim])
    trocado = muda(lido)
    novo = json.dumps(lido if trocado is None else trocado).encode()
    return INTEIRO[:8] + len(novo).to_bytes(4, "little") + novo + INTEIRO[fim:]


def com(**campos: Any) -> bytes:
    return cabecalho(lambda lido: lido.update(campos))


ESTRAGADOS = {
    "vazio": (b"", "não é de um modelo"),
    "uma página": (b"<!DOCTYPE html><title>404</title>" * 20, "não é de um modelo"),
    "cortado nos pesos": (INTEIRO[:-2], "faltam ou sobram pesos"),
    "um byte a menos": (INTEIRO[:-1], "faltam ou sobram pesos"),
    "comprido demais": (INTEIRO + b"\0\0", "faltam ou sobram pesos"),
    "cortado no cabeçalho": (INTEIRO[:40], "o cabeçalho não se lê"),
    "só a mágica": (INTEIRO[:8], "não é de um modelo"),
    "tamanho do cabeçalho": (INTEIRO[:8] + b"\xff" * 4 + INTEIRO[12:], "o cabeçalho não se lê"),
    "outra versão": (com(formato=2), "recarregue-a"),
    "um número no cabeçalho": (cabecalho(lambda _: 7), "recarregue-a"),
    "tokens repetidos": (com(tokens=["a"] * len(V)), "não é o de um modelo"),
    "tokens que não são textos": (com(tokens=[1, 2]), "não é o de um modelo"),
    "sem o terminador": (com(terminador="☾"), "não é o de um modelo"),
    "unidades de menos": (com(unidades=[3]), "faltam ou sobram pesos"),
    "unidades demais": (com(unidades=[10**9]), "não é o de um modelo"),
    "unidades de mentira": (com(unidades="muitas"), "não é o de um modelo"),
    "sem trocas": (com(trocas=None), "não é o de um modelo"),
    "outro tipo": (com(tipo="morfema"), "não é o de um modelo"),
    "um peso trocado": (INTEIRO[:-1] + bytes([INTEIRO[-1] ^ 1]), "a soma dos pesos"),
}


@pytest.mark.parametrize("como", ESTRAGADOS)
def test_estragado_e_recusado_com_o_motivo(poeta: Poeta, como: str) -> None:
    conteudo, motivo = ESTRAGADOS[como]
    dito = poeta.recusa(conteudo)
    assert dito.startswith(NAO_SERVE)
    assert motivo in dito


def test_peso_que_nao_e_numero_e_recusado_onde_nao_ha_com_que_conferir_a_soma(navegador: Browser) -> None:
    """Numa rede local sem https o navegador não dá o SHA-256."""
    pagina = navegador.new_page()
    pagina.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    pagina.goto("about:blank")
    poeta = Poeta(pagina)
    assert poeta.recusa(INTEIRO) == ""
    infinito = INTEIRO[:-2] + np.array([np.inf], "<f2").tobytes()
    assert poeta.recusa(infinito) == NAO_SERVE + "há nele pesos que não são números"
    pagina.close()


def test_qualquer_byte_trocado_abre_ou_se_recusa_em_portugues(poeta: Poeta) -> None:
    acaso = np.random.default_rng(0)
    motivos = set()
    for _ in range(300):
        estragado = bytearray(INTEIRO)
        for onde in acaso.integers(0, len(INTEIRO), acaso.integers(1, 4)):
            estragado[onde] = acaso.integers(256)
        dito = poeta.recusa(bytes(estragado))
        assert not dito or dito.startswith(NAO_SERVE)
        motivos.add(dito)
    assert len(motivos) > 3


def test_o_arquivo_do_padrao_e_o_do_passo_dele() -> None:
    """O que está na pasta: o cabeçalho diz o que a ficha diz."""
    padrao = checkpoint.le(RAIZ / "modelos_treinados" / "padrao")
    assert padrao.pagina is not None
    fim = 12 + int.from_bytes(padrao.pagina[8:12], "little")
    lido = json.loads(padrao.pagina[12:fim])
    assert lido["tokens"] == list(padrao.vocabulario.tokens)
    assert lido["criado_em"] == padrao.ficha["criado_em"]
    assert len(padrao.pagina) - fim == 2 * padrao.ficha["modelo"]["parametros"]
    assert fim % 4 == 0


@pytest.mark.parametrize(
    ("troca", "motivo"), [(lambda p: p[:-1], "formas"), (lambda p: [x * 1.0001 for x in p], "float16")]
)
def test_so_se_empacota_o_que_cabe(
    troca: Callable[[list[np.ndarray]], list[np.ndarray]], motivo: str
) -> None:
    with pytest.raises(ValueError, match=motivo):
        empacota(V, FORMA, troca(pesos()), "hoje")
