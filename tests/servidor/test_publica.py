"""A publicação com o rsync de verdade: numa pasta daqui, e por um sshd de verdade em loopback."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apoio.frente import porta_livre
from apoio.programas import exige, programa
from apoio.servidor import servidor
from conftest import RAIZ
from poema_top.geracao import checkpoint

PUBLICA = Path("ferramentas", "publica.sh")
MARCA = ".poema_top"
PRAZO = 30  # segundos


def publica(*argumentos: object, projeto: Path = RAIZ, **ambiente: str) -> "subprocess.CompletedProcess[str]":
    programa("rsync")
    comando = ["sh", str(projeto / PUBLICA), *map(str, argumentos)]
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
        "requirements-servidor.lock",
        "ferramentas/ambiente.py", "nginx/poema_top", "systemd/poema_top.service",
        *(
            f"modelos_treinados/{modelo}/{nome}" for modelo in ("poeta", "padrao")
            for nome in ("ficha.json", "passo.tflite", "vocabulario.json", "lembranca.npz")
        ),
        "modelos_treinados/critico/critico.npz",
    }  # fmt: skip
    assert "fica de fora" not in feito.stdout
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
    assert not any(
        "__pycache__" in c or c.endswith((".keras", "retomada.npz", ".png", ".pyc")) for c in enviados
    )
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
    assert feito.stdout.split() == [str(tmp_path / "src/poema_top/websocket.py"), "poeta"]
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


def _alheia(pasta: Path) -> dict[str, str]:
    """Uma pasta de outra pessoa, com os nomes que os nossos têm; o que há nela, para conferir depois."""
    for nome in (
        "src/meu.c",
        "nginx/meu.conf",
        "systemd/meu.service",
        "modelos_treinados/meu",
        "notas de lá",
    ):
        (pasta / nome).parent.mkdir(parents=True, exist_ok=True)
        (pasta / nome).write_text("meu")
    return _conteudo(pasta)


def _conteudo(pasta: Path) -> dict[str, str]:
    return {nome: (pasta / nome).read_text(errors="replace") for nome in arquivos(pasta)}


@pytest.mark.parametrize("de_verdade", [(), ("--de-verdade",)])
def test_a_pasta_de_outra_pessoa_fica_como_esta(tmp_path: Path, de_verdade: tuple[str, ...]) -> None:
    antes = _alheia(tmp_path)
    feito = publica(tmp_path, *de_verdade)
    assert feito.returncode == 2
    assert feito.stderr.startswith(f"erro: {tmp_path} não é de uma publicação nossa (falta {MARCA}, e há ")
    assert feito.stderr.count("\n") == 1
    assert (feito.stdout, _conteudo(tmp_path)) == ("", antes)


def test_a_primeira_publicacao_deixa_a_marca_e_nada_apaga(tmp_path: Path) -> None:
    la = tmp_path / "ainda não existe"
    ensaio = publica(la)
    assert ensaio.returncode == 0, ensaio.stderr
    assert f"a pasta ganharia a marca ({MARCA}), e nada lá seria apagado" in ensaio.stdout
    assert not la.exists()
    assert publica(la, "--de-verdade").returncode == 0
    assert (la / MARCA).is_file()
    (la / "src/velho.py").write_text("")
    ensaio = publica(la)
    assert "*deleting   src/velho.py" in ensaio.stdout
    assert "marca" not in ensaio.stdout
    assert (la / "src/velho.py").exists()


def test_uma_publicacao_de_antes_da_marca_a_ganha_a_mao(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/velho.py").write_text("")
    assert publica(tmp_path, "--de-verdade").returncode == 2
    (tmp_path / MARCA).mkdir()  # não é um arquivo: não vale
    assert publica(tmp_path, "--de-verdade").returncode == 2
    (tmp_path / MARCA).rmdir()
    (tmp_path / MARCA).touch()
    assert publica(tmp_path, "--de-verdade").returncode == 0
    assert not (tmp_path / "src/velho.py").exists()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Um clone do que se publica, com a sua pasta de modelos."""
    pasta = tmp_path / "clone"
    ignora = shutil.ignore_patterns("__pycache__")
    for nome in ("src", "nginx", "systemd", "ferramentas", "modelos_treinados/padrao"):
        shutil.copytree(RAIZ / nome, pasta / nome, ignore=ignora)
    for nome in ("index.html", "justfile", "just", "requirements-just.txt"):
        shutil.copy(RAIZ / nome, pasta)
    for requisitos in RAIZ.glob("requirements-servidor.*"):
        shutil.copy(requisitos, pasta)
    return pasta


