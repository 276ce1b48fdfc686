"""Um processo de medida: quanto um modelo erra, por letra, em arquivos de poemas que ele não leu."""

import json
import sys
from pathlib import Path

from poema_top.base.erros import executa
from poema_top.geracao import checkpoint
from poema_top.rede.modelo import carrega
from poema_top.texto.corpus import Corpus
from poema_top.texto.poemas import le_poemas
from poema_top.treino.validacao import nats_por_caractere


def principal() -> None:
    """Lê o modelo de uma pasta e diz numa linha JSON os nats e as letras de cada arquivo."""
    pasta, *arquivos = map(Path, sys.argv[1:])
    treinado = checkpoint.le(pasta)
    vocabulario, janela = treinado.vocabulario, treinado.ficha["configuracao"]["janela"]
    modelo = carrega(treinado.pasta / checkpoint.MODELO)
    medidas = []
    for arquivo in arquivos:
        corpus = Corpus.de_poemas(le_poemas(arquivo), vocabulario)
        nats = nats_por_caractere(modelo, corpus, vocabulario.id_separador, janela)
        medidas.append({"nats": nats, "letras": corpus.caracteres})
    print(json.dumps(medidas))


if __name__ == "__main__":
    executa(principal)
