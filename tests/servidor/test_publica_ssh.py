"""A publicação por um sshd de verdade em loopback."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apoio.programas import exige, programa
from apoio.publicacao import MARCA, PRAZO, alheia, arquivos, conteudo, publica
from poema_top.medicao.nginx import porta_livre


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
        assert {"src/poema_top/websocket.py", MARCA} <= arquivos(la)
        (la / "src/velho.py").write_text("")
        assert publica(f"127.0.0.1:{la}", "--de-verdade", RSYNC_RSH=ssh).returncode == 0
        assert not (la / "src/velho.py").exists()
        antes = alheia(tmp_path / "alheia")
        recusa = publica(f"127.0.0.1:{tmp_path}/alheia", "--de-verdade", RSYNC_RSH=ssh)
        assert (recusa.returncode, conteudo(tmp_path / "alheia")) == (2, antes)
        assert "não é de uma publicação nossa" in recusa.stderr
        novo = publica(f"127.0.0.1:{tmp_path}/novo", "--de-verdade", RSYNC_RSH=ssh)
        assert novo.returncode == 0, novo.stderr
        longe = publica(f"127.0.0.1:{la}/nao/existe", "--de-verdade", RSYNC_RSH=ssh)
    assert longe.returncode == 2
    assert "confira o endereço" in longe.stderr
