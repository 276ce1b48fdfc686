"""O ponto exato em que um treino está, para que possa continuar: pesos, otimizador, época, histórico."""

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.vetores import bytes_abertos
from poema_top.rede.backend import keras
from poema_top.texto.reservado import um_ou_varios, varios
from poema_top.treino.historico import Epoca

ARQUIVO = "retomada.npz"


@dataclass(frozen=True)
class Retomada:
    """O que é preciso para um treino seguir como se não tivesse parado.

    Attributes:
        configuracao: as opções do treino, como em `ficha.json`.
        dataset: SHA-256 de cada arquivo de poemas.
        passos: dados até aqui.
        segundos: de treino até aqui.
        historico: uma entrada por época.
        pesos: do modelo, incluído o sorteio do dropout.
        otimizador: as variáveis dele.
    """

    configuracao: dict[str, Any]
    dataset: list[str]
    passos: int
    segundos: float
    historico: list[Epoca]
    pesos: list[np.ndarray]
    otimizador: list[np.ndarray]

    def para_npz(self) -> bytes:
        """O conteúdo de `retomada.npz`: só números e um JSON, nenhum pickle."""
        simples = {
            "configuracao": self.configuracao,
            "dataset": um_ou_varios(self.dataset),
            "passos": self.passos,
            "segundos": self.segundos,
            "historico": [asdict(epoca) for epoca in self.historico],
        }
        arrays: dict[str, Any] = {f"pesos_{i}": w for i, w in enumerate(self.pesos)}
        arrays |= {f"otimizador_{i}": w for i, w in enumerate(self.otimizador)}
        saida = io.BytesIO()
        np.savez(saida, json=np.array(json.dumps(simples, default=str)), **arrays)
        return saida.getvalue()

    @classmethod
    def de_pasta(cls, pasta: Path) -> "Retomada":
        """Lê o que `para_npz` escreveu na pasta de um modelo.

        Raises:
            ErroPoema: não há de onde continuar, ou o arquivo está corrompido.
        """
        caminho = pasta / ARQUIVO
        if not caminho.exists():
            raise ErroPoema(f"{relativo(pasta)} não tem {ARQUIVO}: não há de onde continuar; treine de novo.")
        try:
            _confere_tamanho(caminho)
            with np.load(caminho, allow_pickle=False) as lido:
                simples = json.loads(str(lido["json"]))
                grupos = [
                    [lido[f"{grupo}_{i}"] for i in range(sum(n.startswith(grupo) for n in lido.files))]
                    for grupo in ("pesos", "otimizador")
                ]
            simples["dataset"] = varios(simples["dataset"])
            simples["historico"] = [Epoca(**epoca) for epoca in simples["historico"]]
            return cls(**simples, pesos=grupos[0], otimizador=grupos[1])
        except (ValueError, KeyError, TypeError, EOFError, RecursionError, zipfile.BadZipFile) as erro:
            motivo = (str(erro).splitlines() or ["sem motivo"])[0]
            raise ErroPoema(f"{relativo(caminho)} está corrompido ({motivo}); treine de novo.") from None

    def aplica(self, modelo: keras.Model, otimizador: keras.optimizers.Optimizer) -> None:
        """Põe pesos e otimizador como estavam.

        Raises:
            ErroPoema: são de outra rede, ou de outro otimizador.
        """
        variaveis = [*modelo.variables, *otimizador.variables]
        guardados = [*self.pesos, *self.otimizador]
        if [tuple(v.shape) for v in variaveis] != [w.shape for w in guardados]:
            raise ErroPoema(
                "o treino que se continua tem outra rede, ou outro otimizador; tire as opções que os mudam "
                "(--unidades, --entrada, --dropout, --otimizador e as parecidas)."
            )
        for variavel, valor in zip(variaveis, guardados, strict=True):
            variavel.assign(valor)


def _confere_tamanho(caminho: Path) -> None:
    """Recusa um arquivo que se abra em mais do que ocupa: `para_npz` não comprime, e uma bomba sim."""
    if bytes_abertos(caminho) > caminho.stat().st_size:
        raise ValueError("abre-se em mais bytes do que tem")


def valores(variaveis: list[Any]) -> list[np.ndarray]:
    """Cópia das variáveis do Keras em numpy."""
    return [keras.ops.convert_to_numpy(variavel) for variavel in variaveis]
