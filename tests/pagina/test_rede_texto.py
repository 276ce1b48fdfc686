"""O texto em rede.js contra o do Python: sílabas, vocabulário, o começo pedido e o fim do poema."""

import re

import numpy as np
import pytest

from apoio.poeta import Poeta
from conftest import RAIZ
from poema_top.base.erros import ErroPoema
from poema_top.geracao.inicio import Inicio
from poema_top.geracao.pagina import Forma, empacota
from poema_top.geracao.poema import poema
from poema_top.texto.pedacos import PALAVRA, SILABA, TIPOS
from poema_top.texto.silabas import divide
from poema_top.texto.tipografia import PARECIDOS
from poema_top.texto.vocabulario import Vocabulario

POEMAS = ["O mar é azul,\no mato é alto!", "o marido cai — a água é fria", "um ²ruído? na ruína, coração"]


@pytest.fixture(scope="module")
def poeta(poeta: Poeta) -> Poeta:
    for tipo in TIPOS:
        poeta.abre(tipo, de_mentira(vocabulario(tipo)))
    return poeta


def vocabulario(tipo: str) -> Vocabulario:
    da_llm = [" mar", " mari", "mar é", "ul,\n", "ido", "água", " ", "²ru", "é a"]
    return Vocabulario.de_poemas(POEMAS, tipo=tipo, da_llm=da_llm)


def de_mentira(v: Vocabulario) -> bytes:
    """Um modelo de pesos zero, só para levar o vocabulário."""
    forma = Forma(len(v), (2,))
    return empacota(v, forma, [np.zeros(f, np.float32) for f in forma.dos_pesos()], "hoje")


def palavras() -> list[str]:
    """As conferidas à mão, as dos poemas e outras ao acaso, com letras que as regras olham."""
    conferidas = re.findall(r"[^\W\d_]+", (RAIZ / "tests/texto/silabas.txt").read_text(encoding="utf-8"))
    lidas = re.findall(r"[^\W\d_]+", (RAIZ / "dataset/poemas-10k.txt").read_text(encoding="utf-8"))
    acaso = np.random.default_rng(3)
    letras = list("aeiouáéíóúâêôãõàüyqgurslmnhctbdfpvxzçjİßÉÃ")
    sorteadas = ("".join(acaso.choice(letras, acaso.integers(1, 12))) for _ in range(20_000))
    return list(dict.fromkeys([*conferidas, *lidas, *sorteadas, "x", "áiao", "subr", "uai", "Yara"]))


def test_as_silabas_sao_as_do_python(poeta: Poeta) -> None:
    todas = palavras()
    assert len(todas) > 20_000
    divididas = poeta.faz("(palavras) => palavras.map(Poeta.divideEmSilabas)", todas)
    diferentes = {p: d for p, d in zip(todas, divididas, strict=True) if tuple(d) != divide(p)}
    assert diferentes == {}


def textos(quantos: int) -> list[str]:
    """Textos ao acaso, do que os poemas têm e do que um teclado escreve."""
    acaso = np.random.default_rng(5)
    proprios = [*POEMAS[0], *"aeo rmz", " mar", "mari", "água", "\n", " ", "@", "É", "e\u0301"]
    alheios = [*"☾ÀçŁ𝒳½Ⅷ", "ﬁ", "İ", *list(PARECIDOS)[::4]]
    todos = proprios * 4 + alheios
    return ["".join(acaso.choice(todos, acaso.integers(0, 9))) for _ in range(quantos)]


@pytest.mark.parametrize("tipo", TIPOS)
def test_o_que_se_digita_vira_os_mesmos_ids(poeta: Poeta, tipo: str) -> None:
    v, todos = vocabulario(tipo), [*textos(600), *POEMAS]
    funcao = """(tipo, textos) => textos.map((texto) => {
      const { vocabulario } = modelos[tipo], { texto: aceito, trocas } = vocabulario.aproveita(texto);
      return [aceito, [...trocas], vocabulario.codifica(aceito)];
    })"""
    for texto, (aceito, trocas, ids) in zip(todos, poeta.faz(funcao, tipo, todos), strict=True):
        esperado, trocas_esperadas = v.aproveita(texto)
        assert (aceito, dict(trocas)) == (esperado, trocas_esperadas)
        assert ids == v.codifica(esperado).tolist()


