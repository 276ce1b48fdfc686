"""O site de produção, poemas: wss por um nginx de verdade, limites, recargas, e a página num Chromium."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from apoio.frente import PADRAO, Frente, esgota, frente
from apoio.programas import chromium
from apoio.servidor import codigo_do_fim, le_ate, metricas, servidor
from poema_top.medicao.nginx import DOMINIO, PRAZO, porta_livre

LIMITE = 100  # leitores de uma mesma rede, no nginx


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frente]:
    # Sem limite por endereço no servidor: o que se prova aqui é o do nginx.
    opcoes = ("--ritmo", 400, "--por-endereco", 10_000, "--origens", f"https://{DOMINIO}")
    with servidor(PADRAO, *opcoes) as s, frente(tmp_path_factory.mktemp("nginx"), s.porta) as f:
        yield f


def le(f: Frente, caminho: str = "/ws/", rede: str = "", forjado: str = "", **opcoes: Any) -> connect:
    """Um leitor por wss, conferido o certificado; `rede` é de onde vem, `forjado` de onde diz vir."""
    cabecalhos = {"X-Endereco-De-Teste": rede} if rede else {}
    if forjado:
        cabecalhos |= {"X-Forwarded-For": forjado, "Forwarded": f"for={forjado}", "X-Real-IP": forjado}
    opcoes = {"origin": f"https://{DOMINIO}", "additional_headers": cabecalhos} | opcoes
    endereco = f"wss://{DOMINIO}:{f.https}{caminho}"
    return connect(endereco, ssl=f.confia, host="127.0.0.1", port=f.https, **opcoes)


async def letras(conexao: ClientConnection, quantas: int) -> str:
    """Lê até juntar `quantas` letras novas."""
    texto = ""
    async with asyncio.timeout(PRAZO):
        while len(texto) < quantas:
            texto += str(await conexao.recv())
    return texto


async def recusa(f: Frente, **opcoes: Any) -> int:
    """O código HTTP com que se recusa quem conecta assim."""
    with pytest.raises(InvalidStatus) as recusado:
        async with le(f, **opcoes):
            pass
    return recusado.value.response.status_code


def test_poemas_por_wss_e_quem_chega_tarde_le_o_mesmo(site: Frente) -> None:
    async def cedo_e_tarde() -> None:
        async with le(site) as cedo:
            texto = await letras(cedo, 5)
            async with le(site) as tarde:
                do_tarde = await le_ate(tarde, "\n\n\n")
                async with asyncio.timeout(PRAZO):
                    while do_tarde not in texto:
                        texto += str(await cedo.recv())

    asyncio.run(cedo_e_tarde())


def test_so_a_nossa_pagina_conecta(site: Frente) -> None:
    assert asyncio.run(recusa(site, origin="https://outro.exemplo")) == 403


def test_o_poema_pedido_chega_inteiro_e_e_sempre_o_mesmo(site: Frente) -> None:
    async def pede() -> str:
        async with le(site, "/ws/meu?temperatura=0.7&inicio=o+mar&semente=7") as conexao:
            poema = "".join([str(trecho) async for trecho in conexao])
        assert conexao.close_code == 1000
        return poema

    poema = asyncio.run(pede())
    assert poema.startswith("o mar")
    assert asyncio.run(pede()) == poema


def test_quem_forja_o_endereco_e_contado_pelo_verdadeiro(tmp_path: Path) -> None:
    async def forja(f: Frente) -> None:
        async with le(f, rede="198.51.100.1", forjado="192.0.2.1") as um:
            await letras(um, 1)
            assert await recusa(f, rede="198.51.100.1", forjado="192.0.2.2") == 429
            async with le(f, rede="198.51.100.2", forjado="192.0.2.1") as outro:
                await letras(outro, 1)

    with servidor(PADRAO, "--por-endereco", 1) as s:
        with frente(tmp_path, s.porta) as f:
            asyncio.run(forja(f))
        _, _, registro = s.encerra()
    assert "recusa motivo=endereço endereco=198.51.100.x" in registro
    assert "192.0.2" not in registro


def test_cem_leitores_por_rede_e_sai_um_entra_outro(site: Frente) -> None:
    async def lota() -> None:
        async with AsyncExitStack() as pilha:
            todos = [await pilha.enter_async_context(le(site, rede="203.0.113.1")) for _ in range(LIMITE)]
            assert await recusa(site, rede="203.0.113.1") == 429
            assert await recusa(site, rede="203.0.113.1", caminho="/ws/meu") == 429
            async with le(site, rede="203.0.113.2") as de_fora:
                await letras(de_fora, 5)
            await todos[0].close()  # volta quando o nginx desliga: o lugar já está livre
            async with le(site, rede="203.0.113.1") as novo:
                await letras(novo, 5)

    asyncio.run(lota())


def test_quem_conecta_demais_espera(site: Frente) -> None:
    assert esgota(site, "/ws/", "203.0.113.3") > 120
    assert site.pede("/ws/", rede="203.0.113.4").codigo == 426


def test_quem_pede_poemas_demais_espera_e_uma_rede_ipv6_conta_como_um(site: Frente) -> None:
    assert esgota(site, "/ws/meu", "2001:db8:1:2::a") > 10
    assert site.pede("/ws/meu", rede="2001:db8:1:2:ffff::1").codigo == 429
    assert site.pede("/ws/meu", rede="2001:db8:1:3::a").codigo == 426


def test_recarregar_o_nginx_nao_derruba_quem_le(tmp_path: Path) -> None:
    async def atravessa(f: Frente) -> None:
        async with le(f) as leitor:
            await letras(leitor, 5)
            f.troca("max-age=31536000", "max-age=7")
            f.recarrega()
            async with asyncio.timeout(PRAZO):
                while (await _hsts(f)) != "max-age=7":  # até o worker novo atender
                    await letras(leitor, 1)
            await letras(leitor, 300)
            async with le(f) as outro:
                await letras(outro, 5)

    with servidor(PADRAO, "--ritmo", 200) as s, frente(tmp_path, s.porta) as f:
        asyncio.run(atravessa(f))
        assert metricas(s)["poema_derrubados_total"] == 0


async def _hsts(f: Frente) -> str:
    resposta = await asyncio.to_thread(f.pede, "/nada")
    return resposta.cabecalhos["strict-transport-security"]


def test_o_servidor_reinicia_a_pagina_fica_e_quem_lia_volta(tmp_path: Path) -> None:
    async def le_um_pouco(f: Frente) -> None:
        async with le(f) as leitor:
            await letras(leitor, 5)

    async def ate_cair(f: Frente) -> int | None:
        async with le(f) as leitor:
            await letras(leitor, 5)
            s.processo.terminate()
            return await codigo_do_fim(leitor)

    porta = porta_livre()
    with frente(tmp_path, porta) as f:
        with servidor(PADRAO, "--ritmo", 60, porta=porta) as s:
            assert asyncio.run(ate_cair(f)) == 1001
            s.processo.wait(PRAZO)
        assert f.pede("/").codigo == 200
        assert asyncio.run(recusa(f)) == 502
        with servidor(PADRAO, "--ritmo", 60, porta=porta):
            asyncio.run(le_um_pouco(f))


def test_a_pagina_escreve_num_chromium_sem_uma_queixa(site: Frente) -> None:
    """As duas políticas de conteúdo, a da página e a do nginx, valem juntas."""
    queixas: list[str] = []
    argumentos = [
        "--no-sandbox",
        "--disable-gpu",
        f"--host-resolver-rules=MAP {DOMINIO}:443 127.0.0.1:{site.https}",
    ]
    with sync_playwright() as p:
        navegador = p.chromium.launch(executable_path=chromium(), args=argumentos)
        pagina = navegador.new_page(ignore_https_errors=True)
        pagina.on("console", lambda m: queixas.append(m.text) if m.type in ("error", "warning") else None)
        pagina.on("pageerror", lambda e: queixas.append(str(e)))
        pagina.goto(f"https://{DOMINIO}/")
        expect(pagina.locator(".versos").first).not_to_have_text("", timeout=PRAZO * 1000)
        assert pagina.evaluate("getComputedStyle(document.body).display") == "flex"
        navegador.close()
    assert queixas == []
