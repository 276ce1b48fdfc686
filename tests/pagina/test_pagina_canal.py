"""O canal da página, por onde chegam o poema de todos e o próprio: o que vale para um vale para o outro."""

import signal
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from apoio.modelos import semente_de_poema_longo
from apoio.servidor import servidor
from conftest import SITIO, espera_que, sem_modelo

LINK = {"inicio": "a lua", "temperatura": "0.7", "semente": "41"}

# Uma fonte que não é um websocket: o teste fala por ela.
# `avisos` é o que o canal disse; `fontes`, as que ele ligou.
FONTE_DE_MEMORIA = """(comFim) => {
  window.avisos = [];
  window.fontes = [];
  const conta = (nome) => (...dados) => avisos.push([nome, ...dados].join(' '));
  window.outro = new Canal({
    ligar() {
      const fonte = { fechada: false, close() { this.fechada = true; } };
      fontes.push(fonte);
      return fonte;
    },
    esperaInicial: 1,
    aoReceber: conta('recebe'),
    aoCair: conta('cai'),
    ...(comFim && { aoAcabar: conta('acaba') }),
  });
  outro.conectar();
}"""


def test_queda_e_rede_de_volta_servem_aos_dois(pagina: Page, pasta_modelo: Path) -> None:
    """Com as esperas esticadas para mais de meia hora, só o aviso do navegador os traz de volta."""
    sem_modelo(pagina)
    pagina.add_init_script("Math.random = () => 1000")
    with servidor(pasta_modelo, "--ritmo", 5) as s:
        pagina.goto(f"{s.http}#meu?{urlencode(LINK)}")
        expect(pagina.locator("#meus-versos")).not_to_have_text("")
        porta = s.porta
        s.encerra()
        expect(pagina.locator("#estado")).to_have_attribute("data-estado", "sem-conexao")
        expect(pagina.locator("#meu-estado")).to_contain_text("a conexão caiu")
    with servidor(pasta_modelo, "--ritmo", 100, porta=porta):
        pagina.context.set_offline(True)
        pagina.context.set_offline(False)
        expect(pagina.locator("#estado")).to_have_attribute("data-estado", "ao-vivo")
        pagina.locator("#meu[data-fase=pronto]").wait_for()


def test_silencio_e_queda_para_os_dois(pagina: Page, pasta_modelo: Path) -> None:
    """Um servidor congelado não fecha nada: só se sabe dele pelo relógio."""
    sem_modelo(pagina)
    pagina.clock.install()
    with servidor(pasta_modelo, "--ritmo", 5) as s:
        pagina.goto(f"{s.http}#meu?{urlencode(LINK)}")
        expect(pagina.locator("#meus-versos")).not_to_have_text("")
        expect(pagina.locator("#estado")).to_have_attribute("data-estado", "ao-vivo")
        s.processo.send_signal(signal.SIGSTOP)
        pagina.clock.fast_forward(46_000)
        expect(pagina.locator("#estado")).to_have_attribute("data-estado", "sem-conexao")
        expect(pagina.locator("#meu-estado")).to_contain_text("a conexão caiu")
        s.processo.send_signal(signal.SIGCONT)
        expect(pagina.locator("#estado")).to_have_attribute("data-estado", "ao-vivo")
        expect(pagina.locator("#meu-estado")).to_contain_text("a rede está escrevendo")


def test_fonte_largada_fala_em_vao(pagina: Page) -> None:
    pagina.goto((SITIO / "index.html").as_uri())
    pagina.evaluate(FONTE_DE_MEMORIA, True)
    pagina.evaluate("for (const data of ['o ', 'sol']) fontes[0].onmessage({ data })")
    pagina.evaluate("outro.conectar()")
    assert pagina.evaluate("fontes.map((f) => f.fechada)") == [True, False]
    pagina.evaluate("fontes[0].onmessage({ data: 'cai' }); fontes[0].onclose({ code: 1000, reason: '' })")
    pagina.evaluate("fontes[1].onmessage({ data: 'a lua' })")
    assert pagina.evaluate("avisos") == ["recebe o  true", "recebe sol false", "recebe a lua true"]


