"""A avaliação em tabelas, para ler no terminal."""

from collections.abc import Callable, Mapping, Sequence

from poema_top.avaliacao.perda import Perda
from poema_top.avaliacao.qualidade import Qualidade, faixa_util
from poema_top.base.numeros import breve, decimal, milhar


def por_cento(parcela: float) -> str:
    """0.0567 -> "5,7 %"."""
    return f"{decimal(100 * parcela, 1)} %"


def _faixa(quantis: tuple[float, float, float]) -> str:
    decimo, mediana, nono = (decimal(q, 0) for q in quantis)
    return f"{mediana} ({decimo}-{nono})"


LINHAS: tuple[tuple[str, Callable[[Qualidade], str]], ...] = (
    ("2-gramas inválidos", lambda q: f"{decimal(100 * q.pares_invalidos, 3)} %"),
    ("palavras inválidas", lambda q: por_cento(q.palavras_invalidas)),
    ("  nem no dicionário", lambda q: por_cento(q.palavras_inventadas)),
    ("versos copiados", lambda q: por_cento(q.versos_copiados)),
    ("versos distintos", lambda q: por_cento(q.versos_distintos)),
    ("repetidos no poema", lambda q: por_cento(q.versos_repetidos)),
    ("maior cópia", lambda q: f"{q.maior_copia} letras"),
    ("acabam sozinhos", lambda q: por_cento(q.acabam)),
    ("versos por poema", lambda q: _faixa(q.versos_por_poema)),
    ("  distância ao treino", lambda q: decimal(q.distancia_versos, 2)),
    ("letras por poema", lambda q: _faixa(q.caracteres_por_poema)),
    ("  distância ao treino", lambda q: decimal(q.distancia_caracteres, 2)),
    ("versos que rimam", lambda q: por_cento(q.rimas)),
)
NOTAS = ("nota do crítico: gramática", "  coerência", "  beleza")


def mostra_perda(texto: str, modelos: Mapping[str, tuple[Perda, int]]) -> None:
    """A perda de cada modelo; um texto que o modelo leu no treino não é chamado de reservado."""
    print(f"perda em: {texto}")
    for nome, (p, sobrepostos) in modelos.items():
        print(f"  {nome}: {milhar(p.poemas)} poemas, {milhar(p.caracteres)} caracteres")
        print(
            f"    {decimal(p.nats, 3)} nat por caractere (95 %: {decimal(p.minimo, 3)} a "
            f"{decimal(p.maximo, 3)}) = {decimal(p.bits, 3)} bits; perplexidade {decimal(p.perplexidade, 2)}"
        )
        if sobrepostos:
            print(
                f"    NÃO é texto reservado: {milhar(sobrepostos)} dos {milhar(p.poemas)} poemas "
                "estão no treino deste modelo, e a perda mede memória."
            )
        else:
            print("    texto reservado: nenhum destes poemas está no treino")


def _mostra_notas(medidas: Sequence[Qualidade], erro: Sequence[float]) -> None:
    """As notas do crítico, se há um, com o erro dele num poema só."""
    if not any(q.critico for q in medidas):
        return
    for i, rotulo in enumerate(NOTAS):
        notas = [decimal(q.critico[i], 1) if q.critico else "-" for q in medidas]
        print(f"{rotulo:<27}" + f"{notas[0]:>13}" + "".join(f"{nota:>16}" for nota in notas[1:]))
    erros = ", ".join(decimal(e, 1) for e in erro)
    print(
        f"  (é um crítico, e não um leitor: num poema só, erra em geral {erros}; aprendeu a ordenar "
        "os poemas de um modelo, e os reais ele não sabe julgar)"
    )


def mostra_qualidade(
    modelos: Mapping[str, tuple[Sequence[Qualidade], Qualidade]], erro: Sequence[float] = ()
) -> None:
    """Uma tabela por modelo: uma coluna por temperatura, e a dos poemas reais com que se comparam.

    Args:
        modelos: o que se mediu de cada um, e dos poemas reais.
        erro: o do crítico, se ele deu notas.
    """
    for nome, (medidas, real) in modelos.items():
        print(f"\ngeração de {nome}: {milhar(medidas[0].caracteres)} caracteres ou mais por temperatura")
        titulos = [breve(q.temperatura or 0) for q in medidas]
        print(f"{'temperatura':<24}" + "".join(f"{titulo:>16}" for titulo in [*titulos, "poemas reais"]))
        for rotulo, valor in LINHAS:
            print(f"{rotulo:<24}" + "".join(f"{valor(q):>16}" for q in (*medidas, real)))
        _mostra_notas([*medidas, real], erro)
        if faixa := faixa_util(medidas, real):
            de, ate = (decimal(t, 2) for t in faixa)
            print(
                f"faixa útil: de {de} a {ate} (copia menos que os poemas reais, e quase não inventa palavras)"
            )
        else:
            print("faixa útil: nenhuma nestas temperaturas; abaixo dela o modelo copia, acima delira")
