"""O que um gerador de carga viu: quadros, atrasos, esperas e quedas."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from poema_top.geracao.poema import RITMO


@dataclass
class Colheita:
    """O que se mediu.

    Attributes:
        quadros: quantos do fluxo comum chegaram.
        bytes: os que chegaram, cifrados, a quem só os conta.
        chegadas: por ponto do fluxo comum (começo do poema, letras até ali), quando chegou a cada anotado.
        esperas: segundos do pedido de um poema próprio à primeira letra.
        terminados: poemas próprios que acabaram com fechamento normal.
        recusados: os que acabaram de outro modo.
        caidos: leitores do fluxo comum que o servidor largou.
    """

    quadros: int = 0
    bytes: int = 0
    chegadas: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    esperas: list[float] = field(default_factory=list)
    terminados: int = 0
    recusados: int = 0
    caidos: int = 0

    def atrasos(self) -> np.ndarray:
        """Segundos entre a hora marcada de cada quadro e a chegada dele a cada leitor.

        A hora marcada é a das letras, que andam a `RITMO`, e não depende de como se cortam em quadros. A da
        primeira não se conhece daqui: toma-se a que faz do quadro mais pontual do poema um quadro na hora. O
        último quadro de um poema não conta: acaba antes da sua hora, com as letras que houver.
        """
        por_poema: dict[str, list[tuple[int, list[float]]]] = {}
        for (poema, letras), horas in self.chegadas.items():
            por_poema.setdefault(poema, []).append((letras, horas))
        atrasos = [np.zeros(0)]
        for pontos in por_poema.values():
            fim = max(letras for letras, _ in pontos)
            inteiros = [(letras / RITMO, horas) for letras, horas in pontos if letras < fim]
            base = min((min(horas) - devida for devida, horas in inteiros), default=0.0)
            atrasos += [np.array(horas) - base - devida for devida, horas in inteiros]
        return np.concatenate(atrasos)

    def resumo(self) -> dict[str, Any]:
        """Os campos de um `Nivel` que saem daqui."""
        p50, p99 = _quantis(self.atrasos())
        espera_p50, espera_p99 = _quantis(np.array(self.esperas))
        return {
            "p50": p50,
            "p99": p99,
            "espera_p50": espera_p50,
            "espera_p99": espera_p99,
            "poemas": self.terminados,
            "recusados": self.recusados,
            "caidos": self.caidos,
        }


def _quantis(tempos: np.ndarray) -> list[float]:
    """A mediana e o percentil 99."""
    quantis: list[float] = (np.quantile(tempos, (0.5, 0.99)) if tempos.size else np.full(2, np.nan)).tolist()
    return quantis


@dataclass(frozen=True, kw_only=True)
class Nivel:
    """O que toda medida diz de um nível de carga.

    Attributes:
        leitores: do fluxo comum.
        proprios: poemas próprios ao mesmo tempo.
        cpu: núcleos ocupados pelo servidor.
        memoria: MB residentes do servidor.
        p50: mediana do atraso dos quadros, em segundos, de ponta a ponta.
        p99: percentil 99 do mesmo.
        espera_p50: segundos do pedido de um poema próprio à primeira letra, mediana.
        espera_p99: percentil 99 do mesmo.
        poemas: próprios que terminaram durante a medida.
        recusados: próprios que não.
        caidos: leitores sãos que alguém largou.
        quadros: do fluxo comum, por segundo.
        carga: núcleos ocupados por quem faz a carga; perto de 1, o atraso é dela e não do servidor.
    """

    leitores: int
    proprios: int
    cpu: float
    memoria: float
    p50: float
    p99: float
    espera_p50: float
    espera_p99: float
    poemas: int
    recusados: int
    caidos: int
    quadros: float
    carga: float
