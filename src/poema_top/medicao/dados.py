"""O que mais poemas trazem: quanto um modelo erra no que não leu, contra quantos poemas leu.

Cada treino é um `just treina` num processo seu, e fica com o modelo que a validação dele escolhe, tirada dos
poemas que lhe deram: aqueles em que aqui se mede não escolhem nada.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from poema_top.base.arquivos import (
    DATASET_PADRAO,
    grava_atomico,
    prova_que_grava,
    relativo,
)
from poema_top.base.figura import com_virgula, eixo, png
from poema_top.base.numeros import breve, decimal, milhar
from poema_top.medicao.ensaio import treina_e_mede
from poema_top.medicao.mistura import MISTURA, textos
from poema_top.texto.poemas import em_texto

DATASET = (DATASET_PADRAO, DATASET_PADRAO.with_name("poemas-30k-rimados.txt"))
RESERVADOS = (DATASET_PADRAO.with_name("poemas-1k.txt"), DATASET_PADRAO.with_name("poemas-1k-rimados.txt"))
TAMANHOS = (2_500, 5_000, 10_000, 20_000, 40_000)
COMO = {"rapida": ("caracteres", "#2f6f8f"), "silabas": ("sílabas", "#b3432b")}
LIMITES = {"minutos": ("minutos", "-"), "epocas": ("épocas", "--")}


@dataclass(frozen=True)
class Ensaio:
    """Um treino do estudo.

    Attributes:
        receita: a de `just treina`.
        quais: de que são feitos os poemas (`mistura`).
        poemas: quantos ele lê, com os da validação dele.
        limite: a opção que acaba o treino, "minutos" ou "epocas".
        quanto: o valor dela.
    """

    receita: str
    quais: str
    poemas: int
    limite: str
    quanto: float

    @property
    def dura(self) -> str:
        """O limite, como se mostra."""
        return f"{breve(self.quanto)} {LIMITES[self.limite][0]}"


def mede(
    dataset: Sequence[Path],
    reservados: Sequence[Path],
    tamanhos: Sequence[int],
    limites: Mapping[str, float],
    *,
    grafico: Path,
    pasta: Path | None = None,
) -> dict[str, Any]:
    """Corre os treinos, mostra cada um quando acaba, grava o gráfico e devolve os números.

    Args:
        dataset: os arquivos da mistura, como em `textos`.
        reservados: os poemas em que se mede.
        tamanhos: de quantos poemas da mistura.
        limites: o que se iguala de um tamanho a outro: opção -> valor; o vocabulário fechado usa o primeiro.
        grafico: onde gravá-lo.
        pasta: onde ficam os textos, os modelos e as medidas, que então não se refazem; None não guarda nada.

    Raises:
        ErroPoema: os de `textos`, ou um treino falhou.
    """
    lidos = textos(dataset, reservados, tamanhos)
    nomes = [arquivo.stem for arquivo in reservados]
    with TemporaryDirectory() as provisoria:
        onde = pasta or Path(provisoria)
        prova_que_grava(onde)
        for (quais, quantos), poemas in lidos.items():
            grava_atomico(onde / f"{quais}-{quantos}.txt", em_texto(poemas))
        print(_linha("receita", "poemas", "quais", "treino", "épocas", *nomes), flush=True)
        treinos = []
        for ensaio in _ensaios(lidos, limites):
            medida = _corre(ensaio, onde, reservados)
            treinos.append({**asdict(ensaio), **medida})
            nats = [decimal(m["nats"], 3) for m in medida["reservados"]]
            n, epocas = milhar(ensaio.poemas), milhar(medida["epocas"])
            print(_linha(ensaio.receita, n, ensaio.quais, ensaio.dura, epocas, *nats), flush=True)
    grava_atomico(grafico, _desenha(treinos))
    print(f"\ngráfico em {relativo(grafico)}\n")
    return {"reservados": nomes, "treinos": treinos}


def _ensaios(lidos: Collection[tuple[str, int]], limites: Mapping[str, float]) -> list[Ensaio]:
    """A mistura com cada receita e cada limite; depois o vocabulário fechado e o acaso, só com sílabas."""
    misturas = [n for quais, n in lidos if quais == MISTURA]
    outros = [(quais, n) for quais, n in lidos if quais != MISTURA]
    return [
        *(Ensaio(r, MISTURA, n, *limite) for limite in limites.items() for r in COMO for n in misturas),
        *(Ensaio("silabas", *quais, *next(iter(limites.items()))) for quais in outros),
    ]


def _corre(ensaio: Ensaio, onde: Path, reservados: Sequence[Path]) -> dict[str, Any]:
    nome = f"{ensaio.receita}-{ensaio.quais}-{ensaio.poemas}-{ensaio.limite}-{ensaio.quanto:g}"
    texto = onde / f"{ensaio.quais}-{ensaio.poemas}.txt"
    opcoes = ["--dataset", texto, "--receita", ensaio.receita, f"--{ensaio.limite}", f"{ensaio.quanto:g}"]
    return treina_e_mede(nome, opcoes, onde, [texto], reservados)


def _linha(receita: str, poemas: str, quais: str, dura: str, epocas: str, *nats: str) -> str:
    return f"{receita:<9}{poemas:>7}  {quais:<9}{dura:<12}{epocas:>7}" + "".join(f"{n:>19}" for n in nats)


def _desenha(treinos: Sequence[Mapping[str, Any]]) -> bytes:
    """Os nats por letra de todos os reservados juntos, contra os poemas da mistura."""
    figura, novo = eixo("O que mais poemas trazem", "poemas", "nats por caractere, no que não se leu")
    curvas: dict[tuple[str, str, float], list[tuple[int, float]]] = {}
    for t in treinos:
        if t["quais"] == MISTURA:
            curvas.setdefault((t["receita"], t["limite"], t["quanto"]), []).append((t["poemas"], t["nats"]))
    for (receita, limite, quanto), pontos in curvas.items():
        (nome, cor), (unidade, traco) = COMO[receita], LIMITES[limite]
        rotulo = f"{nome}, {breve(quanto)} {unidade}"
        novo.plot(*zip(*pontos, strict=True), color=cor, ls=traco, marker=".", label=rotulo)
    tamanhos = sorted({poemas for pontos in curvas.values() for poemas, _ in pontos})
    novo.set_xscale("log")
    novo.set_xticks(tamanhos, [milhar(n) for n in tamanhos])
    novo.minorticks_off()
    novo.yaxis.set_major_formatter(com_virgula("{:.2f}"))
    return png(figura, novo)
