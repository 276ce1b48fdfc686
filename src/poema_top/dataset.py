"""Lê textos como vierem, separa os poemas, confere, limpa, e diz o que entendeu a cada passo."""

from dataclasses import dataclass
from pathlib import Path

from poema_top.base.arquivos import DATASET_PADRAO, grava_atomico, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.base.visivel import entre_aspas, visivel
from poema_top.texto import balanco, relato
from poema_top.texto.colecao import Colecao, le
from poema_top.texto.conhecidas import AO_TODO, NA_BASE
from poema_top.texto.limpeza import Limpeza, limpa
from poema_top.texto.pasta import COPIA, DESCARTADOS
from poema_top.texto.poemas import TERMINADOR, em_texto
from poema_top.texto.separacao import REGRAS


@dataclass
class Opcoes:
    """As opções de `just dataset`."""

    arquivo: tuple[Path, ...] = opcao(
        (DATASET_PADRAO,),
        "arquivos, pastas ou padrões (*.txt) com poemas",
        type=Path,
        posicional=True,
        nargs="*",
    )
    saida: Path | None = opcao(None, "grava aqui os poemas limpos, num arquivo só", type=Path)
    limpa: Path | None = opcao(None, "o mesmo que --saida", type=Path, metavar="SAIDA")
    separa: str = opcao("auto", "onde acaba cada poema", choices=("auto", *REGRAS))
    titulos: str = opcao("deixa", "o que fazer com o título de cada poema", choices=("deixa", "tira"))
    repetidos: str = opcao(
        "iguais",
        "que repetidos tirar; parecidos são os que partilham ao menos metade dos versos",
        choices=("deixa", "iguais", "parecidos"),
    )
    palavras_de: tuple[Path, ...] = opcao(
        (),
        f"só os poemas cujas palavras estes arquivos têm {NA_BASE} vezes, ou eles e os lidos, {AO_TODO}",
        type=Path,
    )
    codificacao: str | None = opcao(None, "a codificação dos arquivos (padrão: a que se descobre em cada um)")
    no_lugar: bool = opcao(False, "grava sobre o próprio arquivo lido, guardando uma cópia")


def principal() -> None:
    """Lê textos, separa os poemas, confere e explica; com --saida, grava um arquivo pronto para treinar."""
    o = le_opcoes(Opcoes, principal.__doc__)
    saida = _saida(o)
    if saida is not None:
        prova_que_se_grava(saida)
    colecao = Colecao(o.arquivo, o.separa, o.codificacao, _irmaos(saida) if saida else ())
    poemas = [poema for do_arquivo in colecao.poemas() for poema in do_arquivo]
    feita = limpa(poemas, titulos=o.titulos, repetidos_=o.repetidos, base=le(*o.palavras_de))
    for linha in (*relato.relata(colecao), *balanco.numeros(poemas), *balanco.tabela(feita, colecao.contas)):
        print(linha)
    if not feita.poemas:
        raise ErroPoema(f"não sobrou nenhum poema: {balanco.motivos(feita)}; não gravei nada.")
    if saida is not None:
        _grava(saida, feita)
    elif relato.no_formato(colecao) and not feita.mudancas and not feita.descartes:
        print(f"está no formato; para treinar com ele: just treina --dataset {entre_aspas(o.arquivo[0])}")
    else:
        print(f"para gravá-los limpos: {_comando(o, colecao)}")


