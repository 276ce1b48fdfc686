"""O muro diante do nginx: o arquivo de produção do nftables, numa rede feita pelo teste."""

import asyncio
import contextlib
import resource
import socket
import ssl
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from apoio.frente import PADRAO
from apoio.rua import Rua, rua
from apoio.servidor import ate
from conftest import SITIO, ambiente
from conftest import comando as do_poema
from poema_top.medicao.nginx import DOMINIO, PRAZO, comando, prepara

POR_REDE, POR_BLOCO, AO_TODO = 200, 800, 10_000
UM, OUTRO = "198.18.0.7", "198.19.0.1"
CONEXOES_DO_NGINX = 1024  # as do nginx de teste; no de produção são mais, e o ataque também seria
FOLGA = 240  # conexões seguidas de uma rede, antes de o ritmo contar


@pytest.fixture
def r() -> Iterator[Rua]:
    with rua() as aberta:
        yield aberta


@pytest.fixture
def parado(r: Rua) -> Iterator[Rua]:
    """Quem escuta não desliga ninguém: quantas conexões há só depende do muro."""
    escutas = r.escuta(2 * AO_TODO)
    yield r
    for escuta in escutas:
        escuta.close()


def desliga(aberto: socket.socket) -> None:
    """Com RST: a conexão acaba já, dos dois lados."""
    aberto.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    aberto.close()


@contextlib.contextmanager
def abertas() -> Iterator[list[socket.socket]]:
    todas: list[socket.socket] = []
    try:
        yield todas
    finally:
        for aberto in todas:
            desliga(aberto)


