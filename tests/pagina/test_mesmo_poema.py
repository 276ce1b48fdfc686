"""O mesmo poema em toda parte: mil escritos em Python, com o LiteRT, e no Chromium, com rede.js.

O LiteRT soma em 32 bits e rede.js em 64; um sorteio que caia a um milionésimo da fronteira entre dois tokens
pode escolher um aqui e o outro lá. É a única diferença que se aceita, e em um de mil.
"""

from typing import Any

import pytest

from apoio.poeta import Poeta
from conftest import RAIZ
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.motor import Motor
from poema_top.geracao.rascunhos import escreve_rascunhos

ARREDONDAMENTO = 1e-5  # do sorteio à fronteira, numa régua de 0 a 1
DO_PADRAO = [(t, i) for t in (0.3, 0.6, 0.8, 1.0, 1.5) for i in ("", "o mar que ")]
DOS_PEQUENOS = [(0.6, ""), (0.6, "o s"), (1.2, ""), (1.2, "a lua c")]

ESCREVE = """(nome, pedido, quantos) => Array.from({ length: quantos }, (_, texto) => {
  const escrita = new Poeta.Escrita(modelos[nome], { ...pedido, texto });
  escrita.avanca();
  return escrita.texto;
})"""

# A distância do sorteio à fronteira mais próxima no primeiro token diferente.
MARGEM = """(nome, pedido, texto, esperado) => {
  const modelo = modelos[nome], escrita = new Poeta.Escrita(modelo, { ...pedido, texto });
  let logits = [], n = 0;
  while (!escrita.acabou && esperado.startsWith(escrita.texto)) {
    n = escrita.ids.length;
    escrita.passo();
    logits = escrita.rede.logits.slice();
  }
  const alvo = Poeta.numero(pedido.semente, n, texto);
  let soma = 0, perto = 1;
  for (const p of Poeta.chances(logits, pedido)) perto = Math.min(perto, Math.abs((soma += p) - alvo));
  return perto;
}"""


def compara(poeta: Poeta, treinado: Checkpoint, grupos: list[tuple[float, str]], cada: int) -> int:
    """Quantos poemas diferem; todos eles por um sorteio na fronteira."""
    assert treinado.pagina is not None
    poeta.abre(treinado.nome, treinado.pagina)
    motor, diferentes, distintos = Motor(treinado, cada), 0, set[str]()
    for semente, (temperatura, inicio) in enumerate(grupos):
        amostragem = Amostragem(temperatura)
        esperados, _ = escreve_rascunhos(motor, treinado.vocabulario, amostragem, semente, inicio=inicio)
        pedido: dict[str, Any] = {"semente": semente, "temperatura": temperatura, "inicio": inicio}
        escritos = poeta.faz(ESCREVE, treinado.nome, pedido, cada)
        distintos.update(escritos)
        for texto, (escrito, esperado) in enumerate(zip(escritos, esperados, strict=True)):
            if escrito != esperado:
                diferentes += 1
                margem = poeta.faz(MARGEM, treinado.nome, pedido, texto, esperado)
                print(f"{treinado.nome} {pedido} texto {texto}: a {margem:.1e} da fronteira")
                assert margem < ARREDONDAMENTO, f"{escrito!r}\n{esperado!r}"
    assert len(distintos) > len(grupos) * cada / 2
    return diferentes


def test_mil_poemas_do_modelo_que_vem_com_o_projeto(poeta: Poeta) -> None:
    padrao = checkpoint.le(RAIZ / "modelos_treinados" / "padrao")
    assert compara(poeta, padrao, DO_PADRAO, 100) <= 1


@pytest.mark.parametrize("qual", ["pasta_modelo", "pasta_silabas", "pasta_palavras"])
def test_duzentos_de_cada_especie_de_token(poeta: Poeta, qual: str, request: pytest.FixtureRequest) -> None:
    assert compara(poeta, checkpoint.le(request.getfixturevalue(qual)), DOS_PEQUENOS, 50) <= 1
