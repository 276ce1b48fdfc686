"""A medida com o nginx de verdade: que ela decifra uma amostra, conta o resto, e diz o que lhe falta."""

import json
import re
import subprocess
import sys

from apoio.programas import exige
from conftest import RAIZ, Roda, ambiente

PADRAO = RAIZ / "modelos_treinados" / "padrao"
SEM_NGINX = """
import sys
from poema_top import mede
from poema_top.base.erros import executa
from poema_top.medicao import nginx
nginx.procura_programa = lambda nome: None
sys.argv[:] = ["mede", "servidor", "--nginx", "--modelo", sys.argv[1]]
executa(mede.principal)
"""


def test_decifra_uma_amostra_e_conta_o_resto(roda: Roda) -> None:
    exige("nginx", "openssl")
    opcoes = ["--modelo", PADRAO, "--leitores", 120, "--proprios", 2, "--segundos", 2]
    feito = roda("mede", "servidor", "--nginx", *opcoes)
    assert feito.returncode == 0, feito.stderr
    (nivel,) = json.loads(feito.stdout.splitlines()[-1])["niveis"]
    assert (nivel["leitores"], nivel["proprios"]) == (120, 2)
    assert nivel["caidos"] == nivel["recusados"] == 0
    assert 0 < nivel["quadros"] <= 3  # dois por segundo a cada um
    # Um quadro são dez letras e 2 bytes, e o registro do TLS outros 22: uns 70 bytes por segundo.
    assert 20 < nivel["bytes"] < 200
    assert 0 < nivel["cpu"] < 1.1
    assert 0 <= nivel["cpu_nginx"] < 1.1
    assert nivel["memoria_nginx"] > 1
    assert re.search(r"^ +120 +\d,\d\d +\d,\d\d +\d,\d\d +\d+ MB", feito.stdout, re.MULTILINE)


def test_sem_o_nginx_diz_o_que_instalar() -> None:
    comando = [sys.executable, "-c", SEM_NGINX, str(PADRAO)]
    feito = subprocess.run(comando, env=ambiente(), capture_output=True, text=True, check=False)
    assert feito.returncode == 2
    assert (
        feito.stderr == "erro: falta o nginx, sem o qual não se mede; instale-o: apt install nginx openssl\n"
    )


def test_nao_mede_por_mais_tempo_do_que_os_leitores_aguentam(roda: Roda) -> None:
    feito = roda("mede", "servidor", "--nginx", "--modelo", PADRAO, "--segundos", 60)
    assert feito.returncode == 2
    assert feito.stderr == "erro: com --nginx cada medida dura no máximo 25 segundos; diminua --segundos.\n"
