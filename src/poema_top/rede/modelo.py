"""O modelo: ids -> (tabela ->) GRU -> GRU -> logits, com o estado de fora para dentro e de volta."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.numeros import milhar
from poema_top.rede.backend import keras
from poema_top.rede.camadas import Dropout, Saida, Tabela
from poema_top.rede.gru import GRU

ops = keras.ops

UNIDADES = (128, 128)
JANELA = 60


def constroi(
    tokens: int,
    unidades: tuple[int, ...] = UNIDADES,
    janela: int = JANELA,
    terminador: int | None = None,
    dropout: float = 0.0,
    *,
    dimensoes: int = 0,
    atada: bool = False,
) -> keras.Model:
    """Monta a rede que prevê, em cada posição, o token seguinte.

    Args:
        tokens: V, quantos existem no vocabulário.
        unidades: unidades de cada camada GRU, da entrada para a saída.
        janela: T, quantos tokens a rede lê de uma vez.
        terminador: id do token que fecha os poemas. Ao lê-lo a rede esquece tudo: cada poema
            começa do nada, no treino como na geração. None nunca esquece.
        dropout: fração das saídas de cada GRU zerada no treino, fora da recorrência (Zaremba et
            al. 2014, arXiv 1409.2329).
        dimensoes: d, quantos números por token tem a tabela da entrada (o embedding); 0 é sem ela, one-hot.
        atada: se a saída compara o que a última GRU diz com a linha de cada token nessa mesma tabela (Press e
            Wolf 2017, arXiv 1608.05859), em vez de ter pesos seus.

    Returns:
        Modelo Keras de {ids int32 [B, T], estado_1 [B, n1], ...} para {logits float32 [V, T B],
        estado_1, ...}; a coluna t B + b dos logits é a do texto b no tempo t (`por_texto` os põe em
        pé). Uma GRU de n unidades e entrada m tem 3 (n² + n m + 2n) parâmetros; a tabela, V d; a saída,
        n V + V, ou, atada, n d + d.
    """
    ids = keras.Input((janela,), dtype="int32", name="ids")
    # O tempo primeiro: os tokens que a recorrência lê juntos são vizinhos.
    lidos = ops.reshape(ops.transpose(ids), (-1,))
    tabela = Tabela(tokens, dimensoes, name="tabela") if dimensoes else None
    continua = None
    if terminador is not None:
        continua = ops.expand_dims(ops.cast(ops.not_equal(lidos, terminador), "float32"), 0)
    x, estados, novos = tabela(lidos) if tabela else lidos, {}, {}
    for i, n in enumerate(unidades, 1):
        nome = f"estado_{i}"
        estados[nome] = keras.Input((n,), name=nome)
        le_ids = tokens if i == 1 and not tabela else None
        camada = GRU(n, janela, le_ids, name=f"gru_{i}")
        x, novos[nome] = camada(x, estados[nome], continua)
        if dropout:
            x = Dropout(dropout, name=f"dropout_{i}")(x)
    if tabela and atada:
        logits = tabela(Saida(dimensoes, name="projecao")(x), ao_contrario=True)
    else:
        logits = Saida(tokens, name="logits")(x)
    return keras.Model({"ids": ids, **estados}, {"logits": logits, **novos}, name="poema")


def eixos_por_token(modelo: keras.Model) -> dict[str, int]:
    """Os pesos que têm uma linha, ou uma coluna, por token: nome -> o eixo em que eles estão."""
    entrada = {"tabela/e": 0} if tabela_de(modelo) else {"gru_1/w": 0}
    nomes = {peso.path for peso in modelo.trainable_variables}
    return entrada | {nome: eixo for nome, eixo in (("logits/w", 1), ("logits/b", 0)) if nome in nomes}


def tabela_de(modelo: keras.Model) -> Any:
    """A tabela da entrada, ou None se ela é one-hot."""
    return next((camada for camada in modelo.layers if isinstance(camada, Tabela)), None)


def por_texto(logits: NDArray[np.float32], lote: int) -> NDArray[np.float32]:
    """Os logits de uma janela, [V, T B], em pé: [B, T, V]."""
    return logits.reshape(len(logits), -1, lote).transpose(2, 1, 0)


def pesos_de_one_hot(modelo: keras.Model) -> list[NDArray[np.float32]]:
    """Os pesos de um modelo sem tabela que faz as mesmas contas, na ordem dos de `constroi`.

    Procurar a linha de um token e multiplicá-la por W é o mesmo que procurar a linha dele em E W; atada, a
    saída é a projeção seguida de Eᵀ.
    """
    pesos = [ops.convert_to_numpy(v) for v in modelo.trainable_variables]
    if not tabela_de(modelo):
        return pesos
    e, w, *resto = pesos
    if modelo.trainable_variables[-1].path == "projecao/b":
        resto[-2:] = [resto[-2] @ e.T, e @ resto[-1]]
    return [e @ w, *resto]


def descreve(modelo: keras.Model) -> str:
    """As camadas que aprendem, o que cada uma devolve por caractere e quantos parâmetros tem."""
    linhas = [("camada", "saída", "parâmetros")]
    if not (tabela := tabela_de(modelo)):
        linhas.append(("one-hot", str(modelo.get_layer("logits").tokens), "0"))
    for camada in modelo.layers:
        if parametros := camada.count_params():
            saida = {GRU: "unidades", Tabela: "dimensoes", Saida: "tokens"}[type(camada)]
            linhas.append((camada.name, str(getattr(camada, saida)), milhar(parametros)))
    if linhas[-1][0] == "projecao":
        linhas.append(("logits", f"{tabela.tokens}", "os da tabela"))
    linhas.append(("total", "", milhar(sum(int(np.prod(w.shape)) for w in modelo.trainable_variables))))
    return "\n".join(f"  {nome:<10}{saida:>7}{parametros:>13}" for nome, saida, parametros in linhas)


def estados_zerados(modelo: keras.Model, lote: int) -> dict[str, NDArray[np.float32]]:
    """O estado de quem não leu nada: zeros [lote, n] por camada."""
    return {
        nome: np.zeros((lote, entrada.shape[-1]), np.float32)
        for nome, entrada in modelo.input.items()
        if nome != "ids"
    }


def carrega(caminho: Path) -> keras.Model:
    """Lê um `modelo.keras` do seu próprio disco.

    Raises:
        ErroPoema: falta o arquivo, ou está corrompido.
    """
    try:
        # safe_mode recusa código serializado: um .keras alheio não executa nada.
        return keras.models.load_model(caminho, compile=False, safe_mode=True)
    except (ValueError, OSError, KeyError, TypeError) as erro:
        motivo = str(erro).splitlines()[0]
        raise ErroPoema(f"não consegui ler {relativo(caminho)}: {motivo}") from None


MENOS = 2.0  # nats: um token novo nasce com um sétimo da chance do velho de que parte


def herda_pesos(
    modelo: keras.Model, caminho: Path, origens: NDArray[np.int64], novos: NDArray[np.bool_]
) -> None:
    """Põe em `modelo` os pesos de um `modelo.keras`, cujo vocabulário pode ser menor.

    Um token novo é lido como o velho de que parte, ou como a média de todos, e previsto como ele, mas
    menos: tirar ao velho metade da chance seria errar onde já se acertava.

    Args:
        modelo: o de `constroi`.
        caminho: o arquivo.
        origens: de que id do outro parte cada token deste, [V]; -1 é da média.
        novos: quais o outro não tem, [V].

    Raises:
        ErroPoema: as camadas não são as mesmas, ou o arquivo está corrompido.
    """
    outro = carrega(caminho)
    deles = {v.path: ops.convert_to_numpy(v) for v in outro.trainable_variables}
    for qual, eixo in eixos_por_token(outro).items():
        com_media = np.concatenate([deles[qual], deles[qual].mean(eixo, keepdims=True)], eixo)
        deles[qual] = com_media.take(origens, eixo)  # o -1 é a última, a média
    if "logits/b" in deles:  # a saída atada não o tem: lá um token novo começa igual ao velho
        deles["logits/b"] -= np.float32(MENOS) * (novos & (origens >= 0))
    nossos = {v.path: v for v in modelo.trainable_variables}
    if {nome: v.shape for nome, v in deles.items()} != {nome: v.shape for nome, v in nossos.items()}:
        raise ErroPoema(
            f"o modelo de {relativo(caminho)} é de outra rede; tire --unidades, --entrada, --dimensoes e "
            "--saida-atada, e ficam as dele."
        )
    for nome, dele in deles.items():
        nossos[nome].assign(dele)