def _saida(o: Opcoes) -> Path | None:
    """O arquivo a gravar, se algum; ErroPoema se ele passaria por cima do que se lê."""
    _confere_codificacao(o.codificacao)
    saida = o.saida or o.limpa
    if o.no_lugar:
        if saida or len(o.arquivo) != 1 or not o.arquivo[0].is_file():
            raise ErroPoema("--no-lugar pede um arquivo só, e nenhuma --saida.")
        return o.arquivo[0]
    if saida is None or not saida.exists():
        return saida
    nome = visivel(relativo(saida), 200)
    if saida.is_dir():
        raise ErroPoema(f"{nome} é uma pasta; indique um arquivo em --saida.")
    if any(dado.exists() and dado.samefile(saida) for dado in o.arquivo):
        raise ErroPoema(
            f"{nome} é o arquivo que leio, e não gravo por cima dele; indique outra --saida, ou troque-a "
            "por --no-lugar, que guarda uma cópia."
        )
    if not _e_de_poemas(saida):
        raise ErroPoema(f"{nome} já existe e não é um arquivo de poemas; dê outro nome em --saida.")
    if any(dado.is_dir() and saida.resolve().is_relative_to(dado.resolve()) for dado in o.arquivo):
        raise ErroPoema(
            f"{nome} já existe na pasta que leio, e pode ser um dos textos; indique outra --saida."
        )
    return saida


def _e_de_poemas(saida: Path) -> bool:
    """Se um arquivo que já existe acaba como os que gravamos: só por cima desses se grava, com uma cópia."""
    with saida.open("rb") as arquivo:
        arquivo.seek(max(0, saida.stat().st_size - 3))
        return arquivo.read() in (b"\n@\n", b"")


def _confere_codificacao(codificacao: str | None) -> None:
    try:
        "".encode(codificacao or "utf-8")
    except LookupError:
        raise ErroPoema(
            f"não conheço a codificação {visivel(codificacao or '')!r}; as comuns são utf-8, cp1252 "
            "(Windows), mac_roman, cp850 (DOS) e utf-16."
        ) from None


def _irmaos(saida: Path) -> tuple[Path, ...]:
    return saida, _ao_lado(saida, DESCARTADOS), _ao_lado(saida, COPIA)


def _ao_lado(saida: Path, fim: str) -> Path:
    return saida.with_name(saida.stem + fim)


def _grava(saida: Path, feita: Limpeza) -> None:
    """Grava os poemas e, ao lado, os descartados; o que havia com outro conteúdo fica numa cópia."""
    novo = em_texto(feita.poemas)
    if saida.exists() and saida.read_bytes() != novo:
        copia = _copia_livre(saida)
        grava_atomico(copia, saida.read_bytes())
        print(f"o que havia em {visivel(relativo(saida), 200)} ficou em {visivel(relativo(copia), 200)}")
    grava_atomico(saida, novo)
    print(f"{milhar(len(feita.poemas))} poema(s) em {visivel(relativo(saida), 200)}")
    if feita.descartados:
        fora = _ao_lado(saida, DESCARTADOS)
        texto = "".join(f"# {motivo}\n{poema}\n{TERMINADOR}\n" for motivo, poema in feita.descartados)
        grava_atomico(fora, texto.encode())
        print(
            f"{milhar(len(feita.descartados))} descartado(s), com o motivo, em {visivel(relativo(fora), 200)}"
        )
    print(f"para treinar com eles: just treina --dataset {entre_aspas(saida)}")


def _copia_livre(saida: Path) -> Path:
    """Um nome de cópia que ainda não existe."""
    nomes = (COPIA if i == 1 else f"-{i}{COPIA}" for i in range(1, 1000))
    return next(caminho for nome in nomes if not (caminho := _ao_lado(saida, nome)).exists())


def _comando(o: Opcoes, colecao: Colecao) -> str:
    """O mesmo comando, com --saida, para colar no terminal."""
    regras = {lido.separado.regra for lido in colecao.lidos}
    regra = o.separa if o.separa != "auto" or len(regras) > 1 else regras.pop()
    opcoes = [] if regra in ("auto", "arroba") else ["--separa", regra]
    opcoes += [] if o.titulos == "deixa" else ["--titulos", o.titulos]
    opcoes += [] if o.repetidos == "iguais" else ["--repetidos", o.repetidos]
    opcoes += ["--palavras-de", *map(entre_aspas, o.palavras_de)] if o.palavras_de else []
    opcoes += ["--codificacao", o.codificacao] if o.codificacao else []
    return " ".join(["just dataset", *map(entre_aspas, o.arquivo), *opcoes, "--saida meus-poemas.txt"])


if __name__ == "__main__":
    executa(principal)
