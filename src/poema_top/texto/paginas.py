"""Em que página de códigos de um byte está um texto em português: decidem as letras e o lugar delas.

Uma biblioteca de detecção escolhe entre dezenas de codificações. Quem escreve em português usa meia dúzia, e
escolher só entre elas acerta mais (as medidas estão em docs/seus-poemas.md).
"""

import re
from itertools import islice

PAGINAS = {"Windows-1252": "cp1252", "Mac Roman": "mac_roman", "DOS (cp850)": "cp850"}
MINIMO = 0.25  # abaixo disto, nenhuma leitura faz sentido
PERTO = 0.8  # quando a segunda leitura vale mais que isto da primeira, mostram-se as duas
_COMUNS = frozenset("áàâãçéêíóôõúü")
_PONTUACAO = frozenset("“”‘’–—…«»ºª°´\u00a0€")
# UTF-8 gravado como se fosse Windows-1252 e convertido de novo: "nÃ£o".
DUPLA = re.compile(r"Ã[£¡¢§©ª\u00ad³´µº\u00a0¨‰‡•“”]|Â[\u00a0ªº«»°´]|â€[œ\u009d™˜“”¦]")

Leitura = tuple[str, str, list[str], str]  # o nome, o texto, as notas, os dois jeitos


class Ilegivel(Exception):
    """Os bytes não são um texto que se saiba ler; a mensagem diz por quê, e o que fazer."""


def de_um_byte(dados: bytes) -> Leitura:
    """Uma página de códigos de um byte; as linhas que são UTF-8 (arquivos colados) ficam como são."""
    linhas = dados.splitlines(keepends=True)
    boas = [e_utf8(linha) for linha in linhas]
    alheias = b"".join(linha for linha, boa in zip(linhas, boas, strict=True) if not boa)
    notas, misturado = [], any(b and not linha.isascii() for linha, b in zip(linhas, boas, strict=True))
    leituras = sorted(((pontos(t), n, t) for n, t in _leituras(alheias)), reverse=True)
    if not leituras or leituras[0][0] < MINIMO:
        if misturado and 2 * sum(boas) > len(boas):
            quais = (
                f"{boas.count(False)} linhas com bytes estragados (a primeira é a {boas.index(False) + 1}ª)"
            )
            return "UTF-8", dados.decode(errors="replace"), [f"{quais}; troquei-os por \ufffd"], ""
        raise Ilegivel("está numa codificação que não reconheço; diga qual com --codificacao")
    valor, nome, texto = leituras[0]
    duas = ""
    if len(leituras) > 1 and leituras[1][0] > PERTO * valor and leituras[1][2] != texto:
        duas = " ou ".join(f"“{_amostra(t)}” ({n})" for _, n, t in leituras[:2])
    if misturado:
        codec = PAGINAS[nome]
        texto = "".join(x.decode() if b else x.decode(codec) for x, b in zip(linhas, boas, strict=True))
        notas = [f"{boas.count(False)} linhas em {nome} no meio das outras: arquivos colados?"]
        nome = "UTF-8 misturado"
    else:
        texto = dados.decode(PAGINAS[nome])
    return nome, texto, notas, duas


def _leituras(dados: bytes) -> list[tuple[str, str]]:
    feitas = []
    for nome, codec in PAGINAS.items():
        try:
            feitas.append((nome, dados.decode(codec)))
        except UnicodeDecodeError:
            continue
    return feitas


def pontos(texto: str) -> float:
    """Quanto o texto parece português, de -1 a 1, pelo que não é ASCII e o que está em volta."""
    achados = re.finditer(r"(?s)(?<=(.))?([^\x00-\x7f])(?=(.))?", texto)
    valores = [_ponto(a[1] or " ", a[2], a[3] or " ") for a in islice(achados, 2000)]
    return sum(valores) / len(valores) if valores else 0.0


def _ponto(antes: str, c: str, depois: str) -> float:
    if c in _COMUNS:
        if antes == " " and depois.isupper():
            return -1.0
        estranho = (
            (c == "ç" and not depois.isalpha())
            or (c == "ã" and depois.isalpha() and depois not in "oesi")
            or (c == "õ" and depois != "e")
            or (c == "à" and antes.isalpha())
            or (c not in "éàáó" and not antes.isalpha() and not depois.isalpha())
            or (c == "á" and depois in ("o", "a"))  # num DOS lido como Mac, o "ç"
        )
        return 0.3 if estranho else 1.0
    if c in "ÉÀÓ" and not antes.isalpha() and not depois.isalpha():
        return 1.0
    if c.lower() in _COMUNS:
        return -1.0 if antes.islower() or (depois.islower() and antes.isalpha()) else 0.6
    if c in _PONTUACAO:
        return _pontuacao(antes, c, depois)
    return 0.3 if c.isalpha() and c.islower() else -1.0


def _pontuacao(antes: str, c: str, depois: str) -> float:
    """Aspas abrem antes de palavra e fecham depois dela; travessões e reticências têm o seu lugar."""
    solta_antes, solta_depois = not antes.isalnum(), not depois.isalnum()
    if c in "“‘«":
        return 1.0 if solta_antes and not depois.isspace() else -0.5
    if c in "”»…ºª°":
        return 1.0 if solta_depois and not antes.isspace() else 0.0
    if c == "\u00a0":
        return (
            0.3 if antes.isspace() or depois.isspace() else -1.0 if not (solta_antes or solta_depois) else 1.0
        )
    if c in "–—" and (depois.islower() if solta_antes else solta_depois and not depois.isspace()):
        return 0.3  # num Mac lido como Windows, o "ó"
    return 1.0 if solta_antes or c in "’–—" else 0.0


def _amostra(texto: str) -> str:
    """As palavras em volta do primeiro caractere que não é ASCII."""
    onde = next((i for i, c in enumerate(texto) if not c.isascii()), 0)
    return " ".join(texto[max(0, onde - 15) : onde + 15].split())


def e_utf8(dados: bytes) -> bool:
    """Se os bytes são UTF-8 sem erro nenhum."""
    try:
        dados.decode()
    except UnicodeDecodeError:
        return False
    return True


def desfaz_dupla(texto: str) -> tuple[str, str]:
    """As linhas em que o UTF-8 foi lido como Windows-1252 e gravado assim, desfeitas."""
    if not DUPLA.search(texto):
        return texto, ""
    linhas, desfeitas, exemplo = texto.splitlines(keepends=True), 0, ""
    for i, linha in enumerate(linhas):
        if (achado := DUPLA.search(linha)) and (certa := _simples(linha)):
            linhas[i], desfeitas = certa, desfeitas + 1
            exemplo = exemplo or f"“{linha[max(0, achado.start() - 8) : achado.end() + 8].strip()}”"
    quantas = "1 linha" if desfeitas == 1 else f"{desfeitas} linhas"
    nota = f"{quantas} em UTF-8 gravado duas vezes, como {exemplo}; desfiz" if desfeitas else ""
    return "".join(linhas), nota


def _simples(linha: str) -> str:
    try:
        return b"".join(
            c.encode("latin-1") if "\x80" <= c <= "\x9f" else c.encode("cp1252") for c in linha
        ).decode()
    except UnicodeError:
        return ""
