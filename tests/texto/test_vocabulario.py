import unicodedata
from pathlib import Path

import pytest

from apoio.conferencias import ORIGINAL
from conftest import RAIZ, Roda, grava_poemas
from poema_top.base.erros import ErroPoema
from poema_top.texto.vocabulario import Vocabulario


def test_vocabulario_do_original() -> None:
    poemas = [ORIGINAL.upper()[:40], ORIGINAL[20:], "Ç\nÜ"]
    vocabulario = Vocabulario.de_poemas(poemas, minusculas=True, terminador=False)
    assert "".join(vocabulario.tokens) == ORIGINAL
    assert len(vocabulario) == 60
    assert vocabulario.separador == "\n"


def test_terminador_e_um_token_a_mais() -> None:
    assert "".join(Vocabulario.de_poemas(["ba\nc"]).tokens) == "\n@abc"


def test_maiusculas_ficam_quando_pedidas() -> None:
    assert Vocabulario.de_poemas(["Aa"], minusculas=False).tokens == ("@", "A", "a")


def test_codifica_e_decodifica() -> None:
    v = Vocabulario.de_poemas(["água e céu"])
    ids = v.codifica("ÁGUA e ce\u0301u")
    assert v.decodifica(ids) == "água e céu"
    assert v.codifica("").shape == (0,)
    with pytest.raises(ErroPoema, match="'xz'"):
        v.codifica("zxa")


def test_aproveita_diz_o_que_trocou() -> None:
    v = Vocabulario.de_poemas(["o mar, a lua - cão"])
    assert v.aproveita("Ô Mãr — ☾@ñ") == (
        "o mãr - ",
        {"ô": "o", "—": "-", "☾": "", "@": "", "ñ": "n"} if "n" in v.tokens else
        {"ô": "o", "—": "-", "☾": "", "@": "", "ñ": ""},
    )  # fmt: skip
    assert v.aproveita("o mar") == ("o mar", {})


def test_json_vai_e_volta() -> None:
    v = Vocabulario.de_poemas(["é\n"], minusculas=False, terminador=False)
    assert Vocabulario.de_json(v.para_json()) == v


@pytest.mark.parametrize(
    "texto",
    ["{", "[]", "{}", '{"tokens": ["a", "@"], "minusculas": true, "terminador": "@", "tipo": "morfema"}',
     '{"tokens": ["ab", "a", "@"], "minusculas": true, "terminador": "@", "tipo": "silaba"}',
     '{"tokens": ["a", "", "@"], "minusculas": true, "terminador": "@", "tipo": "silaba"}',
     '{"tokens": ["ab"], "minusculas": true, "terminador": "@", "tipo": "caractere"}',
     '{"tokens": ["a", "a", "@"], "minusculas": true, "terminador": "@", "tipo": "caractere"}',
     '{"tokens": ["a"], "minusculas": true, "terminador": "@", "tipo": "caractere"}',
     '{"tokens": ["a", "a@", "@"], "minusculas": true, "terminador": "@", "tipo": "llm"}',
     '{"tokens": ["\\n", "a", "a\\n"], "minusculas": true, "terminador": null, "tipo": "llm"}'],
)  # fmt: skip
def test_json_alheio_e_recusado(texto: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Vocabulario.de_json(texto)


def test_comando_conta_e_aponta_os_raros(tmp_path: Path, roda: Roda) -> None:
    caminho = grava_poemas(tmp_path / "p.txt", ["aaa\nb", "aa"])
    feito = roda("vocabulario", caminho, "--raros", 2)
    assert feito.returncode == 0, feito.stderr
    assert "4 tokens distintos (caracteres)" in feito.stdout
    linhas = [linha.split() for linha in feito.stdout.splitlines()]
    assert ["a", "5", "55,56", "%"] in linhas
    assert ["@", "2", "22,22", "%", "fim", "de", "poema"] in linhas
    assert ["b", "1", "11,11", "%", "raro"] in linhas


def test_o_que_um_telefone_escreve_cabe_no_padrao() -> None:
    v = Vocabulario.de_json((RAIZ / "modelos_treinados/padrao/vocabulario.json").read_text(encoding="utf-8"))
    texto, trocas = v.aproveita("“o mar”; «a lua» & o sol… — só\u00a0eu")
    assert texto == "'o mar', 'a lua' e o sol... - só eu"
    assert all(trocas.values())


def test_o_padrao_aceita_tudo_o_que_aceitava() -> None:
    """A tabela só cresce: quem tinha uma letra parecida continua a ter."""
    v = Vocabulario.de_json((RAIZ / "modelos_treinados/padrao/vocabulario.json").read_text(encoding="utf-8"))
    conhecidos = set(v.tokens) - {v.terminador}
    for c in map(chr, range(0x3000)):
        minuscula = v.normaliza(c)
        if len(minuscula) == 1 and unicodedata.normalize("NFKD", minuscula)[0] in conhecidos:
            assert all(v.aproveita(c)[1].values()), c
