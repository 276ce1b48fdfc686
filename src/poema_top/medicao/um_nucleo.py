"""Quantos leitores cabem num núcleo só: o servidor e o nginx nele, com TLS, e a carga no outro.

É a máquina de 1 vCPU. O nginx é o de verdade, com o arquivo de produção; os leitores vêm de muitos endereços
de loopback, porque ele só aceita cem de cada um.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import decimal, milhar
from poema_top.medicao import nginx
from poema_top.medicao.carga_tls import AMOSTRA, CargaTLS
from poema_top.medicao.colheita import Nivel
from poema_top.medicao.nucleos import memoria_mb, nucleos, os_que_cabem, preso, segundos_de_cpu
from poema_top.medicao.servidor import no_ar, observa

NIVEIS = (2_000, 5_000, 9_900)  # leitores do fluxo comum
PROPRIOS = 20  # a página escreve os seus sozinha, se tem o modelo
SEGUNDOS, MAXIMO = 20.0, 25.0  # de cada medida; quem só conta cai pouco mais de um minuto depois de chegar
LIMITE_DE_ATRASO = 0.3  # segundos, no percentil 99
FOLGA = 16 / 15  # com menos de um dezesseis avos livre, o nginx larga quem ainda está chegando
DOIS = 2  # arquivos abertos do nginx por leitor: a conexão dele e a com o servidor


@dataclass(frozen=True, kw_only=True)
class Medida(Nivel):
    """Um nível de carga; os quadros são os de cada leitor da amostra.

    Attributes:
        nucleo: quanto do núcleo se ocupou, com tudo o que o sistema faz nele.
        cpu_nginx: a parte do nginx.
        memoria_nginx: MB residentes do processo dele que atende.
        bytes: por segundo a cada um dos outros leitores, cifrados, sem os cabeçalhos do TCP e do IP.
    """

    nucleo: float
    cpu_nginx: float
    memoria_nginx: float
    bytes: float


def mede(
    modelo: Path, segundos: float = SEGUNDOS, niveis: tuple[int, ...] = NIVEIS, proprios: int = PROPRIOS
) -> dict[str, Any]:
    """Sobe um servidor e um nginx por nível, mede e mostra; os argumentos, como em `servidor.mede`."""
    if segundos > MAXIMO:
        raise ErroPoema(f"com --nginx cada medida dura no máximo {MAXIMO:.0f} segundos; diminua --segundos.")
    nginx.confere()
    deles, meus = nucleos()
    cabem = os_que_cabem(niveis, DOIS * proprios + 50, DOIS)
    print(f"{proprios} poemas próprios; servidor e nginx no núcleo {min(deles)}, leitores por TLS\n")
    print(
        f"{'leitores':>9}{'núcleo':>8}{'servidor':>10}{'nginx':>7}{'memória':>10}{'nginx':>9}"
        f"{'p50':>8}{'p99':>8}{'espera p99':>12}{'caídos':>8}{'B/s cada':>10}"
    )
    medidas = []
    for leitores in cabem:
        conexoes = int(FOLGA * DOIS * (leitores + proprios)) + 500
        with (
            tempfile.TemporaryDirectory() as pasta,
            preso(deles),
            no_ar(modelo) as (processo, porta),
            nginx.no_ar(Path(pasta), porta, conexoes=conexoes) as frente,
            preso(meus),
        ):
            medidas.append(_mede_nivel(frente, processo, leitores, proprios, segundos))
        _mostra(medidas[-1])
    aguenta = [m.leitores for m in medidas if m.p99 < LIMITE_DE_ATRASO and not m.caidos]
    limite = f"{1000 * LIMITE_DE_ATRASO:.0f} ms"
    print(f"\ncom p99 abaixo de {limite} e ninguém derrubado: {milhar(max(aguenta, default=0))} leitores")
    return {"proprios": proprios, "niveis": [vars(m) for m in medidas]}


def _mede_nivel(frente: nginx.Nginx, processo: int, leitores: int, proprios: int, segundos: float) -> Medida:
    carga = CargaTLS(frente.https, frente.confia, nginx.DOMINIO)
    carga.entra(leitores)
    carga.entra(proprios, proprio=True)
    contados = leitores - len(range(0, leitores, AMOSTRA))
    atende, (nucleo,) = frente.atende, os.sched_getaffinity(processo)
    relogios = (lambda: segundos_de_cpu(processo), lambda: segundos_de_cpu(atende), lambda: _parado(nucleo))
    durou, (cpu, cpu_nginx, parado), da_carga = observa(carga, relogios, segundos)
    memorias = memoria_mb(processo), memoria_mb(atende)
    carga.encerra()
    return Medida(
        leitores=leitores,
        proprios=proprios,
        nucleo=1 - parado,
        cpu=cpu,
        cpu_nginx=cpu_nginx,
        memoria=memorias[0],
        memoria_nginx=memorias[1],
        quadros=carga.colheita.quadros / durou / (leitores - contados),
        bytes=carga.colheita.bytes / durou / max(1, contados),
        carga=da_carga,
        **carga.colheita.resumo(),
    )


def _parado(nucleo: int) -> float:
    """Segundos que um núcleo passou sem nada que fazer, desde que a máquina ligou."""
    linhas = Path("/proc/stat").read_text(encoding="utf-8").splitlines()
    campos = next(linha for linha in linhas if linha.startswith(f"cpu{nucleo} ")).split()
    return (int(campos[4]) + int(campos[5])) / os.sysconf("SC_CLK_TCK")


def _mostra(m: Medida) -> None:
    print(
        f"{milhar(m.leitores):>9}{decimal(m.nucleo, 2):>8}{decimal(m.cpu, 2):>10}{decimal(m.cpu_nginx, 2):>7}"
        f"{f'{m.memoria:.0f} MB':>10}{f'{m.memoria_nginx:.0f} MB':>9}"
        f"{f'{1000 * m.p50:.0f} ms':>8}{f'{1000 * m.p99:.0f} ms':>8}{f'{1000 * m.espera_p99:.0f} ms':>12}"
        f"{m.caidos:>8}{m.bytes:>10.0f}",
        flush=True,
    )