@pytest.mark.parametrize(
    ("codigo", "leu", "com_fim", "aviso"),
    [
        (1000, True, True, "acaba"),
        (1000, False, True, "cai"),  # acabou sem dizer nada: não é um poema
        (1001, True, True, "cai"),
        (1006, False, True, "cai"),
        (1008, False, True, "acaba o servidor não aceitou o pedido 1008"),
        (1013, True, True, "acaba muita gente pedindo poemas agora; tente de novo daqui a pouco 1013"),
        (1000, True, False, "cai"),
        (1008, False, False, "cai"),
        (1013, False, False, "cai"),
    ],
)
def test_cada_fim_e_o_que_se_faz_dele(
    pagina: Page, codigo: int, leu: bool, com_fim: bool, aviso: str
) -> None:
    """O canal de um poema só acaba, é recusado ou tenta de novo; o de todos sempre tenta de novo."""
    pagina.goto((SITIO / "index.html").as_uri())
    pagina.evaluate(FONTE_DE_MEMORIA, com_fim)
    if leu:
        pagina.evaluate("fontes[0].onmessage({ data: 'o sol' })")
    pagina.evaluate("(code) => fontes[0].onclose({ code, reason: '' })", codigo)
    assert pagina.evaluate("avisos").pop() == aviso
    espera_que(pagina, "(quantas) => fontes.length === quantas", 2 if aviso == "cai" else 1)


def test_quedas_seguidas_cansam_so_quem_tem_fim(pagina: Page) -> None:
    pagina.add_init_script("Math.random = () => 0; setTimeout = ((f) => (g, t) => f(g, t / 50))(setTimeout)")
    for com_fim in (True, False):
        pagina.goto((SITIO / "index.html").as_uri())
        pagina.evaluate(FONTE_DE_MEMORIA, com_fim)
        for tentativa in range(1, 6):
            espera_que(pagina, "(quantas) => fontes.length === quantas", tentativa)
            quedas = pagina.evaluate(
                "fontes.at(-1).onmessage({ data: 'o' }), fontes.at(-1).onclose({ code: 1006 }), outro.quedas"
            )
        ultimo = pagina.evaluate("avisos").pop()
        assert ultimo == ("acaba o servidor não respondeu; tente de novo daqui a pouco" if com_fim else "cai")
        assert quedas == (4 if com_fim else 0)


def test_o_modelo_muda_no_meio_e_o_poema_recomeca_tambem_em_voz_alta(
    pagina: Page, pasta_modelo: Path
) -> None:
    """Outra semente, trocada por baixo, é como outro modelo: o que volta não continua o que se leu."""
    sem_modelo(pagina)
    pagina.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.ditos = [];
          const onde = document.querySelector('#meu-anuncio');
          new MutationObserver(() => ditos.push(onde.textContent)).observe(onde, { childList: true });
        })"""
    )
    with servidor(pasta_modelo, "--ritmo", 8) as s:
        longo = {**LINK, "temperatura": "1.5", "semente": semente_de_poema_longo(pasta_modelo, "a lua", 1.5)}
        pagina.goto(f"{s.http}#meu?{urlencode(longo)}")
        espera_que(pagina, "ditos.length > 1")
        lido = pagina.evaluate("meusVersos.data + minhaPena.fila")
        porta = s.porta
        s.encerra(signal.SIGKILL)
        expect(pagina.locator("#meu-estado")).to_contain_text("a conexão caiu")
        pagina.evaluate("pedido.semente = '7'; ditos.length = 0")
    with servidor(pasta_modelo, "--ritmo", 100, porta=porta):
        pagina.locator("#meu[data-fase=pronto]").wait_for()
        texto = pagina.locator("#meus-versos").text_content() or ""
        assert not texto.startswith(lido)
        espera_que(pagina, "(fim) => ditos.at(-1) === fim", texto.split("\n")[-1])
        assert pagina.evaluate("ditos.join('\\n')").split() == texto.split()
