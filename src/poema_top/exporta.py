"""Leva um modelo para onde este projeto não está: a um navegador, a um site, ou a quem só tem o Keras."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from poema_top.base.arquivos import aqui, grava_atomico, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.geracao import checkpoint, estatico, folha
from poema_top.geracao.checkpoint import Checkpoint

COMO = ("modelo", "pagina", "site", "keras")
SAIDAS = {"pagina": "poema.html", "site": "site"}
FINAIS = {"pagina": ".html", "keras": ".keras"}


@dataclass
class Opcoes:
    """As opções de `just exporta`."""

    como: str = opcao(
        "modelo",
        "modelo: o arquivo que a página lê, na pasta dele; pagina: um HTML com tudo dentro, que se abre sem "
        "internet; site: uma pasta para qualquer hospedagem; keras: um .keras que se abre sem este projeto",
        posicional=True,
        choices=COMO,
    )
    saida: Path | None = opcao(
        None, "o que gravar (padrão: poema.html, de pagina, e a pasta site, de site)", type=Path
    )
    modelo: Path | None = opcao(None, "pasta do modelo (padrão: a mais nova)", type=Path)
    por_cima: bool = opcao(False, "substitui o que já houver em --saida")


def _exige_o_keras(porque: str) -> None:
    if find_spec("keras") is None:
        raise ErroPoema(
            f"{porque} é preciso o Keras; instale o que o treino pede (just treina --help) e tente de novo."
        )


def _arquivo(o: Opcoes) -> Path:
    """O arquivo a gravar; ErroPoema se não é como se espera, ou se já há um e não se pediu outro."""
    fim = FINAIS[o.como]
    saida = o.saida or (aqui() / SAIDAS[o.como] if o.como in SAIDAS else None)
    if saida is None or saida.suffix != fim:
        raise ErroPoema(f"diga em --saida o arquivo a gravar, que termina em {fim}.")
    if saida.exists() and not o.por_cima and not saida.is_dir():
        raise ErroPoema(f"{relativo(saida)} já existe; dê outra --saida, ou substitua-o com --por-cima.")
    prova_que_se_grava(saida)
    return saida


def _da_pagina(treinado: Checkpoint) -> bytes:
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


def _modelo(o: Opcoes, treinado: Checkpoint) -> None:
    if o.saida is not None or o.por_cima:
        raise ErroPoema(f"{checkpoint.PAGINA} fica na pasta do modelo; tire --saida e --por-cima.")
    conteudo = _da_pagina(treinado)
    print(f"{relativo(treinado.pasta / checkpoint.PAGINA)}: {milhar(len(conteudo))} bytes")


def _pagina(o: Opcoes, treinado: Checkpoint) -> None:
    saida = _arquivo(o)
    conteudo = folha.numa_folha(_da_pagina(treinado))
    grava_atomico(saida, conteudo)
    print(f"{relativo(saida)}: {milhar(len(conteudo))} bytes; abre-se com dois cliques, também sem internet")


def _site(o: Opcoes, treinado: Checkpoint) -> None:
    pasta = o.saida or aqui() / SAIDAS["site"]
    estatico.confere(pasta, por_cima=o.por_cima)
    arquivos = folha.ao_lado(_da_pagina(treinado))
    estatico.grava(pasta, arquivos)
    bytes_ = milhar(sum(map(len, arquivos.values())))
    print(f"{relativo(pasta)}: {len(arquivos)} arquivos, {bytes_} bytes; onde os pôr: docs/sem-servidor.md")


def _keras(o: Opcoes, treinado: Checkpoint) -> None:
    saida = _arquivo(o)
    _exige_o_keras("para gravar um .keras")
    from poema_top.rede.avulso import constroi_avulso
    from poema_top.rede.modelo import carrega

    constroi_avulso(carrega(treinado.pasta / checkpoint.MODELO)).save(saida)
    vocabulario = saida.with_suffix(".json")
    grava_atomico(vocabulario, treinado.vocabulario.para_json().encode())
    print(
        f"{relativo(saida)}, que se abre com keras.models.load_model; os tokens, em {relativo(vocabulario)}"
    )


FAZ = {"modelo": _modelo, "pagina": _pagina, "site": _site, "keras": _keras}


def principal() -> None:
    """Grava o modelo no arquivo que a página lê; com ela, num HTML ou num site; ou em camadas do Keras."""
    o = le_opcoes(Opcoes, principal.__doc__)
    treinado = checkpoint.le(o.modelo)
    print(f"modelo {relativo(treinado.pasta)}")
    FAZ[o.como](o, treinado)


if __name__ == "__main__":
    executa(principal)
