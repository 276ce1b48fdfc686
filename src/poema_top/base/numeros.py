"""Números como se escrevem no Brasil, e um que vem do navegador."""

SEMENTE_MAXIMA = 2**53 - 1  # o maior inteiro que o JavaScript guarda sem arredondar


def milhar(numero: int) -> str:
    """Escreve um inteiro com o ponto de milhar brasileiro: 179772 -> "179.772"."""
    return f"{numero:,}".replace(",", ".")


def breve(numero: float) -> str:
    """Escreve um número com a vírgula e só as casas que ele tem: 0.6 -> "0,6", 1.0 -> "1"."""
    return f"{numero:g}".replace(".", ",")


def decimal(numero: float, casas: int) -> str:
    """Escreve um número com a vírgula decimal brasileira: 0.9554 em 3 casas -> "0,955"."""
    return f"{numero:.{casas}f}".replace(".", ",")
