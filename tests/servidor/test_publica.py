"""A publicação com o rsync de verdade: numa pasta daqui, e por um sshd de verdade em loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apoio.frente import porta_livre
from apoio.programas import exige, programa
from apoio.servidor import servidor
from conftest import RAIZ

PUBLICA = RAIZ / "ferramentas" / "publica.sh"
PRAZO = 30  # segundos


def publica(*argumentos: object, **ambiente: str) -> "subprocess.CompletedProcess[str]":
    programa("rsync")
    comando = ["sh", str(PUBLICA), *map(str, argumentos)]
    return subprocess.run(
        comando, capture_output=True, text=True, check=False, timeout=PRAZO, env={**os.environ, **ambiente}
    )


def arquivos(pasta: Path) -> set[str]:
    return {str(a.relative_to(pasta)) for a in pasta.rglob("*") if a.is_file()}


def test_sem_de_verdade_so_mostra(tmp_path: Path) -> None:
    feito = publica(f"{tmp_path}/")
    assert feito.returncode == 0, feito.stderr
    assert "src/poema_top/websocket.py" in feito.stdout
    assert "isto foi um ensaio" in feito.stdout
    assert arquivos(tmp_path) == set()


def test_envia_o_que_o_servidor_usa_e_nada_mais(tmp_path: Path) -> None:
    feito = publica(tmp_path, "--de-verdade")
    assert feito.returncode == 0, feito.stderr
    assert "systemctl restart" in feito.stdout
    enviados = arquivos(tmp_path)
    assert enviados >= {
        "src/poema_top/websocket.py", "index.html", "just", "justfile", "requirements-servidor.txt",
        "ferramentas/ambiente.py", "nginx/poema_top", "systemd/poema_top.service",
        *(f"modelos_treinados/padrao/{nome}" for nome in ("ficha.json", "passo.tflite", "vocabulario.json")),
    }  # fmt: skip
    primeiras = {caminho.split("/")[0] for caminho in enviados}
    assert not primeiras & {
        "tests",
        "dataset",
        "docs",
        ".venv",
        ".git",
        ".ci",
        "README.md",
        "requirements.txt",
    }
    assert not any("__pycache__" in c or c.endswith((".keras", ".npz", ".png", ".pyc")) for c in enviados)
    for caminho in enviados:
        modo = (tmp_path / caminho).stat().st_mode
        assert modo & 0o444 == 0o444, f"{caminho}: o serviço não conseguiria ler"
        assert not modo & 0o022, f"{caminho}: outros poderiam escrever"


def test_o_que_foi_enviado_serve_poemas(tmp_path: Path) -> None:
    assert publica(tmp_path, "--de-verdade").returncode == 0
    programa_la = (
        "import poema_top.websocket as w; from poema_top.geracao import checkpoint; "
        "print(w.__file__, checkpoint.le().nome)"
    )
    ambiente = {"PYTHONPATH": str(tmp_path / "src"), "PATH": os.environ["PATH"]}
    feito = subprocess.run(
        [sys.executable, "-c", programa_la],
        env=ambiente,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert feito.stdout.split() == [str(tmp_path / "src/poema_top/websocket.py"), "padrao"]
    with servidor(tmp_path / "modelos_treinados" / "padrao") as s:
        assert s.porta > 0


def test_apaga_o_que_saiu_do_projeto_e_poupa_o_que_e_de_la(tmp_path: Path) -> None:
    publica(tmp_path, "--de-verdade")
    de_la = [tmp_path / ".venv/bin/python", tmp_path / "anotacoes.txt", tmp_path / "ferramentas/outra.sh"]
    velhos = [tmp_path / "src/poema_top/velho.py", tmp_path / "modelos_treinados/antigo/ficha.json"]
    for caminho in de_la + velhos:
        caminho.parent.mkdir(parents=True, exist_ok=True)
        caminho.write_text("")
    assert publica(tmp_path, "--de-verdade").returncode == 0
    assert all(caminho.exists() for caminho in de_la)
    assert not any(caminho.exists() for caminho in velhos)


@pytest.mark.parametrize(
    ("argumentos", "diz"),
    [
        ((), "falta dizer aonde"),
        (("a@b", "--de-mentira"), "opção desconhecida: --de-mentira"),
        (("a@b", "c@d"), "um servidor de cada vez"),
    ],
)
def test_o_engano_de_quem_usa_e_uma_linha(argumentos: tuple[str, ...], diz: str) -> None:
    feito = publica(*argumentos)
    assert feito.returncode == 2
    assert feito.stderr.startswith("erro: ")
    assert diz in feito.stderr
    assert feito.stderr.count("\n") == 1


def _chave(caminho: Path) -> None:
    comando = [programa("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(caminho)]
    subprocess.run(comando, check=True)


@contextmanager
def _sshd(pasta: Path) -> Iterator[str]:
    """Um sshd só para este teste; devolve o comando de ssh que chega a ele."""
    porta = porta_livre()
    _chave(pasta / "do_servidor")
    _chave(pasta / "de_quem_publica")
    opcoes = {
        "Port": porta, "ListenAddress": "127.0.0.1", "HostKey": pasta / "do_servidor", "PidFile": "none",
        "AuthorizedKeysFile": pasta / "de_quem_publica.pub", "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no", "UsePAM": "no", "StrictModes": "no", "PermitRootLogin": "yes",
    }  # fmt: skip
    (pasta / "sshd_config").write_text("".join(f"{nome} {valor}\n" for nome, valor in opcoes.items()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # a pasta que o sshd exige, e que o systemd criaria
    processo = subprocess.Popen(
        [programa("sshd"), "-D", "-e", "-f", pasta / "sshd_config"], stderr=subprocess.PIPE
    )
    try:
        prazo = time.monotonic() + PRAZO
        while True:
            assert processo.poll() is None, processo.communicate()[1]
            assert time.monotonic() < prazo
            try:
                socket.create_connection(("127.0.0.1", porta), PRAZO).close()
                break
            except ConnectionRefusedError:
                continue
        cliente = (
            f"ssh -p {porta} -i {pasta}/de_quem_publica -o StrictHostKeyChecking=accept-new -o BatchMode=yes"
        )
        yield f"{cliente} -o UserKnownHostsFile={pasta}/conhecidos -F none"
    finally:
        processo.terminate()
        processo.communicate()


def test_publica_por_ssh(tmp_path: Path) -> None:
    exige("rsync", "ssh", "ssh-keygen", "sshd")
    la = tmp_path / "la"
    la.mkdir()
    with _sshd(tmp_path) as ssh:
        feito = publica(f"127.0.0.1:{la}", "--de-verdade", RSYNC_RSH=ssh)
        assert feito.returncode == 0, feito.stderr
        assert "src/poema_top/websocket.py" in arquivos(la)
        longe = publica(f"127.0.0.1:{la}/nao/existe", "--de-verdade", RSYNC_RSH=ssh)
    assert longe.returncode == 2
    assert "confira o endereço" in longe.stderr
