"""A publicação com o rsync de verdade, numa pasta daqui."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apoio.publicacao import MARCA, alheia, arquivos, conteudo, publica
from apoio.servidor import servidor


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
        "src/poema_top/websocket.py", "pagina/index.html", "pagina/rede.js", "just", "justfile",
        "requirements-servidor.txt", "requirements-servidor.lock",
        "ferramentas/ambiente.py", "nginx/poema_top", "systemd/poema_top.service",
        *(
            f"modelos_treinados/{modelo}/{nome}" for modelo in ("poeta", "padrao")
            for nome in ("ficha.json", "passo.tflite", "vocabulario.json", "lembranca.npz", "pagina.bin")
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
    assert not any(c.startswith("pagina/treino") for c in enviados)  # lá não se treina
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


@pytest.mark.parametrize("de_verdade", [(), ("--de-verdade",)])
def test_a_pasta_de_outra_pessoa_fica_como_esta(tmp_path: Path, de_verdade: tuple[str, ...]) -> None:
    antes = alheia(tmp_path)
    feito = publica(tmp_path, *de_verdade)
    assert feito.returncode == 2
    assert feito.stderr.startswith(f"erro: {tmp_path} não é de uma publicação nossa (falta {MARCA}, e há ")
    assert feito.stderr.count("\n") == 1
    assert (feito.stdout, conteudo(tmp_path)) == ("", antes)


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
