"""O modelo que o servidor dá à página: pelo nome do que há nele, o de agora e o de antes, e nenhum outro."""

import hashlib
import json
import shutil
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

from apoio.modelos import refaz_a_ficha
from apoio.servidor import PRAZO, Servidor, ate, quem_escreve, servidor
from poema_top.geracao import checkpoint


def pede(s: Servidor, caminho: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(s.http + caminho, timeout=PRAZO) as resposta:
            return resposta.status, dict(resposta.headers), resposta.read()
    except urllib.error.HTTPError as erro:
        with erro:
            return erro.code, dict(erro.headers), erro.read()


def nome_do_modelo(s: Servidor) -> str:
    codigo, cabecalhos, corpo = pede(s, "modelo.json")
    assert codigo == HTTPStatus.OK
    assert cabecalhos["Cache-Control"] == "no-cache"
    return str(json.loads(corpo)["arquivo"])


def test_o_modelo_tem_o_nome_do_que_ha_nele(pasta_modelo: Path) -> None:
    with servidor(pasta_modelo) as s:
        nome = nome_do_modelo(s)
        codigo, cabecalhos, corpo = pede(s, nome)
        assert codigo == HTTPStatus.OK
        assert corpo == (pasta_modelo / checkpoint.PAGINA).read_bytes()
        assert nome == f"modelo/{hashlib.sha256(corpo).hexdigest()}.bin"
        assert "immutable" in cabecalhos["Cache-Control"]
        for outro in ("modelo/", f"modelo/{'0' * 64}.bin", nome + "/", "modelo/../" + nome + "x"):
            assert pede(s, outro)[0] == HTTPStatus.NOT_FOUND


def test_modelo_de_antes_de_haver_o_arquivo_nao_se_da(pasta_modelo: Path, tmp_path: Path) -> None:
    antigo = Path(shutil.copytree(pasta_modelo, tmp_path / "antigo"))
    (antigo / checkpoint.PAGINA).unlink()
    refaz_a_ficha(antigo)
    with servidor(antigo) as s:
        assert pede(s, "modelo.json")[0] == HTTPStatus.NOT_FOUND


def test_na_troca_de_modelo_o_de_antes_ainda_se_da(
    pasta_modelo: Path, pasta_silabas: Path, pasta_palavras: Path, tmp_path: Path
) -> None:
    """Quem soube o nome um instante antes da troca ainda acha o arquivo; dois modelos depois, não."""
    emprestada = tmp_path / "m"
    shutil.copytree(pasta_modelo, emprestada)
    with servidor(emprestada, "--recarrega") as s:
        nomes = [nome_do_modelo(s)]
        for hora, outra in (("uma", pasta_silabas), ("duas", pasta_palavras)):
            nova = Path(shutil.copytree(outra, tmp_path / hora))
            refaz_a_ficha(nova, criado_em=hora)
            emprestada.rename(tmp_path / f"velha-{hora}")
            nova.rename(emprestada)
            ate(lambda hora=hora: quem_escreve(s) == hora)
            ate(lambda: nome_do_modelo(s) != nomes[-1])
            nomes.append(nome_do_modelo(s))
            assert pede(s, nomes[-1])[2] == (emprestada / checkpoint.PAGINA).read_bytes()
            assert pede(s, nomes[-2])[0] == HTTPStatus.OK
        assert pede(s, nomes[0])[0] == HTTPStatus.NOT_FOUND
