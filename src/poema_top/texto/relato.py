"""O que se diz a quem deu os textos: o que se leu, como se separou, o que ficou de fora."""

from collections import Counter, defaultdict

from poema_top.base.numeros import milhar
from poema_top.base.visivel import visivel
from poema_top.texto.colecao import Colecao, Lido
from poema_top.texto.paginas import PAGINAS
from poema_top.texto.separacao import MAIOR, conta

_CASOS = 5  # de cada coisa, quantos se mostram um a um


def relata(colecao: Colecao) -> list[str]:
    """Uma linha por coisa que a pessoa pode querer conferir, depois de lidos os poemas."""
    return [
        _arquivos(colecao),
        *_notas(colecao),
        *_separacao(colecao),
        *_gigantes(colecao),
        *_fora(colecao),
    ]


def no_formato(colecao: Colecao) -> bool:
    """Se o que se leu é um arquivo só, em UTF-8, com os poemas fechados por @: o que o treino lê."""
    if len(colecao.lidos) != 1 or colecao.contas or colecao.lidos[0].decifrado.notas:
        return False
    lido = colecao.lidos[0]
    return lido.separado.regra == "arroba" and lido.decifrado.codificacao.startswith("UTF-8")


def _arquivos(colecao: Colecao) -> str:
    modos = Counter(lido.decifrado.codificacao for lido in colecao.lidos)
    if len(colecao.lidos) == 1:
        return f"li {visivel(str(colecao.lidos[0].caminho), 200)}, em {next(iter(modos))}"
    ditos = "; ".join(f"{milhar(n)} em {modo}" for modo, n in modos.most_common())
    return f"li {milhar(len(colecao.lidos))} arquivos: {ditos}"


def _notas(colecao: Colecao) -> list[str]:
    ditas = []
    for lido in colecao.lidos:
        nome = visivel(lido.caminho.name)
        ditas += [f"  {nome}: {nota}" for nota in lido.decifrado.notas]
        if duas := lido.decifrado.de_dois_jeitos:
            outra = next(c for n, c in PAGINAS.items() if duas.endswith(f"({n})"))
            ditas.append(
                f"  {nome} tem duas leituras: {duas}; fiquei com o primeiro; o outro: --codificacao {outra}"
            )
    return _alguns(ditas, "notas como essas")


def _separacao(colecao: Colecao) -> list[str]:
    if len(colecao.lidos) == 1:
        return [_de_um(colecao.lidos[0], colecao.separa)]
    por_regra: defaultdict[str, list[Lido]] = defaultdict(list)
    for lido in colecao.lidos:
        por_regra[lido.separado.regra].append(lido)
    ditas = []
    for regra, lidos in por_regra.items():
        quantos = conta(sum(len(lido.separado.poemas) for lido in lidos), regra)
        sem = " (sem nenhuma linha @)" if regra != "arroba" and colecao.separa == "auto" else ""
        arquivos = f"{milhar(len(lidos))} arquivo{'s' * (len(lidos) > 1)}"
        ditas.append(f"  {quantos}, em {arquivos}{sem}; é o que --separa {regra} faz")
    return ditas


def _de_um(lido: Lido, pedida: str) -> str:
    feito = lido.separado
    if pedida != "auto" or feito.regra == "arroba":
        return f"  {feito.conta()}"
    if feito.regra == "arquivo":
        return (
            "  não achei nenhuma linha @ nem outra divisão: 1 poema; se são vários, veja --separa em --help"
        )
    duvida = f"; se não é isso, --separa {feito.outra}" if feito.outra else ""
    usei = f"use --separa {feito.regra} (foi o que usei){duvida}"
    return f"  não achei nenhuma linha @; vejo {feito.conta()}: {usei}"


def _gigantes(colecao: Colecao) -> list[str]:
    maiores = [
        (max(poema.count("\n") + 1 for poema in lido.separado.poemas), lido)
        for lido in colecao.lidos
        if lido.separado.poemas
    ]
    versos, lido = max(maiores, key=lambda par: par[0], default=(0, None))
    if lido is None or versos <= MAIOR:
        return []
    nome = visivel(lido.caminho.name)
    return [f"  atenção: o maior poema tem {milhar(versos)} linhas ({nome}); se são vários, veja --separa"]


def _fora(colecao: Colecao) -> list[str]:
    ditas = [f"  não li {visivel(str(nome), 100)}: {motivo}" for nome, motivo in colecao.fora]
    return _alguns(ditas, "que não li")


def _alguns(ditas: list[str], quais: str) -> list[str]:
    sobra = len(ditas) - _CASOS
    return ditas if sobra <= 1 else [*ditas[:_CASOS], f"  … e mais {milhar(sobra)} {quais}"]
