"""As contas do que se leu e do que a limpeza fez, em tabela."""

from poema_top.base.numeros import decimal, milhar
from poema_top.base.visivel import visivel
from poema_top.texto.contas import Conta, Contas
from poema_top.texto.limpeza import Limpeza, raros
from poema_top.texto.repetidos import essencia


def numeros(poemas: list[str]) -> list[str]:
    """Quantos poemas, versos e caracteres, como vieram."""
    quantos = max(len(poemas), 1)
    versos = sum(bool(verso.strip()) for poema in poemas for verso in poema.split("\n"))
    letras = sum(map(len, poemas))
    iguais = len(poemas) - len({essencia(poema) for poema in poemas})
    maior = milhar(max(map(len, poemas), default=0))
    return [
        f"  poemas      {milhar(len(poemas)):>11}   ({milhar(iguais)} repetidos)",
        f"  versos      {milhar(versos):>11}   ({decimal(versos / quantos, 1)} por poema)",
        f"  caracteres  {milhar(letras):>11}   ({decimal(letras / quantos, 1)} por poema, {maior} no maior)",
    ]


def tabela(feita: Limpeza, antes: Contas) -> list[str]:
    """O que cada regra mudou ou descartou, com um exemplo, e o que merece um olhar."""
    linhas = []
    for titulo, contas in (
        ("nos arquivos", antes),
        ("mudei", feita.mudancas),
        ("descartei", feita.descartes),
    ):
        if contas:
            unidade = "quantos" if contas is antes else "poemas"
            linhas.append(f"  {titulo:<26} {unidade:>7} {'letras':>7}  exemplo")
        linhas += [_linha(nome, conta) for nome, conta in contas.items()]
    if feita.descartes:
        linhas.append(f"  {motivos(feita)}")
    return [*(linhas or ["  nada a limpar"]), *_parecidos(feita), *_raros(feita.poemas)]


def _linha(nome: str, conta: Conta) -> str:
    de, para = (visivel(texto, 36) for texto in conta.exemplo)
    exemplo = (
        f"“{de}”" + (f" -> “{para}”" if para else " saiu" if de else "") if de or para else "linhas em branco"
    )
    return f"    {nome:<24} {milhar(conta.textos):>7} {milhar(conta.tiradas.total()):>7}  {exemplo}"


def motivos(feita: Limpeza) -> str:
    """Numa linha: "descartei 10 poemas: igual a outro em 7, ..."."""
    quantos = len(feita.descartados)
    ditos = ", ".join(f"{motivo} em {milhar(conta.textos)}" for motivo, conta in feita.descartes.items())
    return f"descartei {milhar(quantos)} poema{'s' * (quantos != 1)}: {ditos}"


def _parecidos(feita: Limpeza) -> list[str]:
    if not feita.parecidos:
        return []
    par = feita.parecidos[0]
    quantos = milhar(len({par.segundo for par in feita.parecidos}))
    caso = (
        f"o {milhar(par.segundo + 1)}º tem {par.comuns} de {par.versos} versos do {milhar(par.primeiro + 1)}º"
    )
    return [f"  parecidos (metade dos versos ou mais): {quantos}; {caso}; --repetidos parecidos os tira"]


def _raros(poemas: list[str]) -> list[str]:
    achados = raros(poemas, 3 if len(poemas) >= 100 else 2)
    if not achados or len(poemas) < 10:
        return []
    ditos = " ".join(f"{visivel(c)}:{n}" for c, n in list(achados.items())[:20])
    return [f"  caracteres raros, em tão poucos poemas que o modelo mal os aprende: {ditos}"]
