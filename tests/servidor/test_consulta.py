from hypothesis import given, settings
from hypothesis import strategies as st

from poema_top.base.erros import ErroPoema
from poema_top.servidor.pedido import INICIO_MAXIMO, Pedido
from poema_top.texto.vocabulario import Vocabulario


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80), st.from_regex(r"(temperatura|inicio|semente|rascunhos)=[^&]*(&\w*=?.*){0,9}")
    )
)
def test_qualquer_consulta_e_um_pedido_ou_um_motivo_curto(consulta: str) -> None:
    vocabulario = Vocabulario.de_poemas(["o mar é azul\ne o sol, não"])
    motivo, pedido = "", None
    try:
        pedido = Pedido.de_url(f"/ws/meu?{consulta}", vocabulario, 16)
    except ErroPoema as erro:
        motivo = str(erro)
    assert bool(motivo) != bool(pedido)
    assert len(motivo.encode()) <= 123  # o que cabe num fechamento de websocket
    if pedido:
        assert 0 <= pedido.temperatura <= 2
        assert 0 <= pedido.semente < 2**53
        assert 1 <= pedido.rascunhos <= 16
        assert len(pedido.inicio) <= INICIO_MAXIMO
        vocabulario.codifica(pedido.inicio)
        assert "@" not in pedido.inicio
