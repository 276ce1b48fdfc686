"""Guarda o treino em andamento: a pasta do modelo quando ele melhora, o histórico sempre."""

import platform
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from poema_top import checkpoint
from poema_top.amostragem import Amostragem, escreve, poema
from poema_top.comum import grava_atomico
from poema_top.configuracao import Configuracao
from poema_top.historico import Epoca, bits, como_csv, como_png, perplexidade
from poema_top.modelo import PassoKeras, exporta_passo
from poema_top.silencio import keras

if TYPE_CHECKING:
    from poema_top.treina import Dados


class Gravacao:
    """O que fica de um treino, e a amostra que ele mostra pelo caminho."""

    def __init__(self, c: Configuracao, dados: "Dados", pasta: Path, modelo: keras.Model) -> None:
        """Prepara a gravação de `modelo` em `pasta`; nada é escrito ainda."""
        self._configuracao = c
        self._dados = dados
        self._pasta = pasta
        self._modelo = modelo
        self._passo = PassoKeras(modelo, dados.vocabulario.id_terminador)
        self._sorteador = np.random.default_rng(c.semente)

    def mostra_versos(self, temperatura: float = 0.5) -> None:
        """Escreve numa linha os primeiros versos de um poema do modelo como está agora."""
        vocabulario = self._dados.vocabulario
        self._passo.copia(self._modelo)
        caracteres = escreve(self._passo, vocabulario, Amostragem(temperatura), self._sorteador)
        versos = poema(caracteres, vocabulario.terminador, 90).split("\n")
        print("      " + " / ".join([verso for verso in versos if verso][:3]), flush=True)

    def guarda(self, historico: list[Epoca], melhor: bool) -> None:
        """Atualiza a curva e a tabela; se a última época é a melhor, o modelo inteiro.

        Raises:
            ErroPoema: o disco encheu ou recusou; o que estava guardado continua.
        """
        registros = {
            checkpoint.HISTORICO: como_csv(historico),
            checkpoint.PERDA: como_png(historico, self._pasta.name),
        }

        def escreve_pasta(destino: Path) -> None:
            terminador = self._dados.vocabulario.id_terminador
            self._modelo.save(destino / checkpoint.MODELO)
            exporta_passo(self._modelo, terminador, destino / checkpoint.PASSO)
            vocabulario = self._dados.vocabulario.para_json()
            (destino / checkpoint.VOCABULARIO).write_text(vocabulario, encoding="utf-8")
            for nome, conteudo in registros.items():
                (destino / nome).write_bytes(conteudo)

        if melhor:
            checkpoint.grava(self._pasta, escreve_pasta, self._ficha(historico[-1]))
        else:
            for nome, conteudo in registros.items():
                grava_atomico(self._pasta / nome, conteudo)

    def _ficha(self, melhor: Epoca) -> dict[str, Any]:
        """O cartão do modelo: como foi feito e quanto vale, para quem o encontrar depois."""
        c, dados, nats = self._configuracao, self._dados, melhor.validacao_nats
        return {
            "criado_em": datetime.now().astimezone().isoformat(timespec="seconds"),
            "modelo": {
                "vocabulario": len(dados.vocabulario),
                "unidades": list(c.unidades),
                "parametros": self._modelo.count_params(),
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
                "nats_por_caractere": round(nats, 4),
                "bits_por_caractere": round(bits(nats), 4),
                "perplexidade": round(perplexidade(nats), 4),
            },
            "versoes": {
                "python": platform.python_version(),
                **{pacote: version(pacote) for pacote in ("tensorflow", "keras", "numpy")},
            },
        }
