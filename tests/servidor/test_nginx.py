"""O site de produção, página e cabeçalhos: nginx de verdade, com o arquivo de produção, em loopback."""

import contextlib
import gzip
import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from apoio.frente import PADRAO, Frente, Resposta, esgota, frente
from apoio.programas import programa
from apoio.servidor import servidor
from conftest import SITIO
from poema_top.medicao.nginx import DOMINIO

PAGINA = (SITIO / "index.html").read_bytes()
REDE = (SITIO / "rede.js").read_bytes()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frente]:
    with servidor(PADRAO, "--ritmo", 60) as s, frente(tmp_path_factory.mktemp("nginx"), s.porta) as f:
        yield f


def test_a_pagina_vem_inteira_e_depois_so_se_mudou(site: Frente) -> None:
    for caminho in ("/", "/index.html", "/?inicio=o+mar&semente=7"):
        resposta = site.pede(caminho)
        assert resposta.codigo == 200
        assert resposta.corpo == PAGINA
        assert resposta.cabecalhos["content-type"] == "text/html"
        assert resposta.cabecalhos["cache-control"] == "max-age=300"
    assert site.pede("/", f"If-None-Match: {resposta.cabecalhos['etag']}").codigo == 304
    assert site.pede("/", 'If-None-Match: "outra"').codigo == 200


def test_rede_js_vem_apertada_e_depois_so_se_mudou(site: Frente) -> None:
    resposta = site.pede("/rede.js")
    assert (resposta.codigo, resposta.corpo) == (200, REDE)
    assert resposta.cabecalhos["content-type"] == "application/javascript"
    assert resposta.cabecalhos["cache-control"] == "max-age=300"
    assert site.pede("/rede.js", f"If-None-Match: {resposta.cabecalhos['etag']}").codigo == 304
    apertada = site.pede("/rede.js", "Accept-Encoding: gzip")
    assert apertada.cabecalhos["content-encoding"] == "gzip"
    assert len(apertada.corpo) < len(REDE) / 2


def test_o_modelo_vem_pelo_nome_e_vale_para_sempre(site: Frente) -> None:
    dito = site.pede("/modelo.json")
    assert dito.cabecalhos["cache-control"] == "no-cache"
    arquivo = json.loads(dito.corpo)["arquivo"]
    modelo = site.pede(f"/{arquivo}")
    assert modelo.codigo == 200
    assert arquivo == f"modelo/{hashlib.sha256(modelo.corpo).hexdigest()}.bin"
    assert modelo.corpo == (PADRAO / "pagina.bin").read_bytes()
    assert modelo.cabecalhos["cache-control"] == "public, max-age=31536000, immutable"
    assert modelo.cabecalhos["content-type"] == "application/octet-stream"
    assert modelo.cabecalhos["x-content-type-options"] == "nosniff"
    for outro in (
        "/modelo/",
        "/modelo/x.bin",
        f"/modelo/{'0' * 64}.bin",
        f"/{arquivo}x",
        "/modelo/../modelo.json2",
    ):
        assert site.pede(outro).codigo == 404


def test_sem_o_servico_o_modelo_continua_vindo(tmp_path: Path) -> None:
    with servidor(PADRAO) as s, frente(tmp_path, s.porta) as f:
        arquivo = json.loads(f.pede("/modelo.json").corpo)["arquivo"]
        antes = f.pede(f"/{arquivo}").corpo
        s.encerra()
        assert f.pede("/saude").codigo == 502
        assert json.loads(f.pede("/modelo.json").corpo)["arquivo"] == arquivo
        assert f.pede(f"/{arquivo}").corpo == antes


def _curl(f: Frente, *opcoes: str) -> "subprocess.CompletedProcess[bytes]":
    aonde = ["--connect-to", f"{DOMINIO}:443:127.0.0.1:{f.https}", f"https://{DOMINIO}/"]
    comando = [
        programa("curl"),
        "--silent",
        "--fail",
        "--cacert",
        str(f.pasta / "fullchain.pem"),
        *opcoes,
        *aonde,
    ]
    return subprocess.run(comando, capture_output=True, check=True)


def test_aperta_a_pagina(site: Frente) -> None:
    apertada = _curl(site, "--header", "Accept-Encoding: gzip").stdout
    assert gzip.decompress(apertada) == PAGINA
    assert len(apertada) < len(PAGINA) / 2


def test_http2(site: Frente) -> None:
    feito = _curl(site, "--http2", "--write-out", "%{stderr}%{http_version}")
    assert feito.stderr == b"2"
    assert feito.stdout == PAGINA


@pytest.mark.parametrize(("versao", "aceita"), [("1.1", False), ("1.2", True), ("1.3", True)])
def test_so_tls_que_ainda_presta(site: Frente, versao: str, aceita: bool) -> None:
    # O nível 0 deixa o próprio openssl propor o TLS 1.1; quem recusa tem de ser o site.
    comando = ["openssl", "s_client", "-connect", f"127.0.0.1:{site.https}", "-cipher", "ALL:@SECLEVEL=0"]
    opcao = "-tls" + versao.replace(".", "_")
    feito = subprocess.run([*comando, opcao], input=b"", capture_output=True, check=False)
    assert (feito.returncode == 0) == aceita, feito.stderr