def _treina(pasta: Path, versao: int) -> None:
    """Grava uma versão de um modelo como o treino a grava; o conteúdo diz qual é."""

    def escreve(destino: Path) -> None:
        for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO):
            (destino / nome).write_text(f"versão {versao}")

    checkpoint.grava(pasta, escreve, {"versao": versao})


def test_o_meio_de_uma_troca_nao_se_publica(clone: Path, tmp_path: Path) -> None:
    la, modelos = tmp_path / "la", clone / "modelos_treinados"
    for nome in ("trocando", "comecando", "apagado"):
        _treina(modelos / nome, 1)
    assert publica(la, "--de-verdade", projeto=clone).returncode == 0
    # Um treino grava por cima; outro foi apagado aqui e recomeçou do nada; o terceiro se apagou.
    (modelos / "trocando").rename(modelos / ".trocando.anterior")
    shutil.copytree(modelos / ".trocando.anterior", modelos / ".trocando.novo")
    (modelos / ".trocando.tranca").touch()
    (modelos / "comecando" / checkpoint.FICHA).unlink()
    shutil.rmtree(modelos / "apagado")
    (modelos / "vazia").mkdir()
    (modelos / "pela metade").mkdir()
    shutil.copy(la / "modelos_treinados/trocando" / checkpoint.FICHA, modelos / "pela metade")
    for opcoes in ((), ("--de-verdade",)):
        feito = publica(la, *opcoes, projeto=clone)
        assert feito.returncode == 0, feito.stderr
        for nome in ("comecando", "vazia", "pela metade"):
            assert feito.stdout.count(f"fica de fora modelos_treinados/{nome}: não é um modelo completo") == 1
        assert "*deleting   modelos_treinados/apagado/" in feito.stdout
    assert {p.name for p in (la / "modelos_treinados").iterdir()} == {"padrao", "trocando", "comecando"}
    assert (la / "modelos_treinados/comecando" / checkpoint.FICHA).exists()  # o de lá fica como estava


def test_publicar_enquanto_se_treina_manda_sempre_uma_versao_inteira(clone: Path, tmp_path: Path) -> None:
    la, pasta = tmp_path / "la", clone / "modelos_treinados" / "m"
    _treina(pasta, 0)
    chega = threading.Event()

    def nao_para() -> None:
        versao = 0
        while not chega.wait(0.02):  # segundos: cem vezes mais depressa que um treino
            versao += 1
            _treina(pasta, versao)

    treino = threading.Thread(target=nao_para)
    treino.start()
    try:
        vistas = set()
        for _ in range(5):
            feito = publica(la, "--de-verdade", projeto=clone)
            assert feito.returncode == 0, feito.stderr
            assert "fica de fora" not in feito.stdout
            publicado = la / "modelos_treinados" / "m"
            (do_passo, do_vocabulario) = (
                (publicado / nome).read_text() for nome in (checkpoint.PASSO, checkpoint.VOCABULARIO)
            )
            ficha = (publicado / checkpoint.FICHA).read_text()
            assert do_passo == do_vocabulario
            assert checkpoint.sha256(do_passo.encode()) in ficha
            vistas.add(do_passo)
    finally:
        chega.set()
        treino.join()
    assert len(vistas) > 1, "o treino não trocou nada"


def test_sem_modelo_completo_nada_se_publica(clone: Path, tmp_path: Path) -> None:
    (clone / "modelos_treinados/padrao" / checkpoint.FICHA).unlink()
    feito = publica(tmp_path / "la", "--de-verdade", projeto=clone)
    assert feito.returncode == 2
    assert "não há modelo completo em modelos_treinados" in feito.stderr
    assert not (tmp_path / "la").exists()


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
        assert {"src/poema_top/websocket.py", MARCA} <= arquivos(la)
        (la / "src/velho.py").write_text("")
        assert publica(f"127.0.0.1:{la}", "--de-verdade", RSYNC_RSH=ssh).returncode == 0
        assert not (la / "src/velho.py").exists()
        antes = _alheia(tmp_path / "alheia")
        recusa = publica(f"127.0.0.1:{tmp_path}/alheia", "--de-verdade", RSYNC_RSH=ssh)
        assert (recusa.returncode, _conteudo(tmp_path / "alheia")) == (2, antes)
        assert "não é de uma publicação nossa" in recusa.stderr
        novo = publica(f"127.0.0.1:{tmp_path}/novo", "--de-verdade", RSYNC_RSH=ssh)
        assert novo.returncode == 0, novo.stderr
        longe = publica(f"127.0.0.1:{la}/nao/existe", "--de-verdade", RSYNC_RSH=ssh)
    assert longe.returncode == 2
    assert "confira o endereço" in longe.stderr
