"""O crítico: aprende a dar notas a poemas com as que um leitor deu, e guarda o que cada modelo leu."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema_top.base.arquivos import RAIZ, prova_que_grava, relativo
from poema_top.base.erros import executa
from poema_top.base.numeros import decimal, milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.valores import semente
from poema_top.geracao import checkpoint, critico
from poema_top.geracao.critico import Critico
from poema_top.texto import reservado
from poema_top.texto.lembranca import ARQUIVO as LEMBRANCA
from poema_top.texto.lembranca import Lembranca
from poema_top.texto.poemas import le_poemas
from poema_top.treino import prova_do_critico
from poema_top.treino.juizo import ajusta
from poema_top.treino.lingua import aprende
from poema_top.treino.notas import ARQUIVO, le_notas

DATASET = RAIZ / "dataset"


@dataclass
class Opcoes:
    """As opções de `just critica`."""

    notas: Path = opcao(ARQUIVO, "poemas com as notas de um leitor", type=Path)
    poemas: tuple[Path, ...] = opcao(
        (DATASET / "poemas-10k.txt", DATASET / "poemas-30k-rimados.txt"),
        "poemas de que se aprende a língua",
        type=Path,
    )
    saida: Path = opcao(critico.ARQUIVO, "onde gravar o crítico", type=Path)
    prova: bool = opcao(True, "mede o que ele diz de poemas que não leu")
    modelo: tuple[Path, ...] = opcao(
        (), "em vez disso, guarda na pasta de cada modelo o que ele leu no treino", type=Path
    )
    semente: int = opcao(0, "repete o mesmo acaso", type=semente)


def principal() -> None:
    """Ensina o crítico a dar notas a poemas, e mede quanto se pode acreditar nelas."""
    o = le_opcoes(Opcoes, principal.__doc__)
    if o.modelo:
        for pasta in o.modelo:
            _lembra(pasta)
    else:
        _ensina(o)


def _lembra(pasta: Path) -> None:
    """Guarda na pasta de um modelo os resumos dos versos e das palavras que ele leu."""
    treinado = checkpoint.le(pasta)
    lembranca = Lembranca.de_poemas(reservado.textos(treinado.ficha).treino)
    lembranca.grava(treinado.pasta)
    print(
        f"{milhar(len(lembranca.versos))} versos e {milhar(len(lembranca.palavras))} palavras "
        f"em {relativo(treinado.pasta / LEMBRANCA)}"
    )


def _ensina(o: Opcoes) -> None:
    prova_que_grava(o.saida.parent)
    avaliados = le_notas(o.notas)
    poemas = [poema for arquivo in o.poemas for poema in le_poemas(arquivo)]
    print(f"lendo {milhar(len(poemas))} poemas", flush=True)
    leitor = aprende(poemas, o.semente)
    lidos = leitor.le(avaliados.poemas)
    print(f"{milhar(len(avaliados.poemas))} poemas com notas, {milhar(len(lidos.versos))} versos", flush=True)
    erro = None
    if o.prova:
        feita = prova_do_critico.prova(lidos, avaliados, o.semente)
        prova_do_critico.mostra(feita, avaliados)
        erro = feita.erro.astype(np.float32)
    modelos = np.flatnonzero(avaliados.de_modelos)
    rede = ajusta(lidos, avaliados.versos, avaliados.notas, modelos, o.semente)
    if erro is not None:
        rede = rede._replace(erro=erro)
    Critico(leitor, rede).grava(o.saida)
    tamanho = decimal(o.saida.stat().st_size / 1e6, 1)
    print(f"\ncrítico em {relativo(o.saida)} ({tamanho} MB)")


if __name__ == "__main__":
    executa(principal)
