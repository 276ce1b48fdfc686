"""O que uma LLM escreve em volta do poema que lhe pedem: a apresentação, a despedida, a nota.

Um verso pode dizer o mesmo ("Aqui está o meu coração:"), então as palavras não bastam: o lugar também conta.
Uma apresentação é o primeiro bloco, sozinho, ou uma primeira linha que fala da própria encomenda; uma
despedida ou uma nota é o último bloco.
"""

import re

_OBRA = (
    r"(?:poe(?:ma|minha|minho|sia)s?|versos?|sonetos?|hai[ck]ais?|hai[ck]us?|quadr(?:inh)?as?|"
    r"trovas?|cord[eé]is|"
    r"cordel|canç(?:ão|ões)|letras? de música|textos?|respostas?|vers(?:ão|ões)|opç(?:ão|ões)|"
    r"sugest(?:ão|ões)|"
    r"tentativas?|exemplos?|odes?|elegias?|acrósticos?|limeriques?|redondilhas?|estrofes?|poems?|verses?)"
)
_SIM = (
    r"(?:claro(?: que sim)?|com certeza|certamente|com (?:muito |todo o )?(?:prazer|gosto)|"
    r"é claro|sem problemas?|"
    r"perfeito|ótimo|entendido|combinado|pronto|ok(?:ay)?|olá|oi|boa ideia|que (?:linda|bela|"
    r"ótima|boa) ideia|"
    r"vamos lá|lá vai|fico feliz em ajudar|será um prazer|sure|certainly|of course|absolutely)"
)
_ANUNCIO = (
    r"(?:aqui (?:está|estão|vai|vão|segue|seguem|tem|tens)|aí (?:vai|vão|está|estão)|"
    r"seguem?(?: abaixo| aqui)?|"
    r"eis(?: aqui)?|apresento|(?:eu )?(?:escrevi|criei|compus|fiz|preparei|elaborei)|"
    r"vou (?:escrever|criar|compor)|"
    r"abaixo (?:está|estão|vai|vão|segue|seguem)|here(?:'s| is| are)|below is)"
)
_UM = (
    r"(?:um|uma|uns|umas|outr[oa]s?|alguns|algumas|[oa] (?:seu|sua)|seus?|suas?|mais um|mais uma|"
    r"dois|duas|três|"
    r"quatro|cinco|seis|sete|oito|nove|dez|vinte|\d+|a|an|some|your|another)"
)
_ENCOMENDA = (
    r"(?:sobre|para você|com o tema|inspirad[oa]|em português|que (?:você |me )?pediu|solicitad[oa]|about)"
)
_PEDIU = r"(?: (?:o )?que (?:você |me |vocês )?pedi(?:u|ram))?"

