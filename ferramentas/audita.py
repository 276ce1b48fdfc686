"""Pergunta a uma base pública se o que a tranca do servidor instala tem falhas conhecidas.

Uso: just audita [--ignore-vuln FALHA]   (as outras opções são as do pip-audit)

Acaba com 1 se há alguma, e com 0 se não há; também com 0 se a base não responde, e então diz que nada foi
conferido.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

from preparo.estado import RAIZ, ErroPreparo, executa, tranca

ARQUIVO = "requirements-servidor.txt"
# O que o pip-audit diz quando é a base, ou o caminho até ela, que falha.
SEM_BASE = re.compile(
    r"ConnectionError|ServiceError|Timeout|ProxyError|SSLError|ChunkedEncodingError|JSONDecodeError|HTTPError"
)


def principal() -> None:
    """Roda o pip-audit e conta o que ele disse: o que tem falha, e o que ninguém conferiu."""
    # A OSV e não o PyPI: quem não o alcança e usa uma cópia dele ouviria que nada tem falhas.
    comando = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--format", "json"]
    comando += ["--progress-spinner", "off", "--disable-pip", "--require-hashes", "-r", str(tranca(ARQUIVO))]
    feito = subprocess.run([*comando, *sys.argv[1:]], cwd=RAIZ, capture_output=True, text=True, check=False)
    try:
        pacotes = json.loads(feito.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        dito = (feito.stderr.strip() or "nada").splitlines()[-1]
        if not SEM_BASE.search(feito.stderr):
            raise ErroPreparo(f"o pip-audit não conseguiu: {dito}") from None
        motivo = dito.partition(": ")[0]
        print(f"NADA FOI CONFERIDO: a base de falhas conhecidas não responde daqui ({motivo}).")
        return
    com_falha = [pacote for pacote in pacotes if pacote.get("vulns")]
    for pacote in com_falha:
        for falha in pacote["vulns"]:
            onde = ", ".join(falha["fix_versions"]) or "nenhuma versão ainda"
            print(f"{pacote['name']} {pacote['version']}: {falha['id']} (consertada em: {onde})")
    _conta([pacote["name"] for pacote in pacotes if "vulns" in pacote], len(com_falha))
    sys.exit(1 if com_falha else 0)


def _conta(conferidos: list[str], com_falha: int) -> None:
    todos = re.findall(r"^([\w.-]+)==", tranca(ARQUIVO).read_text(encoding="utf-8"), re.MULTILINE)
    fora = sorted(set(todos) - set(conferidos))
    if not conferidos:
        print("NADA FOI CONFERIDO: a base de falhas não conhece nenhum dos pacotes.")
        return
    deixa = (
        f"; sem conferir, por não serem deste sistema ou por outro motivo: {', '.join(fora)}" if fora else ""
    )
    print(f"{len(conferidos)} pacotes conferidos, {com_falha} com falhas conhecidas{deixa}.")


if __name__ == "__main__":
    executa(principal)
