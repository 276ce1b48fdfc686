r"""A limpeza: o que sai, o que fica, e que toda letra que sai é contada."""

from collections import Counter
from pathlib import Path

import pytest

from conftest import RAIZ
from poema_top.texto.contas import Contas
from poema_top.texto.limpeza import limpa
from poema_top.texto.poemas import le_poemas

RIO = "o rio passa\ne não volta"

# O que veio -> o que fica. Saídas de modelos de linguagem e arquivos de gente.
CASOS = {
    # apresentações
    "claro": (f"Claro! Segue um poema:\n\n{RIO}", RIO),
    "claro colado": (f"Claro! Segue um poema:\n{RIO}", RIO),
    "com certeza": (f"Com certeza! Aqui está:\n\n{RIO}", RIO),
    "aqui está": (f"Aqui está um poema sobre o rio:\n\n{RIO}", RIO),
    "aqui está colado": (f"Aqui está um pequeno poema sobre o rio:\n{RIO}", RIO),
    "aqui vai": (f"Aqui vai:\n\n{RIO}", RIO),
    "eis": (f"Eis um soneto em português:\n\n{RIO}", RIO),
    "o que pediu": (f"Aqui está o poema que você pediu:\n\n{RIO}", RIO),
    "okay": (f"Okay, aqui estão dois versos sobre o rio:\n\n{RIO}", RIO),
    "só claro": (f"Claro!\n\n{RIO}", RIO),
    "duas apresentações": (f"Claro!\n\nAqui vai um haicai:\n\n{RIO}", RIO),
    "negrito na apresentação": (f"**Aqui está um poema:**\n\n{RIO}", RIO),
    "em inglês": (f"Sure! Here is a short poem about the river:\n\n{RIO}", RIO),
    "papel": (f"Assistente:\n{RIO}", RIO),
    "pedido repetido": (f"Usuário: escreva um poema\n\n{RIO}", RIO),
    "criei": (f"Criei um poema sobre o rio para você:\n\n{RIO}", RIO),
    # o que só parece apresentação
    "aqui está o coração": (f"Aqui está o meu coração:\n{RIO}", None),
    "aqui está sozinho": (f"Aqui está o meu coração:\n\n{RIO}", None),
    "claro no verso": (f"Claro que te amo,\n{RIO}", None),
    "claro como a lua": ("Claro! disse a lua\npara o mar", None),
    "eis os versos": (f"Eis os versos que te fiz:\n\n{RIO}", None),
    "aqui estão os versos": (f"Aqui estão os versos que te dei:\n{RIO}", None),
    "certeza no verso": (f"Com certeza choverá amanhã\n\n{RIO}", None),
    "apresentação no meio": (f"{RIO}\n\nAqui está um poema:\n\n{RIO}s", None),
    "poema no verso": ("um poema é um rio:\npassa e fica", None),
    "resposta no verso": ("Resposta: não há\nquem saiba do mar", None),
    # despedidas
    "gostado": (f"{RIO}\n\nEspero que tenha gostado!", RIO),
    "gostado colado": (f"{RIO}\nEspero que você tenha gostado!", RIO),
    "goste": (f"{RIO}\n\nEspero que goste do poema!", RIO),
    "se quiser": (f"{RIO}\n\nSe quiser, posso escrever outro poema.", RIO),
    "quer que eu": (f"{RIO}\n\nQuer que eu ajuste o tom ou o estilo?", RIO),
    "à vontade": (f"{RIO}\n\nFique à vontade para pedir mais!", RIO),
    "duas despedidas": (f"{RIO}\n\nEspero que tenha gostado!\n\nSe precisar de ajustes, me avise!", RIO),
    "comentário": (
        f"{RIO}\n\nEste poema explora a passagem do tempo usando a imagem de um rio que corre.",
        RIO,
    ),
    "as duas pontas": (f"Claro! Segue um poema:\n\n{RIO}\n\nEspero que tenha gostado! 😊", RIO),
    # o que só parece despedida
    "espero que gostes": (f"{RIO}\n\nEspero que gostes de mim", None),
    "espero no meio": (f"Espero que tenha gostado!\n\n{RIO}", None),
    "se quiser ficar": (f"{RIO}\n\nSe quiser ficar, fica.", None),
    "me diga": (f"{RIO}\n\nMe diga se ainda me ama", None),
    "posso": (f"{RIO}\n\nPosso morrer de amor?", None),
    "este poema": (f"{RIO}\n\nEste poema fala de ti.", None),
    # notas
    "nota": (f"{RIO}\n\nNota: as rimas são alternadas.", RIO),
    "nota em negrito": (f"{RIO}\n\n**Nota:** as rimas são alternadas.", RIO),
    "nota entre parênteses": (f"{RIO}\n(Nota: o rio é o tempo)", RIO),
    "observação": (f"{RIO}\n\nObservação: usei redondilhas.", RIO),
    "explicação com itens": (f"{RIO}\n\n**Explicação:**\n\n- o rio é o tempo\n- a volta, a memória", RIO),
    "note que": (f"{RIO}\n\nNote que o poema tem rimas internas.", RIO),
    "note bem": (f"{RIO}\n\nNote bem, meu amor:\no rio sou eu", None),
    "nota musical": (f"uma nota: dó\n\n{RIO}", None),
    # Markdown, HTML, cercas, números, rótulos
    "título em negrito": (f"**A lua**\n\n{RIO}", f"A lua\n\n{RIO}"),
    "título com #": (f"## A lua\n\n{RIO}", f"A lua\n\n{RIO}"),
    "título com rótulo": (f"**Título:** A lua\n\n{RIO}", f"A lua\n\n{RIO}"),
    "rótulo sem negrito": (f"Título: A lua\n\n{RIO}", f"A lua\n\n{RIO}"),
    "negrito em vários versos": ("**o rio passa\ne não volta**", RIO),
    "itálico": ("o *rio* passa\ne _não_ volta", RIO),
    "citação": ("> o rio passa\n> e não volta", RIO),
    "cerca": (f"```text\n{RIO}\n```", RIO),
    "régua": (f"{RIO}\n\n---\n\n{RIO}s", f"{RIO}\n\n{RIO}s"),
    "br": ("o rio passa<br>\ne não volta<br/>", RIO),
    "p": ("<p>o rio passa<br>e não volta</p>", RIO),
    "turno": (f"<|im_start|>assistant\n{RIO}<|im_end|></s>", RIO),
    "entidade": ("o rio passa&nbsp;\ne n&atilde;o volta", RIO),
    "barra no fim": ("o rio passa\\\ne não volta", RIO),
    "dois espaços": ("o rio passa  \ne não volta", RIO),
    "quebras escritas": ("o rio passa\\ne não volta", RIO),
    "número do poema": (f"12.\n\n{RIO}", RIO),
    "número romano": (f"XIV\n\n{RIO}", RIO),
    "poema n": (f"Poema 3: O rio\n\n{RIO}", f"O rio\n\n{RIO}"),
    "título numerado": (f"3. O rio\n\n{RIO}", f"O rio\n\n{RIO}"),
    "título numerado em negrito": (f"**3. O rio**\n{RIO}", f"O rio\n{RIO}"),
    "versos numerados": ("1. o rio\n2. o mar\n3. o sol", "o rio\no mar\no sol"),
    "número no verso": ("2 rios passam\ne não voltam", None),
    "refrão": (f"[Refrão]\n{RIO}\n\n(Estrofe 2)\n{RIO}s", f"{RIO}\n\n{RIO}s"),
    "travessão de fala": ("- quem és?\n- o rio", None),
    "asterisco só": ("o rio * o mar\ne a lua", None),
    # caracteres
    "aspas": ("“o rio” «passa»\n‘e não’ volta", "\"o rio\" \"passa\"\n'e não' volta"),
    "traços e reticências": ("o rio — passa…\ne não‑volta", "o rio - passa...\ne não-volta"),
    "espaço que não quebra": ("o\u00a0rio\u2009passa\ne não volta", RIO),
    "largura zero": ("o ri\u200bo passa\ne nã\u00ado volta", RIO),
    "acento solto": ("o rio passa\ne na\u0303o volta", RIO),
    "controles": ("o rio\x07 passa\ne\x00 não volta", RIO),
    "emoji": ("o rio passa 🌊\n✨ e não volta ❤️", RIO),
    "letras raras": ("è ñ ü ß ø & º ª § [x]\né só um verso", None),
    "outro alfabeto": ("река течёт\nи не вернётся", None),
    "ligadura": ("o ﬁm do rio\nﬂui", "o fim do rio\nflui"),
    "laço": ("a lua\n" * 30 + "o fim", "a lua\na lua\no fim"),
    "laço de dois": ("a lua\no mar\n" * 10, "a lua\no mar\na lua\no mar"),
    "refrão de cinco": ("a lua\n" * 5 + "o fim", None),
}  # fmt: skip


