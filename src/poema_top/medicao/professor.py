"""O que um professor ensina: os mesmos poemas, o mesmo aluno, os mesmos passos, com e sem ele.

Os poemas são os que uma LLM escreveu, e os professores, ela (o que `just gera --probabilidades` guardou) e um
modelo nosso, maior que o aluno e que já sabia português, afinado nos mesmos poemas. Mede-se em poemas dela
que nenhum treino leu.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from poema_top.base.arquivos import grava_atomico, prova_que_grava, relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.figura import com_virgula, eixo, png
from poema_top.base.numeros import decimal, milhar
from poema_top.llm.palpites import Palpites
from poema_top.llm.sintese.colheita import Colheita, le
from poema_top.medicao.ensaio import treina_e_mede
from poema_top.medicao.mistura import embaralha
from poema_top.texto.divisao import AO_MENOS
from poema_top.texto.poemas import em_texto

RESERVADOS = 0.15  # dos poemas, os que só servem para medir
NENHUM, DA_LLM, NOSSO = "nenhum", "a LLM", "um nosso"
CORES = {NENHUM: "#777777", DA_LLM: "#b3432b", NOSSO: "#2f6f8f"}
IGUAIS = ("--paciencia", 0)  # nenhum para antes dos outros
OS_TOKENS = ("--tokens", "llm")
DO_ZERO = ("--do-zero", "--unidades", 64, 64)  # metade das unidades do professor nosso
AFINADO = "o nosso, afinado"  # quem já sabia português ainda aprende com a LLM?
# Aluno -> as opções dele e quem o pode ensinar: um modelo nosso não tem os tokens da LLM.
ALUNOS: dict[str, tuple[tuple[object, ...], tuple[str, ...]]] = {
    "letras": (DO_ZERO, (NENHUM, DA_LLM, NOSSO)),
    "tokens, one-hot": ((*DO_ZERO, *OS_TOKENS), (NENHUM, DA_LLM)),
    "tokens, embedding": (
        (*DO_ZERO, *OS_TOKENS, "--entrada", "embedding", "--saida-atada", "--taxa-aprendizado", "0,05"),
        (NENHUM, DA_LLM),
    ),
    AFINADO: ((), (NENHUM, DA_LLM)),
}


@dataclass(frozen=True)
class Ensaio:
    """Um treino do estudo: que aluno, que professor, que semente."""

    aluno: str
    professor: str
    semente: int


def mede(
    colhido: Path, nosso: Path, sementes: int, *, grafico: Path, pasta: Path | None = None
) -> dict[str, Any]:
    """Corre os treinos, mostra cada um quando acaba, grava o gráfico e devolve os números.

    Args:
        colhido: o arquivo de `just gera --probabilidades`.
        nosso: a pasta do modelo de que parte o professor nosso.
        sementes: quantas vezes cada treino.
        grafico: onde gravá-lo.
        pasta: onde ficam os textos, os modelos e as medidas, que então não se refazem; None não guarda nada.

    Raises:
        ErroPoema: o arquivo não serve ou tem poucos poemas, ou um treino falhou.
    """
    with TemporaryDirectory() as provisoria:
        onde = pasta or Path(provisoria)
        prova_que_grava(onde)
        da_llm, letras = _divide(colhido, onde)
        print(f"o que a LLM erra no que se reserva: {decimal(da_llm, 3)} nats por letra, em {milhar(letras)}")
        professor = onde / "professor"
        comum = ("--dataset", onde / "treino.txt", "--a-partir-de", nosso)
        do_nosso = _corre("professor", comum, onde)
        print(f"o professor nosso, afinado nos mesmos poemas: {decimal(do_nosso['nats'], 3)}\n")
        print(_linha("aluno", "professor", "semente", "parâmetros", "épocas", "letras/s", "nats"), flush=True)
        treinos = []
        for ensaio in _ensaios(sementes):
            medida = _corre(*_como(ensaio, onde, nosso, professor), onde)
            treinos.append({**asdict(ensaio), **medida})
            numeros = map(
                milhar, (medida["parametros"], medida["epocas"], round(medida["letras_por_segundo"]))
            )
            nats = decimal(medida["nats"], 3)
            print(_linha(ensaio.aluno, ensaio.professor, str(ensaio.semente), *numeros, nats), flush=True)
    grava_atomico(grafico, _desenha(treinos, do_nosso["nats"]))
    print(f"\ngráfico em {relativo(grafico)}\n")
    return {"da_llm": da_llm, "letras": letras, "do_nosso": do_nosso["nats"], "treinos": treinos}


def _ensaios(sementes: int) -> list[Ensaio]:
    return [
        Ensaio(aluno, professor, semente)
        for aluno, (_, professores) in ALUNOS.items()
        for professor in professores
        for semente in range(sementes)
    ]


def _divide(colhido: Path, onde: Path) -> tuple[float, int]:
    """Grava os poemas do treino, o que a LLM achava deles, e os reservados.

    Returns:
        Os nats por letra da LLM nas respostas de que saíram os reservados, e quantas letras têm.
    """
    por_poema = dict(le(colhido))
    ordem = embaralha(list(por_poema))
    quantos = round(RESERVADOS * len(ordem))
    if quantos < AO_MENOS:
        raise ErroPoema(f"com {milhar(len(ordem))} poemas não há o que medir: peça mais a just gera.")
    treino, reservados = ordem[:-quantos], ordem[-quantos:]
    grava_atomico(onde / "treino.txt", em_texto(treino))
    grava_atomico(onde / "reservados.txt", em_texto(reservados))
    (onde / "treino.probabilidades").unlink(missing_ok=True)
    with Colheita(onde / "treino.probabilidades") as deles:
        for poema in treino:
            deles.guarda(poema, por_poema[poema])
    print(f"{milhar(len(treino))} poemas para os treinos, {milhar(quantos)} para medir")
    return _nats_da_llm([por_poema[poema] for poema in reservados])


def _nats_da_llm(todos: Sequence[Palpites]) -> tuple[float, int]:
    """Do que ela escreveu, por letra; e quantas letras são."""
    do_escolhido = [np.where(p.quais == p.escolhidas[:, None], p.logs, -np.inf).max(-1) for p in todos]
    letras = sum(len(p.texto.decode()) for p in todos)
    return -sum(float(logs.astype(np.float64).sum()) for logs in do_escolhido) / letras, letras


def _como(ensaio: Ensaio, onde: Path, nosso: Path, professor: Path) -> tuple[str, tuple[object, ...]]:
    """O nome de um treino, e as opções de `just treina`."""
    da_llm = ("--professor-llm", onde / "treino.probabilidades")
    de_quem: dict[str, tuple[object, ...]] = {
        NENHUM: (*da_llm, "--peso-do-professor", 0),  # dela, só os tokens
        DA_LLM: da_llm,
        NOSSO: ("--professor", professor),
    }
    nome = f"{ensaio.aluno}-{ensaio.professor}-{ensaio.semente}".replace(", ", "-").replace(" ", "-")
    comum = ("--dataset", onde / "treino.txt", *IGUAIS, "--semente", ensaio.semente)
    partida = ("--a-partir-de", nosso) if ensaio.aluno == AFINADO else ()
    return nome, (*comum, *partida, *ALUNOS[ensaio.aluno][0], *de_quem[ensaio.professor])


def _corre(nome: str, opcoes: Sequence[object], onde: Path) -> dict[str, Any]:
    lidos = [onde / "treino.txt", onde / "treino.probabilidades"]
    return treina_e_mede(nome, opcoes, onde, lidos, [onde / "reservados.txt"])


def _linha(aluno: str, professor: str, *numeros: str) -> str:
    return f"{aluno:<19}{professor:<10}" + "".join(f"{n:>12}" for n in numeros)


def _desenha(treinos: Sequence[dict[str, Any]], do_nosso: float) -> bytes:
    """Um ponto por treino, uma coluna por aluno, e o que erra o professor nosso."""
    figura, novo = eixo("O que um professor ensina", "aluno", "nats por letra, no que não se leu")
    for i, (professor, cor) in enumerate(CORES.items()):
        deste = [t for t in treinos if t["professor"] == professor]
        onde = [list(ALUNOS).index(t["aluno"]) + 0.18 * (i - 1) for t in deste]
        nats = [t["nats"] for t in deste]
        novo.plot(onde, nats, "o", color=cor, alpha=0.75, label=f"professor: {professor}")
    novo.axhline(do_nosso, color=CORES[NOSSO], ls="--", lw=1, label="o professor nosso")
    novo.set_xticks(range(len(ALUNOS)), list(ALUNOS))
    novo.set_xlim(-0.5, len(ALUNOS) - 0.5)
    novo.yaxis.set_major_formatter(com_virgula("{:.2f}"))
    return png(figura, novo)
