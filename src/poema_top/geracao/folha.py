"""A página sem servidor: numa folha só, com tudo dentro, ou com os arquivos dela ao lado.

Os scripts e a política são os que o `index.html` diz. Numa folha, a política só deixa rodar os scripts que
estão dentro dela, cada um pelo seu SHA-256, e nada se busca. O modelo vai em base64 num `<script>` que não é
de JavaScript, e que por isso ninguém executa: `modelo.js` o lê como texto. Os comentários do HTML falam da
página que o servidor dá, e saem.
"""

import base64
import hashlib
import re
from pathlib import Path

from poema_top.base.arquivos import SITIO, relativo
from poema_top.base.erros import ErroPoema
from poema_top.geracao.checkpoint import sha256
from poema_top.geracao.pagina import INDICE, endereco, indice

_HTML = "index.html"
_SCRIPT = re.compile(r'<script src="([\w.-]+\.js)" defer></script>\n?')
_COMENTARIO = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_POLITICA = re.compile(r'(?<=<meta http-equiv="Content-Security-Policy" content=")[^"]*')
# O que, dentro de um <script>, o HTML lê antes do JavaScript.
_SAI_DO_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)
_SEM_JEKYLL = ".nojekyll"  # o GitHub Pages, ao vê-lo, serve os arquivos como estão


def numa_folha(modelo: bytes, sitio: Path = SITIO) -> bytes:
    """A página inteira num arquivo, que se abre do disco e sem rede.

    Args:
        modelo: o conteúdo do arquivo que a página lê.
        sitio: a pasta da página.

    Raises:
        ErroPoema: a página não se deixa juntar, e por quê.
    """
    html = _sem_servidor(sitio)
    dentro = [_le_script(sitio / nome) for nome in _SCRIPT.findall(html)]
    html = _SCRIPT.sub("", html)
    if not dentro or "<script" in html:
        raise ErroPoema(
            f"{relativo(sitio / _HTML)} precisa trazer os seus scripts, e só eles, em linhas como "
            '<script src="nome.js" defer></script>.'
        )
    somas = " ".join(f"'sha256-{_em_base64(hashlib.sha256(s.encode()).digest())}'" for s in dentro)
    html = _com_politica(html, sitio, {"script-src": somas, "connect-src": "'none'"})
    partes = [f'<script type="application/octet-stream" id="modelo">{_em_base64(modelo)}</script>']
    # Depois do modelo e de tudo: um script com `defer` esperaria a página inteira, e um de dentro não espera.
    partes += [f"<script>{script}</script>" for script in dentro]
    return _troca(html, r"(?=</body>)", "\n".join([*partes, ""]), sitio).encode()


def ao_lado(modelo: bytes, sitio: Path = SITIO) -> dict[str, bytes]:
    """Os arquivos de um site parado, que qualquer hospedagem serve; o nome de cada um, e o conteúdo.

    Raises:
        ErroPoema: a página não é como se espera.
    """
    soma = sha256(modelo)
    html = _com_politica(_sem_servidor(sitio), sitio, {"connect-src": "'self'"})
    return {
        _SEM_JEKYLL: b"",
        endereco(soma): modelo,
        INDICE: indice(soma),
        **{script.name: script.read_bytes() for script in sorted(sitio.glob("*.js"))},
        _HTML: html.encode(),
    }


def _sem_servidor(sitio: Path) -> str:
    """O HTML, sem comentários, com a marca de que não há servidor por trás."""
    html = _COMENTARIO.sub("", (sitio / _HTML).read_text(encoding="utf-8"))
    return _troca(html, r"(?<=<html)(?=[ >])", " data-sem-servidor", sitio)


def _le_script(caminho: Path) -> str:
    texto = caminho.read_text(encoding="utf-8")
    if achado := _SAI_DO_SCRIPT.search(texto):
        raise ErroPoema(
            f"{relativo(caminho)} tem {achado[0]!r}, que dentro da página acabaria com ele; escreva de outro "
            "jeito (numa cadeia de texto, com uma barra invertida no meio)."
        )
    return texto


def _com_politica(html: str, sitio: Path, trocas: dict[str, str]) -> str:
    """O HTML, com estas diretivas da política trocadas; as outras ficam como estão."""
    antes = _POLITICA.search(html)
    diretivas = dict(d.strip().partition(" ")[::2] for d in antes[0].split(";")) if antes else {}
    if faltam := ", ".join(trocas.keys() - diretivas.keys()):
        raise ErroPoema(f"não achei {faltam} na política de {relativo(sitio / _HTML)}; reponha a linha dela.")
    politica = "; ".join(f"{nome} {valor}".strip() for nome, valor in {**diretivas, **trocas}.items())
    return _troca(html, _POLITICA.pattern, politica, sitio)


def _troca(html: str, padrao: str, por: str, sitio: Path) -> str:
    """O HTML, com a única coisa que o padrão acha trocada."""
    trocado, vezes = re.subn(padrao, lambda _: por, html)
    if vezes != 1:
        raise ErroPoema(f"em {relativo(sitio / _HTML)} achei {padrao} {vezes} vezes, e não uma.")
    return trocado


def _em_base64(bytes_: bytes) -> str:
    return base64.b64encode(bytes_).decode("ascii")
