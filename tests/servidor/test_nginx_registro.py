"""O que o site de produção deixa escrito em disco: nada de quem leu nem do que pediu, e nunca muito."""

import contextlib
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from apoio.frente import PADRAO, Frente, esgota, frente
from apoio.programas import SEM, programa
from apoio.servidor import ate, servidor
from conftest import RAIZ
from poema_top.medicao.nginx import DOMINIO, PRAZO, nestes_lugares, porta_livre

LINHA = re.compile(r"\S+ \[[^]]+\] (pagina|rede|modelo|fluxo|proprio|saude|outro) \d{3} \d+ [\d.]+")
REDES = ("198.51.100.77", "2001:db8:77:77:77::77", "2001:db8::77:77:77:77")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Frente]:
    with servidor(PADRAO, "--ritmo", 60) as s, frente(tmp_path, s.porta) as f:
        yield f


def acessos(f: Frente) -> str:
    return (f.pasta / "poema_top.acessos").read_text()


def test_o_registro_nao_diz_quem_leu_nem_o_que_pediu(site: Frente) -> None:
    for rede in REDES:
        site.pede("/?inicio=segredo", "Referer: https://segredo.exemplo/", "User-Agent: segredo", rede=rede)
        site.pede("/saude?segredo", rede=rede)
    ate(lambda: acessos(site).count("\n") == 6)  # a linha vem depois da resposta
    registro = acessos(site)
    assert all(LINHA.fullmatch(linha) for linha in registro.splitlines())
    for comeco in ("198.51.100.x [", "2001:db8:77::/48 [", "2001:db8::/48 ["):
        assert comeco in registro
    assert " pagina 200 " in registro
    assert " saude 200 " in registro
    assert not re.search(r"segredo|77:77|100\.77", registro)


def test_uma_enxurrada_de_recusas_nao_enche_o_disco(site: Frente) -> None:
    """Mil e quinhentos pedidos de 2 KB escreviam milhões de bytes; agora, um cento deles vira uma linha."""
    codigos = [c for _ in range(75) for c in site.pede_em_fila("/nada" + "a" * 1500, "198.51.100.1")]
    assert len(codigos) == 1500
    assert set(codigos) == {404, 429}
    site.pede("/")
    ate(lambda: " pagina 200 " in acessos(site))
    assert len(acessos(site)) < 10_000
    assert acessos(site).count("\n") < 150  # em média 15


def _provoca(f: Frente) -> None:
    """Um erro de cada espécie que o nginx escreve, de quem pede um segredo."""
    rede = REDES[0]
    assert f.pede("/ws/meu?inicio=segredo", rede=rede).codigo == 502  # ninguém atrás
    assert f.pede("/metricas?segredo", rede=rede).codigo == 403
    assert f.pede("/segredo" + "a" * 3_000, rede=rede).codigo == 414
    assert f.pede("/segredo", "X: " + "a" * 3_000, rede=rede).codigo == 400
    assert f.pede("/segredo", "Content-Length: 5000", rede=rede).codigo == 413
    esgota(f, "/segredo", rede)
    esgota(f, "/segredo", rede, porta=f.http)
    with contextlib.suppress(ssl.SSLError):  # nem todo aperto de mão que falha é um alerta
        antigo = ssl.create_default_context(cafile=f.pasta / "fullchain.pem")
        antigo.set_ciphers("AES128-SHA")
        antigo.maximum_version = ssl.TLSVersion.TLSv1_2
        antigo.wrap_socket(f.abre(f.https), server_hostname=DOMINIO)
    with f.abre(f.https) as cru:
        cru.sendall(b"GET /segredo HTTP/1.0\r\n\r\n")  # em claro, na porta do TLS
        assert b"400" in cru.recv(1000)
    with f.abre(f.http) as cru:
        cru.sendall(b"\x16\x03\x01segredo\r\n\r\n")
        assert b"400" in cru.recv(1000)


