"""Treina um modelo novo: dos poemas à pasta em modelos_treinados/."""

import platform
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from poema_top import checkpoint, dataset
from poema_top.amostra import mostra_amostras
from poema_top.amostragem import Amostragem, escreve, poema
from poema_top.comum import ErroPoema, decimal, executa, grava_atomico, milhar, relativo
from poema_top.configuracao import Configuracao
from poema_top.janelas import Corpus, como_tf_data, passos_por_epoca
from poema_top.opcoes import le_opcoes
from poema_top.vocabulario import Vocabulario


class Dados:
    """O texto do treino e o da validação, já em ids."""

    def __init__(self, c: Configuracao) -> None:
        """Lê e divide os poemas; todo erro de arquivo é ErroPoema."""
        poemas = dataset.le_poemas(c.dataset)
        if c.parcela_validacao is None:
            treino, validacao = poemas, dataset.le_poemas(Path(c.validacao))
        else:
            treino, validacao = dataset.divide(poemas, c.parcela_validacao, c.semente)
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
    if not pasta.name or pasta.parent != c.saida or pasta.name.startswith("."):
        raise ErroPoema(f"--nome precisa ser um nome de pasta simples (veio {c.nome!r}).")
    dados = Dados(c)
    _mostra_dados(c, dados)
    treina(c, dados, pasta)
    escrito = checkpoint.le(pasta)
    print(f"\nmodelo em {relativo(pasta)}; alguns poemas dele:")
    mostra_amostras(escrito, semente=c.semente)


def treina(c: Configuracao, dados: Dados, pasta: Path) -> None:
    """Treina e deixa em `pasta` o melhor modelo pela validação.

    Raises:
        ErroPoema: a perda divergiu (o melhor até ali fica), ou o disco recusou a gravação.
    """
    # Só agora: o TensorFlow leva segundos para carregar, e os erros de opção não esperam por ele.
    from poema_top.acompanhamento import Acompanhamento, confere_divergencia
    from poema_top.historico import Epoca, como_csv, como_png
    from poema_top.modelo import PassoKeras, constroi, exporta_passo, prepara_dispositivos
    from poema_top.silencio import keras
    from poema_top.validacao import nats_por_caractere

    gpus = prepara_dispositivos()
    print(f"treino em {', '.join(gpus) if gpus else 'CPU'}\n")
    keras.utils.set_random_seed(c.semente)
    modelo = constroi(len(dados.vocabulario), c.unidades, c.lote, c.janela)
    modelo.summary()
    modelo.compile(
        keras.optimizers.get({"class_name": c.otimizador, "config": {"global_clipnorm": 1.0}}),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    passo = PassoKeras(modelo)

    def valida() -> float:
        return nats_por_caractere(modelo, dados.validacao, dados.vocabulario.id_separador)

    def ao_fim_da_epoca(historico: list[Epoca], melhor: bool) -> None:
        passo.copia(modelo)
        _mostra_versos(passo, dados.vocabulario, c.semente + len(historico))
        registros = {
            checkpoint.HISTORICO: como_csv(historico),
            checkpoint.PERDA: como_png(historico, pasta.name),
        }

        def escreve_pasta(destino: Path) -> None:
            modelo.save(destino / checkpoint.MODELO)
            exporta_passo(modelo, destino / checkpoint.PASSO)
            (destino / checkpoint.VOCABULARIO).write_text(dados.vocabulario.para_json(), encoding="utf-8")
            for nome, conteudo in registros.items():
                (destino / nome).write_bytes(conteudo)

        if melhor:
            checkpoint.grava(pasta, escreve_pasta, _ficha(c, dados, modelo.count_params(), historico))
        else:
            for nome, conteudo in registros.items():
                grava_atomico(pasta / nome, conteudo)

    acompanhamento = Acompanhamento(c, dados.passos, valida, ao_fim_da_epoca)
    modelo.fit(
        como_tf_data(dados.treino, c.lote, c.janela, c.semente),
        steps_per_epoch=dados.passos,
        epochs=c.epocas or 1_000_000,
        callbacks=[acompanhamento],
        shuffle=False,  # a ordem das janelas é a do texto: o estado passa de uma à outra
        verbose=0,
    )
    confere_divergencia(acompanhamento, relativo(pasta))
    if acompanhamento.parada:
        print(f"treino encerrado antes do fim: {acompanhamento.parada}")


def _mostra_dados(c: Configuracao, dados: Dados) -> None:
    print(f"{relativo(c.dataset)}")
    for nome, corpus in (("treino", dados.treino), ("validação", dados.validacao)):
        print(f"  {nome:<10} {milhar(len(corpus)):>7} poemas  {milhar(len(corpus.ids)):>10} caracteres")
    print(f"  vocabulário {len(dados.vocabulario)} caracteres")
    duracao = f"{decimal(c.orcamento_minutos, 1)} minutos" if c.orcamento_minutos else f"{c.epocas} épocas"
    print(f"  {milhar(dados.passos)} passos por época, {duracao} de treino\n")


def _mostra_versos(passo: Any, vocabulario: Vocabulario, semente: int) -> None:
    sorteador = np.random.default_rng(semente)
    texto = poema(escreve(passo, vocabulario, Amostragem(0.5), sorteador), vocabulario.terminador, 90)
    print("      " + " / ".join(v for v in texto.split("\n")[:3] if v), flush=True)


def _ficha(c: Configuracao, dados: Dados, parametros: int, historico: list[Any]) -> dict[str, Any]:
    """O cartão do modelo: como foi feito e quanto vale, para quem o encontrar depois."""
    from poema_top.historico import bits, perplexidade

    melhor = historico[-1]
    return {
        "criado_em": datetime.now().astimezone().isoformat(timespec="seconds"),
        "modelo": {
            "vocabulario": len(dados.vocabulario),
            "unidades": list(c.unidades),
            "parametros": parametros,
        },
        "dataset": {
            "nome": c.dataset.name,
            "sha256": checkpoint.sha256(c.dataset.read_bytes()),
            "poemas_treino": len(dados.treino),
            "poemas_validacao": len(dados.validacao),
            "caracteres_treino": len(dados.treino.ids),
        },
        "configuracao": c.para_ficha(),
        "epocas": melhor.epoca,
        "segundos": round(melhor.segundos, 1),
        "validacao": {
            "nats_por_caractere": round(melhor.validacao_nats, 4),
            "bits_por_caractere": round(bits(melhor.validacao_nats), 4),
            "perplexidade": round(perplexidade(melhor.validacao_nats), 4),
        },
        "versoes": {
            "python": platform.python_version(),
            **{p: version(p) for p in ("tensorflow", "keras", "numpy")},
        },
    }


if __name__ == "__main__":
    executa(principal)
