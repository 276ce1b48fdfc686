"""Quantos leitores o servidor aguenta: um processo serve, preso a um núcleo, e este faz a carga."""

import os
import re
import select
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.base.sistema import comando_python, sobe_o_limite_de_arquivos
from poema_top.medicao.carga import Carga

NIVEIS = (1_000, 5_000, 10_000, 15_000)  # leitores do fluxo comum
PROPRIOS = 300
PARADOS = 200
LIMITE_DE_ATRASO = 0.25  # segundos, no percentil 99


@dataclass(frozen=True)
class Medida:
    """Um nível de carga.

    Attributes:
        leitores: do fluxo comum.
        cpu: núcleos ocupados pelo servidor.
        memoria: MB residentes do servidor.
        por_leitor: KB residentes por leitor do fluxo comum.
        p50: mediana do atraso dos quadros, em segundos, de ponta a ponta.
        p99: percentil 99 do mesmo.
        espera_p50: segundos do pedido de um poema próprio à primeira letra, mediana.
        espera_p99: percentil 99 do mesmo.
        poemas: próprios que terminaram durante a medida.
        recusados: próprios que não.
        caidos: leitores sãos que o servidor largou.
        parados: dos que nunca leem, quantos o servidor já largou.
        quadros: entregues por segundo no fluxo comum.
        carga: núcleos ocupados por quem faz a carga; perto de 1, o atraso é dela e não do servidor.
    """

    leitores: int
    cpu: float
    memoria: float
    por_leitor: float
    p50: float
    p99: float
    espera_p50: float
    espera_p99: float
    poemas: int
    recusados: int
    caidos: int
    parados: int
    quadros: float
    carga: float


def mede(modelo: Path, segundos: float, niveis: tuple[int, ...] = NIVEIS) -> dict[str, Any]:
    """Sobe um servidor por nível, mede e mostra.

    Args:
        modelo: a pasta do modelo.
        segundos: de cada medida, depois de todos ligados.
        niveis: quantos leitores do fluxo comum em cada uma.
    """
    if not (hasattr(os, "sched_setaffinity") and hasattr(select, "epoll")):
        raise ErroPoema(
            "esta medida é só do Linux (prende cada processo a um núcleo); no Windows, rode-a dentro do WSL."
        )
    nucleos = sorted(os.sched_getaffinity(0))
    if len(nucleos) < 2:
        raise ErroPoema("esta medida precisa de dois núcleos: um para o servidor, outro para a carga.")
    limite = sobe_o_limite_de_arquivos() or 0
    cabem = [n for n in niveis if n + PROPRIOS + PARADOS + 50 <= limite]
    if len(cabem) < len(niveis):
        print(f"o sistema deixa abrir {milhar(limite)} arquivos: os níveis acima disso ficam de fora")
    os.sched_setaffinity(0, set(nucleos[1:]))
    print(f"{PROPRIOS} poemas próprios, {PARADOS} leitores parados, dez quadros por segundo\n")
    print(
        f"{'leitores':>9}{'CPU':>7}{'memória':>10}{'/leitor':>9}{'p50':>8}{'p99':>8}"
        f"{'espera p99':>12}{'caídos':>8}{'parados largados':>18}"
    )
    medidas = []
    for leitores in cabem:
        with _servidor(modelo, nucleos[0]) as (processo, porta):
            medidas.append(_mede_nivel(processo, porta, leitores, segundos))
        _mostra(medidas[-1])
    aguenta = [m.leitores for m in medidas if m.p99 < LIMITE_DE_ATRASO and not m.caidos]
    print(f"\ncom p99 abaixo de 250 ms e ninguém são derrubado: {milhar(max(aguenta, default=0))} leitores")
    return {"proprios": PROPRIOS, "parados": PARADOS, "niveis": [vars(m) for m in medidas]}


@contextmanager
def _servidor(modelo: Path, nucleo: int) -> Iterator[tuple[int, int]]:
    opcoes = ["--porta", "0", "--endereco", "127.0.0.1", "--modelo", str(modelo), "--pausa", "0"]
    limites = ["--conexoes", "100000", "--por-endereco", "100000"]
    comando = comando_python("websocket", *opcoes, *limites)
    saida, nada = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(comando, stdout=saida, stderr=nada, encoding="utf-8") as p:
        try:
            os.sched_setaffinity(p.pid, {nucleo})
            enderecos = (re.search(r"http://127\.0\.0\.1:(\d+)/", linha) for linha in p.stdout or ())
            porta = next((int(achado[1]) for achado in enderecos if achado), None)
            if porta is None:
                raise ErroPoema("o servidor não subiu; rode just websocket para ver por quê.")
            yield p.pid, porta
        finally:
            p.kill()


def _mede_nivel(processo: int, porta: int, leitores: int, segundos: float) -> Medida:
    vazio = memoria_mb(processo)
    carga = Carga(porta)
    carga.para(PARADOS)
    carga.entra(leitores)
    cheio = memoria_mb(processo)
    carga.entra(PROPRIOS, proprio=True)
    carga.le(6.0)  # o susto da chegada passa
    carga.medindo, cpu, comeco = True, segundos_de_cpu(processo), time.monotonic()
    da_carga = time.process_time()
    carga.le(segundos)
    carga.medindo = False
    durou = time.monotonic() - comeco
    da_carga = (time.process_time() - da_carga) / durou
    cpu = (segundos_de_cpu(processo) - cpu) / durou
    memoria = memoria_mb(processo)
    restam = _leitores_do_servidor(porta)
    atrasos, colheita = carga.colheita.atrasos(), carga.colheita
    p50, p99 = np.quantile(atrasos, (0.5, 0.99)) if atrasos.size else (np.nan, np.nan)
    esperas = np.quantile(colheita.esperas, (0.5, 0.99)) if colheita.esperas else (np.nan, np.nan)
    comuns = carga.comuns
    carga.encerra()
    return Medida(
        leitores=leitores,
        cpu=cpu,
        memoria=memoria,
        por_leitor=(cheio - vazio) * 1024 / leitores,
        p50=float(p50),
        p99=float(p99),
        espera_p50=float(esperas[0]),
        espera_p99=float(esperas[1]),
        poemas=colheita.terminados,
        recusados=colheita.recusados,
        caidos=colheita.caidos,
        parados=comuns + PARADOS - restam,
        quadros=colheita.quadros / durou,
        carga=da_carga,
    )


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


def segundos_de_cpu(processo: int) -> float:
    """CPU gasta por um processo, do usuário e do sistema."""
    campos = Path(f"/proc/{processo}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(campos[11]) + int(campos[12])) / os.sysconf("SC_CLK_TCK")


def memoria_mb(processo: int) -> float:
    """Memória residente de um processo, em MB."""
    paginas = int(Path(f"/proc/{processo}/statm").read_text(encoding="utf-8").split()[1])
    return paginas * os.sysconf("SC_PAGE_SIZE") / 2**20