@pytest.mark.parametrize("aberto", [False, True], ids=["o de produção", "a conferência confere"])
def test_nenhum_erro_diz_quem_pediu_nem_o_que(tmp_path: Path, *, aberto: bool) -> None:
    """Aberto, o registro de erros diz tudo isso: os erros provocados são mesmo dos que ele escreve."""
    with frente(tmp_path, porta_livre()) as f:
        if aberto:
            f.troca("error_log /dev/null emerg;", f"error_log {tmp_path}/tudo.log info;")
            f.recarrega()
            ate(lambda: "exited with code 0" in (tmp_path / "erros.log").read_text())  # o worker antigo
        _provoca(f)
        f.pede("/")
        ate(lambda: " pagina 200 " in acessos(f))
    escrito = {p.name: p.read_text() for p in tmp_path.iterdir() if p.suffix in (".log", ".acessos")}
    assert set(escrito) == {"erros.log", "poema_top.acessos"} | ({"tudo.log"} if aberto else set())
    tudo = "".join(escrito.values())
    especies = (
        "Connection refused) while connecting to upstream", "access forbidden by rule", "too long URI",
        "too long header line", "too large body", "limiting requests", "no shared cipher",
        "plain HTTP request to HTTPS", "invalid method", "segredo", "client: ", REDES[0],
    )  # fmt: skip
    assert [e for e in especies if (e in tudo) != aberto] == []


def _logrotate(f: Frente, *opcoes: object) -> "subprocess.CompletedProcess[str]":
    producao = (RAIZ / "nginx" / "poema_top.logrotate").read_text()
    assert "/run/nginx.pid" in producao
    copia = producao.replace("/var/log/nginx", str(f.pasta)).replace("/run/nginx.pid", f"{f.pasta}/nginx.pid")
    (f.pasta / "poema_top.logrotate").write_text(copia)
    (f.pasta / "poema_top.logrotate").chmod(0o644)
    comando = [programa("logrotate"), "--state", f.pasta / "estado", *opcoes, f.pasta / "poema_top.logrotate"]
    return subprocess.run(comando, capture_output=True, text=True, check=True, timeout=PRAZO)


def test_o_registro_que_cresce_e_dobrado_e_o_nginx_passa_ao_novo(site: Frente) -> None:
    arquivo = site.pasta / "poema_top.acessos"
    site.pede("/")
    ate(lambda: " pagina 200 " in acessos(site))
    _logrotate(site)
    assert not (site.pasta / "poema_top.acessos.1").exists()  # pequeno e de hoje: fica
    with arquivo.open("ab") as escreve:
        escreve.truncate(30_000_000)
    _logrotate(site)
    assert (site.pasta / "poema_top.acessos.1").stat().st_size == 30_000_000
    ate(lambda: site.pede("/").codigo == 200 and " pagina 200 " in acessos(site))
    assert arquivo.stat().st_size < 1_000_000


def test_os_dois_logrotates_nao_brigam() -> None:
    """O do Debian toma conta de /var/log/nginx/*.log, e um arquivo com dois donos fica sem nenhum."""
    do_debian = Path("/etc/logrotate.d/nginx")
    if not do_debian.exists():
        pytest.skip(SEM + "nginx, logrotate")
    nosso = RAIZ / "nginx" / "poema_top.logrotate"
    feito = subprocess.run(
        [programa("logrotate"), "--debug", do_debian, nosso],
        capture_output=True, text=True, check=False, timeout=PRAZO,
    )  # fmt: skip
    assert "duplicate" not in feito.stderr
    assert "error:" not in feito.stderr, feito.stderr


def test_o_arquivo_a_prova_e_o_de_producao_e_so_mudam_os_lugares(tmp_path: Path) -> None:
    producao = (RAIZ / "nginx" / "poema_top").read_text()
    with frente(tmp_path, porta_livre()) as f:
        posto = (f.pasta / "poema_top").read_text()
    assert nestes_lugares(producao, tmp_path, {}) != posto
    mudadas = [de for de, para in zip(producao.splitlines(), posto.splitlines(), strict=True) if de != para]
    lugares = (
        r"listen|root /|access_log /|proxy_cache_path /|ssl_certificate(_key)?\b|server 127\.0\.0\.1:8000;"
    )
    lugar = re.compile(rf"\s*({lugares})")
    assert len(mudadas) == 11
    assert all(lugar.match(linha) for linha in mudadas)