@pytest.mark.parametrize("caso", CASOS)
def test_cada_caso(caso: str) -> None:
    veio, fica = CASOS[caso]
    assert limpa([veio]).poemas == [veio if fica is None else fica]


def test_ha_casos_bastantes() -> None:
    assert len(CASOS) >= 60


DESCARTES = {
    "vazio": ("***", "sem nenhum verso"),
    "só a apresentação": ("Claro! Segue um poema:", "sem nenhum verso"),
    "só a despedida": ("Espero que tenha gostado!", "sem nenhum verso"),
    "@ no meio": ("escreva a fulano@exemplo.com\ntodo dia", "@ no meio de um verso"),
    "recusa": ("Desculpe, mas não posso escrever sobre isso.", "recusa da LLM"),
}


@pytest.mark.parametrize("caso", DESCARTES)
def test_cada_descarte_diz_o_motivo(caso: str) -> None:
    veio, motivo = DESCARTES[caso]
    feita = limpa([RIO, veio])
    assert feita.poemas == [RIO]
    assert feita.descartados == [(motivo, veio)]
    assert feita.descartes[motivo].textos == 1


def test_titulos_saem_quando_se_pede() -> None:
    poemas = [f"**A lua**\n\n{RIO}", f"O MAR\n{RIO}s", f"Soneto à toa\n\n{RIO}!\n\nfim", f"{RIO}?\n\nfim"]
    assert limpa(poemas, titulos="tira").poemas == [RIO, f"{RIO}s", f"{RIO}!\n\nfim", f"{RIO}?\n\nfim"]


