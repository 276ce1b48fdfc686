"""O que um gerador de carga viu: quadros, atrasos, esperas e quedas."""

from dataclasses import dataclass, field

import numpy as np

from poema_top.servidor.entrega import QUADRO


@dataclass
class Colheita:
    """O que se mediu.

    Attributes:
        quadros: quantos do fluxo comum chegaram.
        chegadas: por quadro do fluxo comum (poema, ordem), quando chegou a cada leitor anotado.
        esperas: segundos do pedido de um poema próprio à primeira letra.
        terminados: poemas próprios que acabaram com fechamento normal.
        recusados: os que acabaram de outro modo.
        caidos: leitores do fluxo comum que o servidor largou.
    """

    quadros: int = 0
    chegadas: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    esperas: list[float] = field(default_factory=list)
    terminados: int = 0
    recusados: int = 0
    caidos: int = 0

    def atrasos(self) -> np.ndarray:
        """Segundos entre a hora marcada de cada quadro e a chegada dele a cada leitor.

        Num poema os quadros saem de `QUADRO` em `QUADRO`. A hora do primeiro não se conhece daqui:
        toma-se a que faz do quadro mais pontual do poema um quadro na hora.
        """
        por_poema: dict[int, list[tuple[int, list[float]]]] = {}
        for (poema, ordem), horas in self.chegadas.items():
            por_poema.setdefault(poema, []).append((ordem, horas))
        atrasos = [np.zeros(0)]
        for quadros in por_poema.values():
            base = min(min(horas) - QUADRO * ordem for ordem, horas in quadros)
            atrasos += [np.array(horas) - base - QUADRO * ordem for ordem, horas in quadros]
        return np.concatenate(atrasos)
