"""Uma LLM dá notas aos poemas, e antes se confere se as notas dela querem dizer alguma coisa."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.arquivos import grava_atomico
from poema_top.base.erros import ErroPoema
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Pergunta, Resposta

INSTRUCAO = (
    "Você avalia poemas curtos em português. Dê duas notas inteiras de 0 a 10: coesao (as palavras e "
    "os versos se ligam bem, sem erros de concordância nem palavras que não existem) e coerencia (o poema "
    "faz sentido e fala de uma coisa só). Responda só com JSON."
)
ESQUEMA: dict[str, Any] = {
    "type": "object",
    "properties": {n: {"type": "integer", "minimum": 0, "maximum": 10} for n in ("coesao", "coerencia")},
    "required": ["coesao", "coerencia"],
    "additionalProperties": False,
}
RELEITURAS = 3  # quantas vezes se repete um pedido de resposta malformada
REAL, EMBARALHADO = "real", "embaralhado"


@dataclass(frozen=True)
class Nota:
    """As notas de um poema, médias dos votos, de 0 a 10."""

    coesao: float
    coerencia: float

    @property
    def media(self) -> float:
        """A média das duas."""
        return (self.coesao + self.coerencia) / 2


@dataclass
class Custo:
    """O que se pediu à LLM, malformadas incluídas; o que estava no cache não custa."""

    pedidos: int = 0
    malformadas: int = 0
    do_cache: int = 0
    entrada: int = 0
    saida: int = 0
    segundos: float = 0.0  # de relógio: os pedidos andam juntos

    def soma(self, r: Resposta) -> None:
        """Acrescenta um pedido."""
        self.pedidos += 1
        self.entrada += r.entrada
        self.saida += r.saida


@dataclass
class Juiz:
    """Pede notas, com cache em disco.

    Attributes:
        llm: quem julga.
        cache: a pasta do cache.
        votos: quantas notas por poema e quesito.
        custo: o que já se gastou.
    """

    llm: LLM
    cache: Path
    votos: int = 3
    custo: Custo = field(default_factory=Custo)

    def julga(self, poemas: Sequence[str], sorteador: np.random.Generator) -> list[Nota]:
        """Uma nota por poema.

        Todos os poemas vão misturados, um por conversa, sem dizer de onde vêm: nem a ordem nem a
        vizinhança contam a origem.

        Raises:
            ErroPoema: o servidor falhou, ou só respondeu coisas malformadas.
        """
        tarefas = [(i, voto) for i in range(len(poemas)) for voto in range(self.votos)]
        ordem = [tarefas[i] for i in sorteador.permutation(len(tarefas))]
        comeco = time.monotonic()
        votos = self.llm.em_paralelo([partial(self._voto, poemas[i], voto) for i, voto in ordem])
        notas: list[list[tuple[int, int]]] = [[] for _ in poemas]
        for (i, _), (nota, pedidos, malformadas) in zip(ordem, votos, strict=True):
            notas[i].append(nota)
            self.custo.malformadas += malformadas
            self.custo.do_cache += not pedidos
            for pedido in pedidos:
                self.custo.soma(pedido)
        self.custo.segundos += time.monotonic() - comeco
        return [Nota(*(float(m) for m in np.mean(recebidas, axis=0))) for recebidas in notas]

    def _voto(self, poema: str, voto: int) -> tuple[tuple[int, int], list[Resposta], int]:
        """As duas notas de um voto, os pedidos feitos por elas e quantos vieram malformados."""
        chave = json.dumps([self.llm.servidor, self.llm.modelo, INSTRUCAO, poema, voto])
        arquivo = self.cache / f"{hashlib.sha256(chave.encode()).hexdigest()}.json"
        if arquivo.exists() and (guardada := le_notas(arquivo.read_text(encoding="utf-8"))):
            return guardada, [], 0
        feitos: list[Resposta] = []
        for releitura in range(RELEITURAS):
            conversa = (("system", INSTRUCAO), ("user", f"Poema:\n\n{poema}"))
            feitos.append(
                self.llm.responde(Pergunta(conversa, ESQUEMA, semente=1000 * releitura + voto, tokens=64))
            )
            if notas := le_notas(feitos[-1].texto):
                self.cache.mkdir(parents=True, exist_ok=True)
                grava_atomico(arquivo, feitos[-1].texto.encode())
                return notas, feitos, releitura
        raise ErroPoema(
            f"o modelo {self.llm.modelo} respondeu {RELEITURAS} vezes sem as notas pedidas "
            f"(a última: {feitos[-1].texto[:60]!r}); use outro com --modelo-llm."
        )


def le_notas(texto: str) -> tuple[int, int] | None:
    """As notas de coesão e coerência de uma resposta; None se ela não as tem, inteiras e de 0 a 10."""
    try:
        lido = json.loads(texto)
        notas = (lido["coesao"], lido["coerencia"])
    except (ValueError, KeyError, TypeError):
        return None
    return notas if all(type(n) is int and 0 <= n <= 10 for n in notas) else None


def embaralha(poema: str, sorteador: np.random.Generator) -> str:
    """O mesmo poema com as palavras em outra ordem, e os versos do mesmo tamanho em palavras."""
    linhas = [linha.split() for linha in poema.split("\n")]
    soltas = iter([str(p) for p in sorteador.permutation([p for linha in linhas for p in linha])])
    return "\n".join(" ".join(next(soltas) for _ in linha) for linha in linhas)


@dataclass(frozen=True)
class Calibracao:
    """Se o juiz sabe distinguir o que é fácil de distinguir.

    Attributes:
        medias: origem -> nota média.
        intervalo: o de 95 % (bootstrap, aos pares) da diferença entre um poema e ele embaralhado.
        vale: a diferença é positiva em todo o intervalo, e todo modelo fica entre os dois.
    """

    medias: Mapping[str, float]
    intervalo: tuple[float, float]
    vale: bool


def calibra(notas: Mapping[str, Sequence[Nota]], sorteador: np.random.Generator) -> Calibracao:
    """Confere a ordem real > gerado > embaralhado.

    Args:
        notas: por origem; `REAL` e `EMBARALHADO` têm os mesmos poemas na mesma ordem, as outras
            são modelos.
        sorteador: o do bootstrap.
    """
    medias = {origem: float(np.mean([n.media for n in dadas])) for origem, dadas in notas.items()}
    pares = zip(notas[REAL], notas[EMBARALHADO], strict=True)
    diferencas = np.array([real.media - embaralhado.media for real, embaralhado in pares])
    sorteios = sorteador.integers(len(diferencas), size=(2000, len(diferencas)))
    minimo, maximo = np.quantile(diferencas[sorteios].mean(axis=1), [0.025, 0.975])
    gerados = [m for origem, m in medias.items() if origem not in (REAL, EMBARALHADO)]
    entre = all(medias[REAL] > m > medias[EMBARALHADO] for m in gerados)
    return Calibracao(medias, (float(minimo), float(maximo)), bool(minimo > 0) and entre)