# Valem em qualquer primeira linha, mesmo colada ao primeiro verso.
_ABERTURA = re.compile(
    rf"(?:{_SIM}[!.,:…]*\s+)?{_ANUNCIO},?\s+{_UM}\s+(?:\w+\s+){{0,3}}{_OBRA}\b.*:"
    rf"|{_SIM}[!.,:…]+\s+.*\b{_OBRA}\b.*[:.!…]"
    rf"|{_SIM}[!.,:…]+\s+{_ANUNCIO}{_PEDIU}:"
    rf"|(?:poema|poem|assistente|assistant|chatgpt)\s*:"
)
# Só quando são o primeiro bloco inteiro.
_ABERTURA_SOLTA = re.compile(
    rf"{_ANUNCIO},?\s+{_UM}\s+(?:\w+\s+){{0,3}}{_OBRA}\b.*\b{_ENCOMENDA}\b.*[.!…]"
    rf"|{_ANUNCIO},?\s+[oa]s?\s+(?:\w+\s+){{0,2}}(?!versos?\b){_OBRA}\b.*:"
    r"|(?:claro(?: que sim)?|com certeza|certamente|com (?:todo o |muito )?prazer|sure|certainly|of course)!"
    rf"|(?:{_ANUNCIO}|lá vai){_PEDIU}:"
    r"|(?:resposta|ia|usuário|user|gpt)\s*:|(?:prompt|usuário|user|instrução|instruction|human)\s*:.+"
)
_DESPEDIDA = re.compile(
    rf"espero que (?:(?:você|vocês|isso|(?:o|este|esse|a|esta|essa|os|estes|esses) {_OBRA}) )?"
    rf"(?:tenham? (?:gostado|ajudado|atendido|agradado)|(?:te |lhe )?(?:gostem?|apreciem?|"
    rf"agradem?|ajude|atenda|inspire|seja útil))"
    rf"(?:[!.…]| (?:d[oae]s?(?:te|se|ta|ssa)?s? )(?:{_OBRA}|resultado)).*"
    rf"|se (?:você )?(?:quiser|precisar|desejar|preferir|gostou)\b.*(?:{_OBRA}|ajust|alter|adapt|"
    rf"estilo|avise|é só|disposição).*"
    rf"|(?:posso|quer que eu|gostaria que eu|deseja que eu)\b.*(?:{_OBRA}|ajust|adapt|alter|estilo|tema).*\?"
    rf"|gostaria de .*(?:{_OBRA}|ajust).*\?"
    r"|fi(?:que|co) à (?:vontade para|disposição).*|estou à disposição.*|qualquer (?:dúvida|ajuste), .*"
    rf"|me (?:avise|diga|conte) (?:se|o que) .*(?:{_OBRA}|achou|quiser|precisar|gostou).*"
    rf"|(?:gostou|o que (?:você )?achou)(?: d[oae]s? {_OBRA})?\?.*|(?:boa|aproveite a) leitura!"
    r"|(?:i hope (?:you|this)|hope you|let me know|feel free|would you like|if you(?:'d| would) like)\b.*"
)
_COMENTARIO = re.compile(
    rf"(?:(?:n?est|n?ess)[ea]s?|o|a|os|as) (?:pequen[oa] |breve |"
    rf"curt[oa] )?{_OBRA},?\b.*\b(?:fala|explora|retrata|busca|tenta|"
    r"captura|celebra|evoca|us[ao]|utiliza|reflete|aborda|descreve|transmite|mistura|expressa|"
    r"brinca|trata|traz|"
    r"representa|pretende|homenageia|procur[ao])\w*\b.{30,}[.!]"
)
_NOTA = re.compile(
    r"[(\[]?(?:notas?(?: d[oae] \w+)?|obs(?:ervaç(?:ão|ões))?\.?|explicação|análise|comentários?|"
    r"interpretação|"
    r"estrutura|métrica|esquema de rimas?|significado|glossário|note)\s*:.*"
    rf"|[(\[]?note que\b.*(?:{_OBRA}|rima|métrica|sílaba|palavra).*",
    re.DOTALL,
)
MAIOR_MOLDURA = 1500  # caracteres
_ITEM = re.compile(r"[ \t]*(?:[-*•]|\d+[.)])[ \t]|.{80,}")
_RECUSA = re.compile(
    r"(?:desculpe|desculpa|sinto muito|lamento|infelizmente|como (?:uma )?(?:ia|"
    r"inteligência artificial|assistente|modelo de linguagem)|"
    r"i'm sorry|i can't|as an ai)\b.*(?:não (?:posso|consigo|tenho)|can't|cannot|unable|ai).*"
)


def sem_abertura(poema: str) -> str:
    """O poema sem a apresentação que a LLM pôs antes."""
    bloco, _, resto = poema.partition("\n\n")
    if bloco.count("\n") <= 1 and resto.strip():
        dito = _dito(bloco)
        if _ABERTURA.fullmatch(dito) or _ABERTURA_SOLTA.fullmatch(dito):
            return resto.lstrip("\n")
    linha, _, resto = poema.partition("\n")
    return resto.lstrip("\n") if _ABERTURA.fullmatch(_dito(linha)) else poema


def sem_despedida(poema: str) -> str:
    """O poema sem a despedida ou o comentário que a LLM pôs depois."""
    resto, _, bloco = poema.rpartition("\n\n")
    if bloco.count("\n") <= 3 and all(map(_e_despedida, bloco.split("\n"))):
        return resto.rstrip("\n")
    resto, _, linha = poema.rpartition("\n")
    colada = re.fullmatch(r"espero que (?:você |vocês )?tenham? gostado.{0,20}[!.…]", _dito(linha))
    return resto.rstrip("\n") if colada else poema


def _e_despedida(linha: str) -> bool:
    dito = _dito(linha)
    return bool(_DESPEDIDA.fullmatch(dito) or _COMENTARIO.fullmatch(dito))


def sem_nota(poema: str) -> str:
    """O poema sem a nota do fim: o último bloco, e os itens dela."""
    blocos = poema.split("\n\n")
    for i in range(1, len(blocos)):
        depois = blocos[i + 1 :]
        if _NOTA.fullmatch(_dito(blocos[i])) and all(_so_itens(bloco) for bloco in depois):
            return "\n\n".join(blocos[:i])
    linha = poema.rpartition("\n")[2]
    entre_parenteses = linha.rstrip().endswith((")", "]")) and linha.lstrip().startswith(("(", "["))
    return poema[: -len(linha)].rstrip("\n") if entre_parenteses and _NOTA.fullmatch(_dito(linha)) else poema


def recusa(poema: str) -> bool:
    """Se o "poema" é só a LLM dizendo que não escreve."""
    return poema.count("\n") <= 3 and bool(_RECUSA.fullmatch(_dito(poema)))


def _so_itens(bloco: str) -> bool:
    return all(_ITEM.match(linha) for linha in bloco.split("\n"))


def _dito(texto: str) -> str:
    """O que se compara com os padrões; um texto comprido não é moldura, e custaria caro comparar."""
    return " ".join(texto.lower().split()).strip("*_ ") if len(texto) <= MAIOR_MOLDURA else ""