def test_o_desconhecido_se_diz(poeta: Poeta) -> None:
    funcao = (
        "(texto) => { try { modelos.silaba.vocabulario.codifica(texto); } catch (e) { return e.message; } }"
    )
    assert poeta.faz(funcao, "o w") == "o modelo não conhece: w"


def podem(inicio: Inicio, v: Vocabulario) -> list[int]:
    return np.flatnonzero(np.isfinite(inicio.limita(np.zeros(len(v), np.float32)))).tolist()


@pytest.mark.parametrize("tipo", TIPOS)
def test_o_comeco_deixa_vir_os_mesmos_tokens(poeta: Poeta, tipo: str) -> None:
    """Passo a passo, escolhendo ao acaso entre os que podem vir, até o começo acabar."""
    v, acaso = vocabulario(tipo), np.random.default_rng(2)
    roteiros = []
    for texto in [*textos(300), *(p[:n] for p in POEMAS for n in range(1, len(p)))]:
        comeco = v.aproveita(texto)[0]
        inicio, passos = Inicio(comeco, v), []
        while inicio:
            quais = podem(inicio, v)
            passos.append((quais, int(acaso.choice(quais))))
            inicio.segue(passos[-1][1])
        roteiros.append((comeco, passos))
    assert any(len(quais) > 1 for _, passos in roteiros for quais, _ in passos) == (tipo != "caractere")
    funcao = """(tipo, roteiros) => roteiros.map(([comeco, passos]) => {
      const { vocabulario } = modelos[tipo], inicio = new Poeta.Inicio(comeco, vocabulario);
      const zeros = new Float32Array(vocabulario.tokens.length);
      const vistos = passos.map(([, escolhido]) => {
        const limitados = inicio.limita(zeros), todos = [...zeros.keys()];
        const livres = todos.filter((id) => limitados[id] === 0);
        const podem = inicio.imposto === undefined ? livres : [inicio.imposto];
        inicio.segue(escolhido);
        return podem;
      });
      return [vistos, inicio.ids.length, inicio.resto];
    })"""
    for (comeco, passos), (vistos, ids, resto) in zip(
        roteiros, poeta.faz(funcao, tipo, roteiros), strict=True
    ):
        assert vistos == [quais for quais, _ in passos], comeco
        assert (ids, resto) == (0, "")


def test_comeco_impossivel_e_erro_dos_dois_lados(poeta: Poeta) -> None:
    with pytest.raises(ErroPoema):
        Inicio("o w", vocabulario(SILABA))
    funcao = """(vocabulario = modelos.silaba.vocabulario) => {
      try { new Poeta.Inicio('o w', vocabulario); } catch (e) { return e.message; }
    }"""
    assert poeta.faz(funcao) == "o modelo não conhece: w"


@pytest.mark.parametrize("maximo", [1, 7, 40, 1000])
def test_o_poema_acaba_e_se_limpa_igual(poeta: Poeta, maximo: int) -> None:
    acaso = np.random.default_rng(maximo)
    tokens = [
        "@",
        "\n",
        " ",
        "  ",
        "\n\n",
        "a",
        " mar",
        "ré\n",
        "\n\n\n\n",
        "b c",
        "\x85",
        "\ufeff",
        "\x1f",
        "𝒳𝒴z",
    ]
    fluxos = [acaso.choice(tokens, 60).tolist() for _ in range(400)]
    funcao = """(fluxos, terminador, maximo) => fluxos.map((tokens) => {
      const poema = new Poeta.Poema(terminador ?? undefined, maximo);
      for (const token of tokens) if (!poema.acabou) poema.recebe(token);
      return poema.texto;
    })"""
    for terminador in ("@", None):
        escritos = poeta.faz(funcao, fluxos, terminador, maximo)
        assert escritos == [poema(fluxo, terminador, maximo) for fluxo in fluxos]


def test_palavras_de_uma_letra_e_vazias(poeta: Poeta) -> None:
    v = vocabulario(PALAVRA)
    assert poeta.faz("(t) => modelos.palavra.vocabulario.codifica(t)", "") == []
    assert poeta.faz("(t) => modelos.palavra.vocabulario.codifica(t)", " a") == v.codifica(" a").tolist()
