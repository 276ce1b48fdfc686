"""O que se aceita do que uma LLM escreve, e o motivo de cada recusa."""

import pytest

from conftest import RAIZ
from poema_top.llm.sintese.crivo import Crivo
from poema_top.texto.limpeza import limpa
from poema_top.texto.poemas import le_poemas

BOM = "A chuva cai na janela,\na rua fica molhada.\nEu fico olhando para ela\ne não penso em mais nada."
VERSOS = BOM.split("\n")

RECUSADOS = {
    "noutra língua": [
        "The rain is falling on the roof,\nthe night is dark and long.\nI sit alone.",
        "La lluvia cae sobre el tejado,\nla noche es oscura y larga.\nYo escucho desde aquí.",
    ],
    "último verso por acabar": [
        BOM.rstrip(".") + ",",
        "\n".join([*VERSOS[:3], "e não penso mais em"]),
        "\n".join([*VERSOS[:3], "e fico com a"]),
    ],
    "prosa": [f"{BOM} {BOM}\nE é só isto.".replace("\n", " ", 7)],
    "curto demais": ["A chuva cai na janela.\nA rua fica molhada."],
    "comprido demais": ["\n\n".join(le_poemas(RAIZ / "dataset" / "poemas-1k.txt")[:7]), "a" * 30_000],
    "em laço": [
        "\n".join(["A chuva cai na janela."] * 3 + VERSOS),
        "\n".join(["A chuva cai.", "A rua fica."] * 3 + ["E eu?"]),
    ],
    "sem nenhum verso": ["", "***", "Claro! Segue um poema:"],
    "@ no meio de um verso": ["\n".join([*VERSOS, "fulano@exemplo.com"])],
    "recusa da LLM": ["Desculpe, mas não posso escrever sobre isso."],
}


@pytest.mark.parametrize(("motivo", "texto"), [(m, t) for m, textos in RECUSADOS.items() for t in textos])
def test_cada_recusa_diz_o_motivo(motivo: str, texto: str) -> None:
    crivo = Crivo()
    assert crivo.julga(texto, acabou=True).motivo == motivo
    assert crivo.feita.descartados == [(motivo, texto)]
    assert crivo.feita.descartes[motivo].textos == 1


def test_o_que_o_maximo_de_tokens_cortou_nao_serve() -> None:
    assert Crivo().julga(BOM, acabou=False).motivo == "último verso por acabar"
    assert Crivo().julga(BOM, acabou=True).motivo == ""


@pytest.mark.parametrize(
    "veio",
    [
        f"Claro! Segue um poema:\n\n{BOM}\n\nEspero que tenha gostado! 😊",
        f"**A chuva**\n\n{BOM}",
        f"<think>vou falar da chuva\n\nacho eu</think>\n{BOM}",
        f"\x1b[31m{BOM}\x1b[0m\x07",
        f"```\n{BOM}\n```",
    ],
)
def test_limpa_como_just_dataset_e_conta(veio: str) -> None:
    crivo = Crivo()
    assert crivo.julga(veio, acabou=True).poema == BOM
    assert crivo.feita.poemas == [BOM]
    assert crivo.feita.mudancas


def test_repetidos_do_arquivo_dos_exemplos_e_dos_que_ja_vieram() -> None:
    crivo = Crivo()
    crivo.conhece([BOM])
    assert crivo.julga(BOM.upper(), acabou=True).motivo == "igual a outro"
    metade = "\n".join([*VERSOS[:2], "O dia passa depressa", "e a noite vem de mansinho."])
    assert crivo.julga(metade, acabou=True).motivo == "parecido com outro"
    um_so = "\n".join(
        [VERSOS[0], "O dia passa depressa.", "A noite vem de mansinho", "e dorme no meu quintal."]
    )
    assert crivo.julga(um_so, acabou=True).motivo == ""
    assert crivo.julga(um_so, acabou=True).motivo == "igual a outro"


def test_metade_dos_versos_de_exemplos_diferentes_e_copia() -> None:
    um, outro = (poema.split("\n") for poema in le_poemas(RAIZ / "dataset" / "poemas-1k.txt")[:2])
    crivo = Crivo()
    crivo.conhece_exemplos(["\n".join(um), "\n".join(outro)])
    colado = "\n".join([um[0], outro[0], *VERSOS[:2]])
    assert crivo.julga(colado, acabou=True).motivo == "copiado dos exemplos"
    assert crivo.julga("\n".join([um[0], *VERSOS]), acabou=True).motivo == ""


def test_relembrar_da_as_mesmas_contas() -> None:
    textos = [f"Claro! Segue um poema:\n\n{BOM}", BOM, *(t for ts in RECUSADOS.values() for t in ts)]
    primeiro, segundo = Crivo(), Crivo()
    for texto in textos:
        segundo.relembra(texto, primeiro.julga(texto, acabou=True))
    assert segundo.feita == primeiro.feita
    assert segundo.julga(BOM, acabou=True).motivo == "igual a outro"


@pytest.mark.parametrize("arquivo", ["poemas-1k.txt", "poemas-1k-rimados.txt"])
def test_dos_poemas_do_projeto_nenhum_se_recusa(arquivo: str) -> None:
    crivo = Crivo()
    poemas = le_poemas(RAIZ / "dataset" / arquivo)
    for poema in poemas:
        crivo.julga(poema, acabou=True)
    assert not crivo.feita.descartados
    assert crivo.feita.poemas == limpa(poemas).poemas