@pytest.mark.parametrize(
    ("um", "vizinho", "outro"),
    [
        ("198.18.0.7", "198.18.0.7", "198.18.0.8"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", "2001:db8:1:3::1"),  # uma /64 é uma casa
    ],
)
def test_de_uma_rede_cabem_duzentas_e_sai_uma_entra_outra(
    parado: Rua, um: str, vizinho: str, outro: str
) -> None:
    with abertas() as todas:
        todas += [parado.conecta(um) for _ in range(POR_REDE)]
        with pytest.raises(ConnectionRefusedError):
            parado.conecta(vizinho)
        assert parado.barradas("demais") == 1
        todas.append(parado.conecta(outro))
        desliga(todas.pop(0))
        todas.append(_assim_que_couber(parado, vizinho))


def _assim_que_couber(r: Rua, de: str) -> socket.socket:
    """O núcleo recolhe as conexões acabadas de tempos em tempos."""
    achada: list[socket.socket] = []

    def cabe() -> bool:
        with contextlib.suppress(ConnectionRefusedError):
            achada.append(r.conecta(de))
        return bool(achada)

    ate(cabe)
    return achada[0]


def test_um_bloco_de_ipv6_vale_quatro_redes(parado: Rua) -> None:
    with abertas() as todas:
        for rede in range(POR_BLOCO // POR_REDE):
            todas += [parado.conecta(f"2001:db8:1:{rede}::1") for _ in range(POR_REDE)]
        with pytest.raises(ConnectionRefusedError):
            parado.conecta("2001:db8:1:ffff::1")
        todas.append(parado.conecta("2001:db8:2::1"))


def test_a_porta_80_conta_junto(parado: Rua) -> None:
    with abertas() as todas:
        todas += [parado.conecta("198.18.0.7") for _ in range(POR_REDE)]
        with pytest.raises(ConnectionRefusedError):
            parado.conecta("198.18.0.7", porta=80)
        assert parado.barradas("demais") == 1


def test_ao_todo_cabe_o_que_cabe_na_memoria_do_nginx(parado: Rua) -> None:
    moles, duros = resource.getrlimit(resource.RLIMIT_NOFILE)
    if duros < AO_TODO + 1000:
        pytest.skip(f"só {duros} arquivos abertos nesta máquina; este teste pede {AO_TODO + 1000}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(moles, AO_TODO + 1000), duros))
    try:
        with abertas() as todas:
            for rede in range(AO_TODO // POR_REDE):
                todas += [parado.conecta(f"198.18.1.{rede}") for _ in range(POR_REDE)]
            for de in ("198.18.2.1", "2001:db8::1"):
                with pytest.raises(ConnectionRefusedError):
                    parado.conecta(de)
            assert parado.barradas("lotado") == 2
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (moles, duros))


@pytest.mark.parametrize("bloco", [False, True], ids=["uma rede", "um bloco"])
def test_quem_abre_e_fecha_depressa_espera_e_os_outros_nao(parado: Rua, *, bloco: bool) -> None:
    """De um bloco as conexões vêm cada uma de uma rede, e nenhuma delas tem pressa."""
    abriu = 0
    while not (abriu >= FOLGA and abriu % 20 == 0 and parado.barradas("depressa")):
        desliga(parado.conecta(f"2001:db8:1:{abriu if bloco else 0:x}::1"))  # o TCP insiste por nós
        abriu += 1
        assert abriu < 20_000
    barradas = parado.barradas("depressa")
    desliga(parado.conecta("2001:db8:2::1"))
    desliga(parado.conecta("198.18.0.7"))
    assert parado.barradas("depressa") == barradas


def test_repor_o_muro_nao_derruba_ninguem(r: Rua) -> None:
    escuta, outra = r.escuta(10)
    outra.close()
    with escuta, r.conecta("198.18.0.7") as leitor, escuta.accept()[0] as do_site:
        r.muro()
        leitor.sendall(b"ainda aqui")
        assert do_site.recv(100) == b"ainda aqui"


@pytest.fixture
def site(r: Rua, tmp_path: Path) -> Iterator[tuple[Rua, ssl.SSLContext]]:
    """O nginx e o serviço de verdade atrás do muro, nas portas de produção."""
    confia = prepara(tmp_path, {})
    servico = do_poema("websocket", "--modelo", PADRAO, "--porta", 8000, "--ritmo", 60)
    with ExitStack() as pilha:
        for programa in (comando(tmp_path), servico):
            processo = subprocess.Popen(
                r.no_site(*programa), env=ambiente(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            pilha.callback(processo.wait, PRAZO)
            pilha.callback(processo.terminate)
        ate(lambda: _pede(r, confia, "/saude").startswith(b"HTTP/1.1 200 "))
        yield r, confia


def _pede(r: Rua, confia: ssl.SSLContext, caminho: str) -> bytes:
    try:
        with confia.wrap_socket(r.conecta(OUTRO), server_hostname=DOMINIO) as aberto:
            aberto.sendall(f"GET {caminho} HTTP/1.0\r\nHost: {DOMINIO}\r\n\r\n".encode())
            return b"".join(iter(lambda: aberto.recv(65536), b""))
    except ConnectionRefusedError:
        return b""


def _meios_apertos(r: Rua, confia: ssl.SSLContext) -> list[socket.socket]:
    """Mais conexões do que o nginx aceitaria de todos juntos, cada uma com meio ClientHello."""
    saida = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        confia.wrap_bio(ssl.MemoryBIO(), saida, server_hostname=DOMINIO).do_handshake()
    ola = saida.read()
    todas = [r.tenta(UM) for _ in range(CONEXOES_DO_NGINX + 100)]
    for aberto in todas:
        with contextlib.suppress(OSError):  # a que não entrou
            aberto.send(ola[: len(ola) // 2])
    return todas


def _meios_cabecalhos(r: Rua, confia: ssl.SSLContext) -> list[socket.socket]:
    """Conexões com o TLS pronto e meio cabeçalho, até a primeira recusa."""
    todas: list[socket.socket] = []
    with contextlib.suppress(ConnectionRefusedError):
        for _ in range(CONEXOES_DO_NGINX // 2):
            todas.append(confia.wrap_socket(r.conecta(UM), server_hostname=DOMINIO))
            todas[-1].sendall(b"GET / HTTP/1.1\r\nX: ")
    return todas


@pytest.mark.parametrize("ataca", [_meios_apertos, _meios_cabecalhos])
def test_um_endereco_nao_esgota_o_nginx(
    site: tuple[Rua, ssl.SSLContext],
    ataca: Callable[[Rua, ssl.SSLContext], list[socket.socket]],
) -> None:
    r, confia = site

    async def le() -> None:
        endereco = f"wss://{DOMINIO}/ws/"
        tomada = r.conecta(OUTRO)
        tomada.setblocking(False)
        async with asyncio.timeout(PRAZO), connect(endereco, ssl=confia, sock=tomada) as leitor:
            await leitor.recv()

    with abertas() as todas:
        todas.extend(ataca(r, confia))
        assert r.de_pe(UM) <= POR_REDE
        assert r.barradas("demais") > 0
        asyncio.run(le())
        assert _pede(r, confia, "/").endswith((SITIO / "index.html").read_bytes())
