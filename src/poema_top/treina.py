"""Treina um modelo novo: dos poemas à pasta em modelos_treinados/."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from poema_top import checkpoint, dataset
from poema_top.amostra import mostra_amostras
from poema_top.comum import ErroPoema, decimal, executa, milhar, relativo
from poema_top.configuracao import Configuracao
from poema_top.janelas import Corpus, como_tf_data, passos_por_epoca
from poema_top.opcoes import le_opcoes
from poema_top.vocabulario import Vocabulario

if TYPE_CHECKING:
    from poema_top.acompanhamento import Acompanhamento
    from poema_top.treinador import Treinador


class Dados:
    """O texto do treino e o da validação, já em ids."""

    def __init__(self, c: Configuracao) -> None:
        """Lê e divide os poemas; todo erro de arquivo é ErroPoema."""
        poemas = dataset.le_poemas(c.dataset)
        treino, validacao = dataset.separa_validacao(poemas, c.validacao, c.semente)
        self.vocabulario = Vocabulario.de_poemas(
            [*treino, *validacao], minusculas=c.minusculas, terminador=c.terminador
        )
        self.treino = Corpus.de_poemas(treino, self.vocabulario)
        self.validacao = Corpus.de_poemas(validacao, self.vocabulario)
        self.passos = passos_por_epoca(self.treino, c.lote, c.janela)


def principal() -> None:
    """Treina um modelo nos poemas de um arquivo e guarda o melhor em modelos_treinados/."""
    c = le_opcoes(Configuracao, principal.__doc__)
    pasta = c.saida / (c.nome or datetime.now().strftime("%Y%m%d-%H%M%S"))
    if pasta.parent != c.saida or not pasta.name or pasta.name.startswith("."):
        raise ErroPoema(f"--nome precisa ser um nome de pasta simples (veio {c.nome!r}).")
    dados = Dados(c)
    _mostra_dados(c, dados)
    treina(c, dados, pasta)
    print(f"\nmodelo em {relativo(pasta)}; alguns poemas dele:")
    mostra_amostras(checkpoint.le(pasta), semente=c.semente)


def treina(c: Configuracao, dados: Dados, pasta: Path) -> None:
    """Treina e deixa em `pasta` o melhor modelo pela validação.

    Raises:
        ErroPoema: a perda divergiu (o melhor até ali fica), ou o disco recusou a gravação.
    """
    # Só agora: o TensorFlow leva segundos para carregar, e os erros de opção não esperam por ele.
    from poema_top.acompanhamento import Acompanhamento
    from poema_top.gravacao import Gravacao
    from poema_top.modelo import constroi
    from poema_top.silencio import keras
    from poema_top.treinador import Treinador, prepara_dispositivos
    from poema_top.validacao import nats_por_caractere

    gpus = prepara_dispositivos()
    keras.utils.set_random_seed(c.semente)
    v = dados.vocabulario
    modelo = constroi(len(v), c.unidades, c.janela, v.id_terminador, c.dropout)
    treinador = Treinador(modelo, keras.optimizers.get(c.otimizador), c.lote)
    gravacao = Gravacao(c, dados, pasta, modelo)
    modelo.summary()
    print(f"treino em {', '.join(gpus) or f'CPU, {treinador.partes} núcleo(s)'}\n", flush=True)

    acompanhamento = Acompanhamento(c, dados.passos)
    janelas = iter(como_tf_data(dados.treino, c.lote, c.janela, c.semente).as_numpy_iterator())
    with acompanhamento.atende_sinais():
        while not acompanhamento.acabou:
            perda, caracteres_por_segundo = _epoca(treinador, janelas, acompanhamento)
            if not np.isfinite(perda):
                break
            validacao = nats_por_caractere(modelo, dados.validacao, v.id_separador, c.janela)
            melhor = acompanhamento.anota_epoca(perda, validacao, caracteres_por_segundo)
            gravacao.mostra_versos()
            gravacao.guarda(acompanhamento.historico, melhor)
    _mostra_fim(acompanhamento, pasta)


def _epoca(
    treinador: "Treinador", janelas: Iterator[tuple[np.ndarray, np.ndarray]], a: "Acompanhamento"
) -> tuple[float, float]:
    """Uma volta no dataset, ou até a hora de parar: perda média e caracteres por segundo."""
    treinador.zera()  # a ordem dos poemas é outra: o estado de antes não diz nada
    comeco, perdas, caracteres = time.monotonic(), [], 0
    with a.barra() as barra:
        for _ in range(a.passos_por_epoca):
            ids, alvos = next(janelas)
            treinador.otimizador.learning_rate = a.taxa
            perdas.append(treinador.treina(ids, alvos))
            caracteres += ids.size
            a.anota_passo(perdas[-1], barra)
            if a.acabou:
                break
    return float(np.mean(perdas)), caracteres / (time.monotonic() - comeco)


def _mostra_dados(c: Configuracao, dados: Dados) -> None:
    print(f"{relativo(c.dataset)}")
    for nome, corpus in (("treino", dados.treino), ("validação", dados.validacao)):
        print(f"  {nome:<10} {milhar(len(corpus)):>7} poemas  {milhar(len(corpus.ids)):>10} caracteres")
    print(f"  vocabulário {len(dados.vocabulario)} caracteres")
    duracao = f"{decimal(c.orcamento_minutos, 1)} minutos" if c.orcamento_minutos else f"{c.epocas} épocas"
    print(f"  {milhar(dados.passos)} passos por época, {duracao} de treino\n", flush=True)


def _mostra_fim(a: "Acompanhamento", pasta: Path) -> None:
    """Diz por que o treino parou, se não foi no fim do orçamento.

    Raises:
        ErroPoema: a perda deixou de ser um número, ou nada chegou a ser guardado.
    """
    if "número" in a.motivo:
        fica = f"o melhor até ali está em {relativo(pasta)}" if a.historico else "nada foi gravado"
        raise ErroPoema(f"{a.motivo} e o treino parou; {fica}. Tente uma --taxa-aprendizado menor.")
    if a.motivo:
        print(f"treino encerrado antes do fim: {a.motivo}")


if __name__ == "__main__":
    executa(principal)
