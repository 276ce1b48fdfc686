"""Dos bytes de um arquivo qualquer ao texto dele, dizendo o que se entendeu."""

import codecs
import re
from dataclasses import dataclass, field

from poema_top.texto.paginas import Ilegivel, Leitura, de_um_byte, desfaz_dupla, e_utf8

_MARCAS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 com BOM"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32 LE"),  # antes do UTF-16, que é o começo dele
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32 BE"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16 BE"),
)
_ASSINATURAS = (
    (b"%PDF", "é um PDF; copie o texto dele para um .txt"),
    (b"PK\x03\x04", "é um .docx, .odt, .epub ou .zip; salve-o como texto (.txt)"),
    (b"\xd0\xcf\x11\xe0", "é um .doc antigo; salve-o como texto (.txt)"),
    (b"{\\rtf", "é um RTF; salve-o como texto (.txt)"),
    (b"\x89PNG", "é uma imagem"),
    (b"\xff\xd8\xff", "é uma imagem"),
    (b"GIF8", "é uma imagem"),
    (b"\x1f\x8b", "está comprimido (gzip); descomprima-o antes"),
    (b"SQLite format 3", "é um banco de dados"),
)
_FIM_DE_LINHA = re.compile(r"\r*\n|\r|[\u0085\u2028\u2029\v]")


@dataclass(frozen=True)
class Decifrado:
    r"""Um texto, e como os bytes foram lidos.

    Attributes:
        texto: sem BOM, com "\n" como único fim de linha.
        codificacao: o nome dela, como se diz a uma pessoa.
        notas: o que mais houve de notável, uma frase cada.
        de_dois_jeitos: o mesmo trecho nas duas leituras quase igualmente boas, ou "".
    """

    texto: str
    codificacao: str
    notas: list[str] = field(default_factory=list)
    de_dois_jeitos: str = ""


def decifra(dados: bytes, codificacao: str | None = None) -> Decifrado:
    """Lê os bytes de um arquivo de texto.

    Args:
        dados: o arquivo inteiro.
        codificacao: a que a pessoa disse que é; None descobre.

    Raises:
        Ilegivel: vazio, binário, ou sem leitura que faça sentido.
    """
    if not dados.strip():
        raise Ilegivel("está vazio")
    for assinatura, motivo in _ASSINATURAS:
        if dados.startswith(assinatura):
            raise Ilegivel(motivo)
    nome, texto, notas, duas = _dita(dados, codificacao) if codificacao else _descobre(dados)
    if marcas := texto.count("\ufeff", 1):
        notas.append(f"{marcas} marcas BOM no meio do texto, de arquivos colados; tirei-as")
    texto, consertadas = desfaz_dupla(texto.replace("\ufeff", ""))
    notas += [consertadas] if consertadas else []
    if "\r" in texto:
        nome += " com CR-CR-LF" if "\r\r\n" in texto else " com CRLF" if "\r\n" in texto else " com CR"
    texto = linhas_iguais(texto)
    if not texto.strip():
        raise Ilegivel("está vazio")
    return Decifrado(texto, nome, notas, duas)


def linhas_iguais(texto: str) -> str:
    r"""O texto com "\\n" como único fim de linha."""
    return _FIM_DE_LINHA.sub("\n", texto)


def _dita(dados: bytes, codificacao: str) -> Leitura:
    """A codificação que a pessoa disse; LookupError se não existe."""
    try:
        texto = dados.decode(codificacao)
    except UnicodeError as erro:
        raise Ilegivel(f"não está em {codificacao}: {_onde(dados, erro)}") from None
    return codificacao, texto, [], ""


def _descobre(dados: bytes) -> Leitura:
    for marca, codificacao, nome in _MARCAS:
        if dados.startswith(marca) and not (codificacao == "utf-8" and not e_utf8(dados)):
            return nome, *_dita(dados, codificacao)[1:]
    if (sem_marca := _utf16_sem_marca(dados)) is not None:
        return sem_marca
    controles = sum(dados.count(bytes([b])) for b in range(32) if b not in b"\t\n\v\f\r\x1b")
    if controles > len(dados) // 20 + 1:
        raise Ilegivel("não é texto (parece um arquivo binário)")
    return ("UTF-8", dados.decode(), [], "") if e_utf8(dados) else de_um_byte(dados)


def _utf16_sem_marca(dados: bytes) -> Leitura | None:
    """Em UTF-16, as letras latinas têm um byte nulo cada: sempre do mesmo lado."""
    pares, impares = dados[::2].count(0), dados[1::2].count(0)
    for nome, codificacao, nulos, outros in (
        ("UTF-16 LE", "utf-16-le", impares, pares),
        ("UTF-16 BE", "utf-16-be", pares, impares),
    ):
        if nulos > len(dados) // 4 and outros < nulos // 20 + 1 and len(dados) >= 4:
            return f"{nome} sem BOM", *_dita(dados, codificacao)[1:]
    return None


def _onde(dados: bytes, erro: UnicodeError) -> str:
    if isinstance(erro, UnicodeDecodeError):
        return f"o byte {erro.start + 1} não cabe nela (linha {dados[: erro.start].count(10) + 1})"
    return str(erro)
