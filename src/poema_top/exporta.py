"""Leva um modelo para onde este projeto não está: ao navegador, ou a quem só tem o Keras."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from poema_top.base.arquivos import grava_atomico, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.geracao import checkpoint
from poema_top.geracao.checkpoint import Checkpoint

COMO = ("modelo", "keras")


@dataclass
class Opcoes:
    """As opções de `just exporta`."""

    como: str = opcao(
        "modelo",
        "modelo: o arquivo que a página lê, na pasta dele; keras: um .keras que se abre sem este projeto",
        posicional=True,
        choices=COMO,
    )
    saida: Path | None = opcao(None, "keras: o arquivo a gravar, que termina em .keras", type=Path)
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)


def _exige_o_keras(porque: str) -> None:
    if find_spec("keras") is None:
        raise ErroPoema(
            f"{porque} é preciso o Keras; instale o que o treino pede (just treina --help) e tente de novo."
        )


def _para_a_pagina(treinado: Checkpoint) -> bytes:
    """O arquivo da página: o da pasta ou, se ela é de antes de ele existir, um novo, que fica nela."""
    if treinado.pagina is not None:
        return treinado.pagina
    _exige_o_keras(f"{relativo(treinado.pasta)} é de antes de haver {checkpoint.PAGINA}, e para fazê-lo")
    from poema_top.rede.modelo import carrega
    from poema_top.treino.exportacao import para_a_pagina

    modelo = carrega(treinado.pasta / checkpoint.MODELO)
    conteudo = para_a_pagina(modelo, treinado.vocabulario, str(treinado.ficha.get("criado_em", "")))
    checkpoint.acrescenta_pagina(treinado, conteudo)
    return conteudo


def _para_o_keras(treinado: Checkpoint, saida: Path | None) -> None:
    if saida is None or saida.suffix != ".keras":
        raise ErroPoema("diga em --saida o arquivo a gravar, que termina em .keras.")
    _exige_o_keras("para gravar um .keras")
    prova_que_se_grava(saida)
    from poema_top.rede.avulso import constroi_avulso
    from poema_top.rede.modelo import carrega

    constroi_avulso(carrega(treinado.pasta / checkpoint.MODELO)).save(saida)
    vocabulario = saida.with_suffix(".json")
    grava_atomico(vocabulario, treinado.vocabulario.para_json().encode())
    print(
        f"{relativo(saida)}, que se abre com keras.models.load_model; os tokens, em {relativo(vocabulario)}"
    )


def principal() -> None:
    """Grava o modelo no arquivo que a página lê, ou em camadas que o Keras já traz."""
    o = le_opcoes(Opcoes, principal.__doc__)
    treinado = checkpoint.le(o.modelo)
    print(f"modelo {relativo(treinado.pasta)}")
    if o.como == "keras":
        _para_o_keras(treinado, o.saida)
        return
    if o.saida is not None:
        raise ErroPoema(f"{checkpoint.PAGINA} fica na pasta do modelo; tire --saida.")
    conteudo = _para_a_pagina(treinado)
    print(f"{relativo(treinado.pasta / checkpoint.PAGINA)}: {milhar(len(conteudo))} bytes")


if __name__ == "__main__":
    executa(principal)
