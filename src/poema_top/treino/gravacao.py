"""Guarda o treino em andamento: a pasta do modelo quando ele melhora, o histórico sempre."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.arquivos import grava_atomico, relativo, relativos
from poema_top.base.erros import ErroPoema
from poema_top.base.nats import bits, perplexidade
from poema_top.geracao import checkpoint
from poema_top.geracao.amostragem import Amostragem
from poema_top.geracao.poema import escreve, poema
from poema_top.geracao.sorteio import Sorteio
from poema_top.rede.backend import keras
from poema_top.rede.passo import PassoKeras, exporta_passo
from poema_top.texto.reservado import um_ou_varios
from poema_top.treino.acompanhamento import Acompanhamento
from poema_top.treino.configuracao import Configuracao
from poema_top.treino.dados import Dados
from poema_top.treino.exportacao import para_a_pagina
from poema_top.treino.historico import Epoca, como_csv, como_png
from poema_top.treino.retomada import ARQUIVO, Retomada, valores
from poema_top.treino.ritmo import Ritmo

# isort: split
import tensorflow as tf  # depois de silencio, que o carrega calado


@dataclass(frozen=True)
class _Melhor:
    """Uma época melhor que as gravadas, e as variáveis do modelo e do otimizador como estavam nela."""

    epoca: Epoca
    variaveis: list[np.ndarray]


class Gravacao:
    """O que fica de um treino, e a amostra que ele mostra pelo caminho."""

    def __init__(
        self,
        c: Configuracao,
        dados: Dados,
        pasta: Path,
        modelo: keras.Model,
        a: Acompanhamento,
    ) -> None:
        """Prepara a gravação em `pasta`; nada é escrito ainda.

        Args:
            c: o que foi pedido.
            dados: o que o treino lê.
            pasta: o destino.
            modelo: o que se treina, já com o otimizador: o nosso, ou um de camadas do Keras com os mesmos
                pesos na mesma ordem.
            a: o andamento.
        """
        self._configuracao = c
        self._dados = dados
        self._pasta = pasta
        self._modelo = modelo
        self._acompanhamento = a
        self._passo = PassoKeras(modelo, dados.vocabulario.id_terminador)
        self._dos_versos, self._da_pasta = Ritmo(), Ritmo()
        self._melhor: _Melhor | None = None  # ainda só na memória
        self._falta = False

    def retoma(self) -> None:
        """Põe o treino no ponto em que a pasta o deixou.

        Raises:
            ErroPoema: não há de onde continuar, ou os poemas não são mais os mesmos.
        """
        feita, lidos = Retomada.de_pasta(self._pasta), self._configuracao.dataset
        if feita.dataset != self._dados.somas:
            somados = zip(lidos, self._dados.somas, strict=True)
            outros = [caminho for caminho, soma in somados if soma not in feita.dataset]
            raise ErroPoema(
                f"o que há em {relativos(outros or lidos)} não é o que se treinava; para seguir com outros "
                "poemas use --a-partir-de."
            )
        feita.aplica(self._modelo, self._modelo.optimizer)
        self._acompanhamento.retoma(feita.passos, feita.segundos, feita.historico)
        print(f"retomando {relativo(self._pasta)} depois de {self._acompanhamento.epoca} época(s)")

    def mostra_versos(self, temperatura: float = 0.5) -> None:
        """Escreve numa linha os primeiros versos de um poema do modelo como está agora, se é hora."""
        if not self._dos_versos.e_hora:
            return
        vocabulario = self._dados.vocabulario
        with self._dos_versos.mede():
            self._passo.copia(self._modelo)
            sorteio = Sorteio(self._configuracao.semente, texto=self._acompanhamento.epoca)
            tokens = escreve(self._passo, vocabulario, Amostragem(temperatura), sorteio)
            escritos = poema(tokens, vocabulario.terminador, 90).split("\n")
        self._acompanhamento.mostra_versos([verso for verso in escritos if verso][:3], temperatura)

    def guarda(self, *, melhor: bool) -> None:
        """Fica com a época, se é a melhor, na memória; se é hora, grava o que há por gravar.

        Gravar custa segundos, e há treinos de cem épocas por minuto: entre duas gravações passa dez vezes o
        que a última custou.

        Raises:
            ErroPoema: o disco encheu ou recusou; o que estava guardado continua.
        """
        if melhor:
            self._melhor = _Melhor(self._acompanhamento.historico[-1], self._variaveis())
        self._falta = True
        if self._da_pasta.e_hora:
            with self._da_pasta.mede():
                self._grava()

    @contextmanager
    def ate_o_fim(self) -> Iterator[None]:
        """Grava o que ficou por gravar quando o treino acaba, ou é interrompido, ou falha."""
        try:
            yield
        except ErroPoema:
            with suppress(ErroPoema):  # se foi o disco, o erro que conta é o primeiro
                self._grava()
            raise
        self._grava()

    def _grava(self) -> None:
        """Atualiza a curva, a tabela e o ponto de retomada; se há uma época melhor, o modelo inteiro."""
        if not self._falta:
            return
        historico = self._acompanhamento.historico
        registros = {
            checkpoint.HISTORICO: como_csv(historico),
            checkpoint.PERDA: como_png(historico, self._pasta.name),
            ARQUIVO: self._retomada().para_npz(),
        }

        def escreve_pasta(destino: Path) -> None:
            vocabulario = self._dados.vocabulario
            self._modelo.save(destino / checkpoint.MODELO)
            exporta_passo(self._modelo, vocabulario.id_terminador, destino / checkpoint.PASSO)
            em_texto = vocabulario.para_json().encode()
            (destino / checkpoint.VOCABULARIO).write_bytes(em_texto)  # em texto, o Windows poria "\r\n"
            da_pagina = para_a_pagina(self._modelo, vocabulario, ficha["criado_em"])
            if self._dados.lembranca:
                self._dados.lembranca.grava(destino)
            for nome, conteudo in {**registros, checkpoint.PAGINA: da_pagina}.items():
                (destino / nome).write_bytes(conteudo)

        if self._melhor:
            ficha, agora = self._ficha(self._melhor.epoca), self._variaveis()
            self._poe(self._melhor.variaveis)
            try:
                checkpoint.grava(self._pasta, escreve_pasta, ficha)
            finally:
                self._poe(agora)
            self._melhor = None
        else:
            for nome, conteudo in registros.items():
                grava_atomico(self._pasta / nome, conteudo)

        self._falta = False

    def _variaveis(self) -> list[np.ndarray]:
        return valores([*self._modelo.variables, *self._modelo.optimizer.variables])

    def _poe(self, valores_delas: list[np.ndarray]) -> None:
        variaveis = [*self._modelo.variables, *self._modelo.optimizer.variables]
        for variavel, valor in zip(variaveis, valores_delas, strict=True):
            variavel.assign(valor)

    def _retomada(self) -> Retomada:
        a = self._acompanhamento
        return Retomada(
            configuracao=self._configuracao.para_ficha(),
            dataset=self._dados.somas,
            passos=a.passos,
            segundos=a.decorrido,
            historico=a.historico,
            pesos=valores(self._modelo.variables),
            otimizador=valores(self._modelo.optimizer.variables),
        )

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
                "nome": um_ou_varios([caminho.name for caminho in c.dataset]),
                "sha256": um_ou_varios(dados.somas),
                "poemas_treino": len(dados.treino),
                "poemas_validacao": len(dados.validacao),
                "caracteres_treino": dados.treino.caracteres,
                "tokens_treino": dados.treino.tokens,
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
                "tensorflow": tf.__version__,  # o pacote pode ser tensorflow ou tensorflow-cpu
                **{pacote: version(pacote) for pacote in ("keras", "numpy")},
            },
        }