@pytest.mark.parametrize("host", [DOMINIO, "outro.exemplo"])
def test_http_leva_a_https_qualquer_que_seja_o_host(site: Frente, host: str) -> None:
    resposta = site.pede("/?inicio=o+mar", f"Host: {host}", porta=site.http)
    assert resposta.codigo == 301
    assert resposta.cabecalhos["location"] == f"https://{DOMINIO}/?inicio=o+mar"


def test_http_responde_o_desafio_do_certificado(site: Frente) -> None:
    desafio = site.pasta / "desafios" / ".well-known" / "acme-challenge" / "abc"
    desafio.parent.mkdir(parents=True)
    desafio.write_text("abc.xyz")
    resposta = site.pede("/.well-known/acme-challenge/abc", porta=site.http)
    assert (resposta.codigo, resposta.corpo) == (200, b"abc.xyz")
    assert site.pede("/.well-known/acme-challenge/../../../nginx.conf", porta=site.http).codigo in (301, 400)


def _politica(resposta: Resposta) -> dict[str, str]:
    diretivas = resposta.cabecalhos["content-security-policy"].split(";")
    return dict(diretiva.strip().split(" ", 1) for diretiva in diretivas)


@pytest.mark.parametrize(
    ("caminho", "codigo"), [("/", 200), ("/nada", 404), ("/metricas", 403), ("/ws/", 426)]
)
def test_cabecalhos_de_seguranca_em_toda_resposta(site: Frente, caminho: str, codigo: int) -> None:
    resposta = site.pede(caminho)
    assert resposta.codigo == codigo
    c = resposta.cabecalhos
    assert c["strict-transport-security"] == "max-age=31536000"
    assert c["x-content-type-options"] == "nosniff"
    assert c["x-frame-options"] == "DENY"
    assert c["referrer-policy"] == "no-referrer"
    assert "camera=()" in c["permissions-policy"]
    assert c["server"] == "nginx"  # sem a versão
    politica = _politica(resposta)
    assert politica["script-src"] == "'self'"
    assert politica["default-src"] == politica["frame-ancestors"] == "'none'"
    assert politica["connect-src"] == f"'self' wss://{DOMINIO}"
    assert politica["require-trusted-types-for"] == "'script'"


@pytest.mark.parametrize(
    "caminho",
    [
        "/src/poema_top/base/arquivos.py", "/justfile", "/modelos_treinados/padrao/ficha.json",
        "/.git", "/.git/HEAD",
        "/ws/outro", "/ws/../metricas2", "/..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/index.html/x",
    ],
)  # fmt: skip
def test_da_pasta_do_projeto_so_a_pagina(site: Frente, caminho: str) -> None:
    assert site.pede(caminho).codigo in (400, 404)


@pytest.mark.parametrize(
    "caminho", ["/metricas", "/metricas?x", "/./metricas", "/%6detricas", "/ws/../metricas"]
)
def test_as_metricas_nao_saem_da_maquina(site: Frente, caminho: str) -> None:
    resposta = site.pede(caminho)
    assert resposta.codigo == 403
    assert b"poema_" not in resposta.corpo


def test_a_saude_e_publica(site: Frente) -> None:
    resposta = site.pede("/saude")
    assert resposta.codigo == 200
    assert b'"estado": "ok"' in resposta.corpo


def test_bomba_de_cabecalhos_e_recusada_e_o_site_continua(site: Frente) -> None:
    # Cabem num registro TLS (16 KB): o nginx lê tudo antes de recusar. Do que é maior ele desliga no meio,
    # e o RST pode chegar antes da resposta.
    assert site.pede("/", "X: " + "a" * 9_000).codigo == 400
    assert site.pede("/" + "a" * 9_000).codigo == 414
    with contextlib.suppress(OSError):
        assert site.pede("/", *[f"X-{i}: {'a' * 4000}" for i in range(20)]).codigo == 400
    assert site.pede("/").codigo == 200


@pytest.mark.parametrize(
    ("caminho", "codigo"), [("/", 200), ("/nada", 404), ("/metricas", 403), ("/saude", 200)]
)
def test_quem_pede_demais_espera_e_os_outros_nao(site: Frente, caminho: str, codigo: int) -> None:
    rede = f"203.0.113.{codigo % 100 + len(caminho)}"
    assert esgota(site, caminho, rede) > 40
    assert site.pede(caminho, rede="203.0.113.200").codigo == codigo


def test_o_redirecionamento_tambem_tem_limite(site: Frente) -> None:
    assert esgota(site, "/", "203.0.113.99", porta=site.http) > 40
    assert site.pede("/", rede="203.0.113.98", porta=site.http).codigo == 301


def test_as_redes_de_um_bloco_ipv6_gastam_juntas_uma_cota(site: Frente) -> None:
    """Cada uma dentro do seu limite, mas juntas não: quem tem um /48 tem 65.536 delas."""
    redes = (f"2001:db8:48:{rede:x}::1" for rede in range(1000))
    recusada = next(rede for rede in redes if site.pede_em_fila("/ws/meu", rede)[0] == 429)
    assert recusada not in ("2001:db8:48:0::1", "2001:db8:48:1::1", "2001:db8:48:2::1")
    assert site.pede("/ws/meu", rede="2001:db8:49::1").codigo == 426
