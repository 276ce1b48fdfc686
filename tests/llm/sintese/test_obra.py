"""O diário e os arquivos que dele se tiram nunca discordam, morra-se onde se morrer."""

import json
from pathlib import Path

import pytest

from conftest import RAIZ
from poema_top.base.erros import ErroPoema
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Resposta
from poema_top.llm.sintese.obra import DIARIO, abre, ao_lado
from poema_top.llm.sintese.pedidos import Receita, pedidos
from poema_top.texto.poemas import em_texto, le_poemas

POEMAS = le_poemas(RAIZ / "dataset" / "poemas-1k-rimados.txt")[:5]
RESPOSTAS = [POEMAS[0], f"Claro! Segue um poema:\n\n{POEMAS[1]}", "nada que preste", POEMAS[0], POEMAS[2]]
FICAM, SAEM = POEMAS[:3], 2


def escreve(saida: Path, quantas: int = len(RESPOSTAS)) -> None:
    """Uma vez que se roda, do ponto em que a anterior ficou."""
    with abre(saida) as obra:
        obra.comeca_sessao({"modelo": "llama3.1"})
        for pedido, texto in zip(pedidos(Receita()), RESPOSTAS[:quantas], strict=False):
            if pedido.chave not in obra.respondidas:
                obra.recebe(pedido, Resposta(texto, 7, 3), LLM())


def sem_datas(diario: Path) -> list[dict[str, object]]:
    linhas = [json.loads(linha) for linha in diario.read_text(encoding="utf-8").splitlines()]
    return [{k: v for k, v in linha.items() if k != "quando"} for linha in linhas if "sessao" not in linha]


@pytest.fixture
def inteira(tmp_path: Path) -> Path:
    saida = tmp_path / "inteira" / "p.txt"
    saida.parent.mkdir()
    escreve(saida)
    return saida


def test_o_que_fica_e_o_que_sai(inteira: Path) -> None:
    assert inteira.read_bytes() == em_texto(FICAM)
    fora = inteira.with_name("p.gera.descartados.txt").read_text(encoding="utf-8")
    assert fora == f"# curto demais\nnada que preste\n@\n# igual a outro\n{POEMAS[0]}\n@\n"


def test_morto_a_qualquer_byte_do_diario_acaba_igual(inteira: Path, tmp_path: Path) -> None:
    """A morte corta o diário num byte qualquer; os outros arquivos estão sempre atrás dele."""
    certo, poemas = inteira.with_name("p" + DIARIO).read_bytes(), inteira.read_bytes()
    inicio = certo.index(b'{"chave"')
    for corte in (0, 1, inicio - 1, inicio, *range(inicio + 1, len(certo), 97), len(certo) - 1):
        saida = tmp_path / f"{corte}.txt"
        ao_lado(saida, DIARIO).write_bytes(certo[:corte])
        escreve(saida)
        assert saida.read_bytes() == poemas
        linhas = sem_datas(ao_lado(saida, DIARIO))
        assert linhas == sem_datas(inteira.with_name("p" + DIARIO))
        with abre(saida) as obra:
            assert obra.contagem.respostas == len(RESPOSTAS)


def test_morto_a_qualquer_byte_dos_poemas_ou_dos_descartados_acaba_igual(inteira: Path) -> None:
    for arquivo in (inteira, inteira.with_name("p.gera.descartados.txt")):
        certo = arquivo.read_bytes()
        for corte in range(0, len(certo), 7):
            arquivo.write_bytes(certo[:corte])
            with abre(inteira) as obra:
                assert obra.tem == len(FICAM)
            assert arquivo.read_bytes() == certo
        arquivo.unlink()
        with abre(inteira):
            assert arquivo.read_bytes() == certo


def test_o_que_o_arquivo_ja_tinha_fica_e_nao_se_repete(tmp_path: Path) -> None:
    saida = tmp_path / "p.txt"
    saida.write_bytes(em_texto(POEMAS[2:4]))
    escreve(saida)
    escreve(saida)
    assert saida.read_bytes() == em_texto([*POEMAS[2:4], *POEMAS[:2]])
    with abre(saida) as obra:
        assert (obra.tem, obra.contagem.de_antes, len(obra.crivo.feita.descartados)) == (4, 2, 3)


@pytest.mark.parametrize(
    "estrago",
    [
        lambda saida: saida.write_bytes(saida.read_bytes().replace(b"a", b"e", 1)),
        lambda saida: saida.write_bytes(saida.read_bytes() + b"mais um\n@\n"),
        lambda saida: saida.write_bytes(b"@\n" + saida.read_bytes()),
    ],
)
def test_um_arquivo_que_mudou_por_fora_nao_se_toca(estrago: object, inteira: Path) -> None:
    estrago(inteira)  # type: ignore[operator]
    antes = inteira.read_bytes()
    with pytest.raises(ErroPoema, match="mudou desde que just gera o escreveu"), abre(inteira):
        pass
    assert inteira.read_bytes() == antes


def test_o_que_ja_la_estava_tambem_nao_pode_mudar(tmp_path: Path) -> None:
    saida = tmp_path / "p.txt"
    saida.write_bytes(em_texto(POEMAS[3:]))
    escreve(saida)
    saida.write_bytes(saida.read_bytes().replace(b"a", b"e", 1))
    with pytest.raises(ErroPoema, match="tinha antes de just gera mudou"), abre(saida):
        pass


def test_um_arquivo_que_nao_acaba_num_fim_de_poema_nao_se_continua(tmp_path: Path) -> None:
    saida = tmp_path / "p.txt"
    saida.write_text("um verso\n@\noutro verso", encoding="utf-8")
    with pytest.raises(ErroPoema, match="não acaba numa linha @"), abre(saida):
        pass
    assert saida.read_text(encoding="utf-8") == "um verso\n@\noutro verso"


@pytest.mark.parametrize("linha", ["isto não é JSON", "[1]", '{"outra": "coisa"}'])
def test_uma_linha_inteira_que_nao_e_do_diario_se_diz(linha: str, inteira: Path) -> None:
    diario = inteira.with_name("p" + DIARIO)
    diario.write_text(diario.read_text(encoding="utf-8") + linha + "\n", encoding="utf-8")
    with pytest.raises(ErroPoema, match=r"a linha 8 de .* não é de um diário"), abre(inteira):
        pass


def test_dois_ao_mesmo_tempo_nao(inteira: Path) -> None:
    with abre(inteira), pytest.raises(ErroPoema, match="outro just gera"), abre(inteira):
        pass
