"""Quantos leitores o servidor aguenta: um processo serve, preso a um núcleo, e este faz a carga."""

import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.base.sistema import comando_python
from poema_top.medicao.carga import Carga
from poema_top.medicao.colheita import Nivel
from poema_top.medicao.nucleos import memoria_mb, nucleos, os_que_cabem, preso, segundos_de_cpu

NIVEIS = (1_000, 5_000, 10_000, 15_000)  # leitores do fluxo comum
PROPRIOS = 300  # poemas próprios ao mesmo tempo
PARADOS = 200
SEGUNDOS = 50.0  # de cada medida
LIMITE_DE_ATRASO = 0.25  # segundos, no percentil 99
SUSTO = 6.0  # segundos depois da chegada de todos


@dataclass(frozen=True, kw_only=True)
class Medida(Nivel):
    """Um nível de carga; os quadros são os entregues a todos.

    Attributes:
        por_leitor: KB residentes por leitor do fluxo comum.
        parados: dos que nunca leem, quantos o servidor já largou.
    """

    por_leitor: float
    parados: int


def mede(
    modelo: Path, segundos: float = SEGUNDOS, niveis: tuple[int, ...] = NIVEIS, proprios: int = PROPRIOS
) -> dict[str, Any]:
    """Sobe um servidor por nível, mede e mostra.

    Args:
        modelo: a pasta do modelo.
        segundos: de cada medida, depois de todos ligados.
        niveis: quantos leitores do fluxo comum em cada uma.
        proprios: quantos poemas próprios ao mesmo tempo.
    """
    dele, meus = nucleos()
    cabem = os_que_cabem(niveis, proprios + PARADOS + 50)
    print(f"{proprios} poemas próprios, {PARADOS} leitores parados\n")
    print(
        f"{'leitores':>9}{'CPU':>7}{'memória':>10}{'/leitor':>9}{'p50':>8}{'p99':>8}"
        f"{'espera p99':>12}{'caídos':>8}{'parados largados':>18}"
    )
    medidas = []
    for leitores in cabem:
        with preso(dele), no_ar(modelo) as (processo, porta), preso(meus):
            medidas.append(_mede_nivel(processo, porta, leitores, proprios, segundos))
        _mostra(medidas[-1])
    aguenta = [m.leitores for m in medidas if m.p99 < LIMITE_DE_ATRASO and not m.caidos]
    print(f"\ncom p99 abaixo de 250 ms e ninguém são derrubado: {milhar(max(aguenta, default=0))} leitores")
    return {"proprios": proprios, "parados": PARADOS, "niveis": [vars(m) for m in medidas]}


@contextmanager
def no_ar(modelo: Path) -> Iterator[tuple[int, int]]:
    """Um servidor sem limites de conexões; o processo e a porta dele."""
    opcoes = ["--porta", "0", "--endereco", "127.0.0.1", "--modelo", str(modelo), "--pausa", "0"]
    limites = ["--conexoes", "100000", "--por-endereco", "100000"]
    comando = comando_python("websocket", *opcoes, *limites)
    saida, nada = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(comando, stdout=saida, stderr=nada, encoding="utf-8") as p:
        try:
            enderecos = (re.search(r"http://127\.0\.0\.1:(\d+)/", linha) for linha in p.stdout or ())
            porta = next((int(achado[1]) for achado in enderecos if achado), None)
            if porta is None:
                raise ErroPoema("o servidor não subiu; rode just websocket para ver por quê.")
            yield p.pid, porta
        finally:
            p.kill()


def _mede_nivel(processo: int, porta: int, leitores: int, proprios: int, segundos: float) -> Medida:
    vazio = memoria_mb(processo)
    carga = Carga(porta)
    carga.para(PARADOS)
    carga.entra(leitores)
    cheio = memoria_mb(processo)
    carga.entra(proprios, proprio=True)
    durou, (cpu,), da_carga = observa(carga, [lambda: segundos_de_cpu(processo)], segundos)
    memoria = memoria_mb(processo)
    restam, comuns = _leitores_do_servidor(porta), carga.comuns
    carga.encerra()
    return Medida(
        leitores=leitores,
        proprios=proprios,
        cpu=cpu,
        memoria=memoria,
        por_leitor=(cheio - vazio) * 1024 / leitores,
        parados=comuns + PARADOS - restam,
        quadros=carga.colheita.quadros / durou,
        carga=da_carga,
        **carga.colheita.resumo(),
    )


def observa(
    carga: Carga, relogios: Sequence[Callable[[], float]], segundos: float
) -> tuple[float, list[float], float]:
    """Espera passar o susto da chegada, e mede.

    Args:
        carga: com todos já ligados.
        relogios: cada um diz quantos segundos de CPU se gastaram até agora nalguma coisa.
        segundos: quanto medir.

    Returns:
        Quantos segundos durou, e quantos núcleos ocuparam as coisas dos relógios e quem faz a carga.
    """
    carga.le(SUSTO)
    carga.medindo, comeco, da_carga = True, time.monotonic(), time.process_time()
    antes = [relogio() for relogio in relogios]
    carga.le(segundos)
    carga.medindo = False
    durou = time.monotonic() - comeco
    gastos = [(relogio() - a) / durou for relogio, a in zip(relogios, antes, strict=True)]
    return durou, gastos, (time.process_time() - da_carga) / durou


def _leitores_do_servidor(porta: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{porta}/metricas", timeout=30) as resposta:
        achado = re.search(rb"^poema_leitores (\S+)$", resposta.read(), re.MULTILINE)
    return int(float(achado[1])) if achado else 0


def _mostra(m: Medida) -> None:
    print(
        f"{milhar(m.leitores):>9}{decimal(m.cpu, 2):>7}{f'{m.memoria:.0f} MB':>10}"
        f"{f'{decimal(m.por_leitor, 1)} KB':>9}{f'{1000 * m.p50:.0f} ms':>8}{f'{1000 * m.p99:.0f} ms':>8}"
        f"{f'{1000 * m.espera_p99:.0f} ms':>12}{m.caidos:>8}{f'{m.parados} de {PARADOS}':>18}",
        flush=True,
    )