def test_repetidos_conforme_se_pede() -> None:
    a, b = "um\ndois\ntrês\nquatro", "um\ndois\noutro\nverso"
    poemas = [a, b, a.upper(), "cinco\nseis"]
    assert limpa(poemas).poemas == [a, b, "cinco\nseis"]
    assert limpa(poemas, repetidos_="parecidos").poemas == [a, "cinco\nseis"]
    assert limpa(poemas, repetidos_="deixa").poemas == poemas
    (par,) = limpa(poemas).parecidos
    assert (par.primeiro, par.segundo, par.comuns, par.versos) == (0, 1, 2, 4)


@pytest.mark.parametrize("arquivo", ["poemas-10k.txt", "poemas-10k-variados.txt"])
def test_dos_poemas_do_projeto_nada_se_perde(arquivo: str) -> None:
    poemas = le_poemas(RAIZ / "dataset" / arquivo)
    feita = limpa(poemas)
    assert feita.poemas == poemas
    assert not feita.mudancas
    assert not feita.descartes


def test_as_contas_dizem_a_regra_o_exemplo_e_as_letras() -> None:
    feita = limpa([f"Claro! Segue um poema:\n\n{RIO}", f"Aqui vai um poema:\n\n{RIO}s", "o mar"])
    conta = feita.mudancas["apresentação da LLM"]
    assert conta.textos == 2
    assert conta.exemplo == ("Claro! Segue um poema:", "")
    assert conta.tiradas.total() == len("ClaroSegueumpoema") + len("Aquivaiumpoema")
    assert conta.postas == Counter()


def test_contas_somam_cada_poema_uma_vez() -> None:
    contas, minhas = Contas(), Contas()
    minhas.aplica("regra", lambda t: t[1:], "abc")
    minhas.aplica("regra", lambda t: t[1:], "bc")
    contas.soma(minhas)
    assert contas["regra"].textos == 1
    assert contas["regra"].tiradas == Counter("ab")


def test_um_arquivo_de_verdade_sai_limpo(tmp_path: Path) -> None:
    caminho = tmp_path / "p.txt"
    caminho.write_text(f"Aqui vai:\n\n{RIO}\n@\n{RIO}\n@\n", encoding="utf-8")
    assert limpa(le_poemas(caminho)).poemas == [RIO]
