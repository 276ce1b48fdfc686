"""Pedir a um servidor as probabilidades de cada token, e não acreditar nelas sem conferir.

O servidor do llama.cpp é o que mais diz, pelo caminho dele (`/completion`), e tem três armadilhas:

- um token que deixa uma letra a meio não tem entrada: dez tokens podem vir em quatro entradas. Os ids, que se
  pedem à parte, dizem quando aconteceu;
- enquanto o texto pode ser o começo da parada, o token que o escreveu vem vazio, e o seguinte, com os bytes
  dos dois. Entre os candidatos os bytes são sempre os certos, e com eles se desfaz a confusão;
- os tokens da parada também não têm entrada.

O logaritmo que ele dá é o de antes da temperatura, porque não se pede `post_sampling_probs`. Os outros
servidores têm as probabilidades na conversa; as do Ollama trazem os bytes errados quando uma letra ocupa dois
tokens, e em `/v1/completions` não traz nenhuma. O que não se entende com o texto, byte por byte, não se usa.
"""

import math
from collections.abc import Sequence
from typing import Any

import openai

from poema_top.llm.conversa import Continuacao, Pergunta, Resposta, inteiro
from poema_top.llm.palpites import Lugar, Palpites, junta

MAXIMO = 20  # o que o Ollama e a OpenAI dão


async def do_llama_cpp(
    cliente: openai.AsyncOpenAI, servidor: str, pedido: Pergunta | Continuacao
) -> Resposta:
    """A resposta com os palpites, do servidor do llama.cpp."""
    raiz = servidor.rstrip("/").removesuffix("/v1")
    if isinstance(pedido, Continuacao):
        texto = pedido.texto
    else:
        conversa = [{"role": papel, "content": dito} for papel, dito in pedido.mensagens]
        moldada: Any = await cliente.post(
            f"{raiz}/apply-template", cast_to=object, body={"messages": conversa}
        )
        texto = moldada["prompt"]
    corpo = {
        "prompt": texto,
        "n_predict": pedido.tokens,
        "temperature": pedido.temperatura,
        "seed": pedido.semente,
        "stop": [pedido.parada] if pedido.parada else [],
        "n_probs": pedido.probabilidades,
        "return_tokens": True,
    }
    feita: Any = await cliente.post(f"{raiz}/completion", cast_to=object, body=corpo)
    conteudo = _texto(feita["content"])
    dele = _do_llama(feita, conteudo.encode(), pedido.parada.encode())
    return Resposta(
        conteudo,
        inteiro(feita.get("tokens_evaluated")),
        inteiro(feita.get("tokens_predicted")),
        feita.get("stop_type") != "limit",
        dele,
    )


def da_conversa(escolha: Any) -> Palpites | None:
    """Os palpites de uma resposta da API de conversa; None se não se entendem com o texto."""
    lidos = getattr(getattr(escolha, "logprobs", None), "content", None) or []
    lugares = []
    for entrada in lidos:
        de_fora = [_da_api(e) for e in (entrada, *entrada.top_logprobs)]
        lugares.append(Lugar(de_fora[0], tuple(de_fora[1:])))
    return _conferidos(lugares, _texto(escolha.message.content or "").encode())


def _do_llama(feita: dict[str, Any], conteudo: bytes, parada: bytes) -> Palpites | None:
    entradas, tokens = feita.get("completion_probabilities") or [], feita["tokens"]
    faltam = len(tokens) - len(entradas)
    da_parada = len(parada) if feita.get("stop_type") == "word" else 0
    if not 0 <= faltam <= da_parada or [e["id"] for e in entradas] != tokens[: len(entradas)]:
        return None
    outros = [tuple((int(c["id"]), bytes(c["bytes"]), _log(c)) for c in e["top_logprobs"]) for e in entradas]
    pecas = desembaraca([(e["id"], bytes(e["bytes"])) for e in entradas], outros, parada)
    if pecas is None:
        return None
    feitos = [
        Lugar((int(e["id"]), peca, _log(e)), dele)
        for e, peca, dele in zip(entradas, pecas, outros, strict=True)
    ]
    return _conferidos(feitos, conteudo)


def desembaraca(
    entradas: Sequence[tuple[int, bytes]], outros: Sequence[Sequence[tuple[int, bytes, float]]], parada: bytes
) -> list[bytes] | None:
    """A peça de cada token, quando o servidor segura o que pode ser o começo da parada e o dá com o seguinte.

    Args:
        entradas: o id de cada token e os bytes que vieram com ele.
        outros: os candidatos de cada lugar, com as peças certas.
        parada: o texto que o servidor espera.

    Returns:
        As peças; None se não há como saber de quem são uns bytes.
    """
    certas = {i: peca for lugar in outros for i, peca, _ in lugar}
    pecas, retido, duvidosa = list[bytes](), b"", False
    for i, vindos in entradas:
        sabida = certas.get(i)
        if sabida is None:
            # Uma peça desconhecida depois de outra: o começo da parada tanto pode ser o fim da primeira.
            if not vindos.startswith(retido) or (duvidosa and parada and vindos.startswith(parada[:1])):
                return None
            sabida = vindos[len(retido) :]
        duvidosa = i not in certas
        pecas.append(sabida)
        if not (retido + sabida).startswith(vindos):
            return None
        retido = (retido + sabida)[len(vindos) :]
    return pecas


def _conferidos(lugares: list[Lugar], conteudo: bytes) -> Palpites | None:
    numeros = [log for lugar in lugares for _, _, log in (lugar.escolhido, *lugar.outros)]
    if not lugares or not all(math.isfinite(n) and n <= 1e-3 for n in numeros):
        return None
    feitos = junta(lugares)
    return feitos if feitos.texto == conteudo else None


def _da_api(entrada: Any) -> tuple[int, bytes, float]:
    peca = entrada.token.encode() if entrada.bytes is None else bytes(entrada.bytes)
    return int(getattr(entrada, "id", None) or -1), peca, float(entrada.logprob)


def _log(entrada: dict[str, Any]) -> float:
    return float(entrada["logprob"])


def _texto(dito: object) -> str:
    if not isinstance(dito, str):
        raise ValueError("a resposta não é um texto")  # noqa: TRY004  o que veio de fora, e não um tipo nosso
    return dito.encode("utf-8", "replace").decode()  # JSON pode trazer meio par substituto
