"""A que servidor vai cada chave."""

import pytest

from poema_top.base.erros import ErroPoema
from poema_top.llm.chave import chave_de, nesta_maquina, origem


@pytest.fixture(autouse=True)
def sem_chaves(monkeypatch: pytest.MonkeyPatch) -> None:
    for nome in ("OPENAI_API_KEY", "POEMA_LLM_CHAVE", "POEMA_LLM_SERVIDOR"):
        monkeypatch.delenv(nome, raising=False)


@pytest.mark.parametrize(
    ("servidor", "vai"),
    [
        ("https://api.openai.com/v1", True),
        ("https://API.OpenAI.com:443/v1/", True),
        ("http://api.openai.com/v1", False),
        ("https://api.openai.com:8443/v1", False),
        ("https://api.openai.com.br/v1", False),
        ("https://outra/v1", False),
        ("http://outra:8080/v1", False),
        ("http://localhost:11434/v1", False),
    ],
)
def test_a_da_openai_so_vai_a_ela(servidor: str, *, vai: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chave_de(servidor) is None
    monkeypatch.setenv("OPENAI_API_KEY", "sk-da-openai")
    assert chave_de(servidor) == ("sk-da-openai" if vai else None)


@pytest.mark.parametrize(
    ("dela", "servidor", "vai"),
    [
        ("https://outra/v1", "https://outra/v1", True),
        ("https://outra", "https://outra:443/v1", True),
        ("https://outra/v1", "https://outra:444/v1", False),
        ("https://outra/v1", "http://outra/v1", False),
        ("https://outra/v1", "https://mais-uma/v1", False),
        ("https://outra/v1", "https://api.openai.com/v1", False),
        ("http://localhost:8080", "http://localhost:8080/v1", True),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", True),
        ("http://[::1]:8080", "http://[::1]:8080/v1", True),
        ("http://localhost:8080", "http://localhost:8081/v1", False),
    ],
)
def test_a_de_outro_so_vai_ao_endereco_dela(
    dela: str, servidor: str, *, vai: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POEMA_LLM_CHAVE", "segredo")
    monkeypatch.setenv("POEMA_LLM_SERVIDOR", dela)
    assert chave_de(servidor) == ("segredo" if vai else None)


def test_cada_uma_na_sua_casa(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-da-openai")
    monkeypatch.setenv("POEMA_LLM_CHAVE", "segredo")
    monkeypatch.setenv("POEMA_LLM_SERVIDOR", "https://outra/v1")
    assert chave_de("https://api.openai.com/v1") == "sk-da-openai"
    assert chave_de("https://outra/v1") == "segredo"
    assert chave_de("http://localhost:11434/v1") is None


@pytest.mark.parametrize(
    ("chave", "dela", "diz"),
    [
        ("segredo", "", "ponha em POEMA_LLM_SERVIDOR o endereço dele"),
        ("segredo", "outra", "ponha em POEMA_LLM_SERVIDOR o endereço dele"),
        ("segredo", "http://outra/v1", "iria em claro pela rede"),
        ("segredo", "http://10.0.0.7/v1", "iria em claro pela rede"),
        ("se gredo", "http://localhost/v1", "uma letra que chave nenhuma tem"),
        ("segredo\nX: y", "http://localhost/v1", "uma letra que chave nenhuma tem"),
    ],
)
def test_o_que_nao_se_entende_ou_iria_em_claro(
    chave: str, dela: str, diz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POEMA_LLM_CHAVE", chave)
    monkeypatch.setenv("POEMA_LLM_SERVIDOR", dela)
    with pytest.raises(ErroPoema, match=diz) as erro:
        chave_de(dela or "http://localhost:11434/v1")
    assert "segredo" not in str(erro.value)


@pytest.mark.parametrize(
    "servidor",
    [
        "https://api.openai.com@outra/v1", "https://outra\\@api.openai.com/v1", "https://api.openai.com\\.outra/v1",
        "https://api.openai.com#@outra", "https://api.openai.com\n.outra/v1", "https://ou tra/v1", "https:///v1",
        "ftp://outra", "outra", "", "http://a:0", "http://a:99999", "http://[::1", "//outra/v1",
    ],
)  # fmt: skip
def test_o_que_se_poderia_ler_de_dois_jeitos_nao_e_endereco(servidor: str) -> None:
    assert origem(servidor) is None


def test_o_que_fica_nesta_maquina() -> None:
    for daqui in ("localhost", "127.0.0.1", "127.8.8.8", "::1"):
        assert nesta_maquina(("http", daqui, 80))
    for fora in ("outra", "10.0.0.1", "localhost.outra", "0.0.0.0", "fe80::1"):
        assert not nesta_maquina(("http", fora, 80))
