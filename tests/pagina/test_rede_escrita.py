"""A escrita de rede.js: aos poucos ou de uma vez, de onde outro parou, por outro caminho, e relida."""

from pathlib import Path

import numpy as np
import pytest

from apoio.poeta import Poeta
from conftest import RAIZ
from poema_top.geracao import checkpoint
from poema_top.geracao.motor import Motor

MODELOS = ("padrao", "silabas")
INTEIRO = """(nome, pedido) => {
  const escrita = new Poeta.Escrita(modelos[nome], pedido);
  escrita.avanca();
  return [escrita.texto, escrita.ids];
}"""


@pytest.fixture(scope="module")
def poeta(poeta: Poeta, pasta_silabas: Path) -> Poeta:
    for nome, pasta in zip(MODELOS, (RAIZ / "modelos_treinados" / "padrao", pasta_silabas), strict=True):
        conteudo = checkpoint.le(pasta).pagina
        assert conteudo is not None
        poeta.abre(nome, conteudo)
    return poeta


@pytest.mark.parametrize("nome", MODELOS)
def test_aos_poucos_e_o_mesmo_de_uma_vez(poeta: Poeta, nome: str) -> None:
    pedido = {"semente": 5, "temperatura": 0.8, "inicio": "o "}
    inteiro, _ = poeta.faz(INTEIRO, nome, pedido)
    aos_poucos = """(nome, pedido, quanto) => {
      const escrita = new Poeta.Escrita(modelos[nome], pedido), novos = [];
      while (!escrita.acabou) novos.push(escrita.avanca(quanto));
      return novos;
    }"""
    letra_a_letra = poeta.faz(aos_poucos, nome, pedido, {"letras": 1})
    assert "".join(letra_a_letra) == inteiro
    assert len(letra_a_letra) > len(inteiro) / 5
    assert "".join(poeta.faz(aos_poucos, nome, pedido, {"prazo": 1})) == inteiro


@pytest.mark.parametrize("nome", MODELOS)
def test_o_poema_de_outro_acaba_igual_a_partir_do_que_se_leu(poeta: Poeta, nome: str) -> None:
    """A conexão caiu no meio: o texto até ali, dado como começo, se continua; e, com letras, ao mesmo fim."""
    pedido = {"semente": 11, "temperatura": 0.6}
    inteiro, _ = poeta.faz(INTEIRO, nome, pedido)
    for parou in range(1, len(inteiro), 7):
        if inteiro[:parou].strip() == inteiro[:parou]:
            continuado, _ = poeta.faz(INTEIRO, nome, {**pedido, "inicio": inteiro[:parou]})
            assert continuado.startswith(inteiro[:parou])
            if nome == "padrao":
                assert continuado == inteiro


@pytest.mark.parametrize("nome", MODELOS)
def test_e_se_outro_token_tivesse_saido(poeta: Poeta, nome: str) -> None:
    """Até a troca, os mesmos tokens; depois dela, o que a mesma semente dá a quem leu outra coisa."""
    pedido = {"semente": 3, "temperatura": 0.7}
    inteiro, ids = poeta.faz(INTEIRO, nome, pedido)
    assert poeta.faz(INTEIRO, nome, {**pedido, "ids": ids}) == [inteiro, ids]
    assert poeta.faz(INTEIRO, nome, {**pedido, "ids": ids[:4]}) == [inteiro, ids]
    outro = 0 if ids[3] else 1
    texto, trocados = poeta.faz(INTEIRO, nome, {**pedido, "ids": [*ids[:3], outro]})
    assert trocados[:4] == [*ids[:3], outro]
    assert texto != inteiro


def test_a_mesma_semente_tem_muitos_textos(poeta: Poeta) -> None:
    textos = [poeta.faz(INTEIRO, "padrao", {"semente": 2, "texto": i})[0] for i in range(5)]
    assert len(set(textos)) == 5
    assert textos[0] == poeta.faz(INTEIRO, "padrao", {"semente": 2})[0]


def test_o_maximo_corta(poeta: Poeta) -> None:
    texto, ids = poeta.faz(INTEIRO, "padrao", {"semente": 2, "maximo": 12})
    assert len(ids) == 12
    assert poeta.faz(INTEIRO, "padrao", {"semente": 2})[0].startswith(texto)


@pytest.mark.parametrize("nome", MODELOS)
def test_reler_da_o_que_se_esperava_antes_e_o_estado_depois(
    poeta: Poeta, nome: str, pasta_silabas: Path
) -> None:
    """Contra o LiteRT: os logits de cada token são os de antes de o ler; os estados, os de depois."""
    _, ids = poeta.faz(INTEIRO, nome, {"semente": 8, "temperatura": 0.9})
    relidos = poeta.faz(
        """(nome, ids) => Poeta.rele(modelos[nome], ids).map(({ id, logits, estados }) =>
          [id, Array.from(logits), estados.map((estado) => Array.from(estado))])""",
        nome,
        ids,
    )
    assert [i for i, _, _ in relidos] == ids
    treinado = checkpoint.le(RAIZ / "modelos_treinados" / "padrao" if nome == "padrao" else pasta_silabas)
    motor = Motor(treinado)
    esperava = motor.avanca(np.array([treinado.vocabulario.id_separador], np.int32))[0]
    for i, logits, estados in relidos:
        np.testing.assert_allclose(logits, esperava, atol=1e-4)
        esperava = motor.avanca(np.array([i], np.int32))[0]
        for obtido, esperado in zip(estados, motor.estados, strict=True):
            np.testing.assert_allclose(obtido, esperado[0], atol=1e-5)


def test_guardar_e_repor_o_estado_volta_atras(poeta: Poeta) -> None:
    iguais = poeta.faz(
        """() => {
          const modelo = modelos.padrao, rede = new Poeta.Rede(modelo);
          rede.le(modelo.vocabulario.separador);
          const guardado = rede.guarda(), antes = Array.from(rede.le(20));
          for (const id of [21, 22, 23]) rede.le(id);
          const longe = Array.from(rede.le(20));
          rede.repoe(guardado);
          return [antes, Array.from(rede.le(20)), longe];
        }"""
    )
    assert iguais[0] == iguais[1] != iguais[2]
