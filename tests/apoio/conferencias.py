"""Conferências que vários testes fazem."""

import subprocess

# Os 60 caracteres do projeto original: os que o README dele lista, o espaço e a quebra de linha.
ORIGINAL = "\n !\"'(),-./012357:;?abcdefghijklmnopqrstuvwxyzàáâãçèéêíóôõúü"


def uma_linha(feito: "subprocess.CompletedProcess[str]", *pedacos: str) -> None:
    assert feito.returncode == 2, feito.stderr
    linhas = feito.stderr.strip().splitlines()
    assert len(linhas) == 1, feito.stderr
    assert linhas[0].startswith("erro: ")
    for pedaco in pedacos:
        assert pedaco in linhas[0]
