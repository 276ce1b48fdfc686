"""Tudo o que define um treino: as receitas, as opções de `just treina` e o que vai para a ficha."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from poema_top.base.arquivos import DATASET_PADRAO, PASTA_MODELOS, do_projeto
from poema_top.base.erros import ErroPoema
from poema_top.base.opcoes import opcao
from poema_top.base.valores import (
    fracao,
    fracao_ou_caminho,
    inteiro_nao_negativo,
    inteiro_positivo,
    parcela,
    positivo,
    semente,
)
from poema_top.texto.divisao import parcela_ou_arquivo
from poema_top.texto.pedacos import DE_NOME
from poema_top.texto.reservado import um_ou_varios

OTIMIZADORES = ("muon", "adam", "adamw", "rmsprop", "sgd")
AGENDAS = ("linear", "constante")
MINUTOS_PADRAO = 10.0
# O que não é do treino, mas de como ele foi pedido: não vai para a ficha.
_SO_DESTA_VEZ = ("nome", "por_cima", "saida", "continua", "a_partir_de", "do_zero", "cresce", "ajustes")

# A entrada e a saída de quem tem tokens demais para o one-hot: docs/silabas.md.
_COM_TABELA = {"entrada": "embedding", "saida_atada": True, "dropout": 0.2, "taxa_aprendizado": 0.05}
# O que cada receita muda nos padrões; a rápida é os padrões.
RECEITAS: dict[str, dict[str, Any]] = {
    "rapida": {},
    "silabas": {"tokens": "silabas", **_COM_TABELA},
    "palavras": {"tokens": "palavras", **_COM_TABELA, "dimensoes": 32},
    "poeta": {  # a do modelo que escreve o site: docs/poemas.md
        "dataset": (DATASET_PADRAO, DATASET_PADRAO.with_name("poemas-30k-rimados.txt")),
        "validacao": "0,02",
        "tokens": "palavras",
        **_COM_TABELA,
        "dimensoes": 128,
        "unidades": (384, 384),
        "taxa_aprendizado": 0.025,
        "minutos": 45.0,
    },
    "classica": {  # a do projeto original
        "janela": 59,
        "lote": 128,
        "otimizador": "rmsprop",
        "taxa_aprendizado": 0.001,
        "agenda": "constante",
        "dropout": 0.0,
        "paciencia": 50,
        "epocas": 1000,
        "terminador": False,
    },
}


@dataclass(frozen=True)
class Configuracao:
    """As opções de `just treina`."""

    receita: str = opcao(
        "rapida",
        "conjunto de padrões: a nossa; com sílabas ou palavras; a do poeta, muito maior; a do original",
        choices=tuple(RECEITAS),
    )
    dataset: tuple[Path, ...] = opcao(
        (DATASET_PADRAO,), "arquivos de poemas, ou pastas de textos, lidos como um só", type=Path
    )
    validacao: str = opcao(
        "0,05",
        "fração dos poemas guardada para a validação, ou um arquivo de poemas para ela",
        type=fracao_ou_caminho,
        metavar="FRAÇÃO|CAMINHO",
    )
    nome: str | None = opcao(None, "nome da pasta do modelo (padrão: data e hora do começo)")
    por_cima: bool = opcao(False, "substitui o modelo que já tem esse --nome")
    saida: Path = opcao(PASTA_MODELOS, "onde fica a pasta do modelo", type=Path)
    continua: Path | None = opcao(
        None,
        "retoma o treino desta pasta de onde parou (sem pasta: a mais nova)",
        type=Path,
        nargs="?",
        const=Path(),
    )
    a_partir_de: Path | None = opcao(
        None,
        "começa dos pesos e do vocabulário desta pasta; com poucos poemas, da que vem com o projeto",
        type=Path,
    )
    do_zero: bool = opcao(False, "começa do nada, mesmo com poucos poemas")
    cresce: bool = opcao(True, "com --a-partir-de, o vocabulário ganha os caracteres que faltam")
    professor: Path | None = opcao(
        None,
        "aprende também com as probabilidades do modelo desta pasta, e fica com o vocabulário dele",
        type=Path,
    )
    professor_llm: Path | None = opcao(
        None,
        "aprende também com o que uma LLM achava do que escreveu: o arquivo de just gera --probabilidades",
        type=Path,
        metavar="ARQUIVO",
    )
    temperatura_do_professor: float = opcao(
        1.0, "com --professor-llm, acima de 1 achata as probabilidades das duas partes", type=positivo
    )
    peso_do_professor: float = opcao(
        0.5, "com um professor, quanto do alvo vem dele; o resto vem do texto", type=parcela
    )
    tokens: str = opcao("caracteres", "em que se corta o texto", choices=tuple(DE_NOME))
    max_vocabulario: int | None = opcao(
        None, "quantos tokens ter; os pedaços mais raros se escrevem letra por letra", type=inteiro_positivo
    )
    entrada: str = opcao(
        "one-hot",
        "como a rede lê um token: um 1 entre zeros, ou uma linha de números aprendida",
        choices=("one-hot", "embedding"),
    )
    dimensoes: int = opcao(64, "com --entrada embedding, quantos números por token", type=inteiro_positivo)
    saida_atada: bool = opcao(False, "com --entrada embedding, a saída usa a mesma tabela")
    unidades: tuple[int, ...] = opcao((128, 128), "unidades de cada camada GRU", type=inteiro_positivo)
    janela: int = opcao(60, "tokens por janela; com pouco texto, menos", type=inteiro_positivo)
    lote: int = opcao(128, "janelas por passo; com pouco texto, menos", type=inteiro_positivo)
    epocas: int | None = opcao(
        None, "quantas vezes ler o dataset (padrão: o que couber em --minutos)", type=inteiro_positivo
    )
    minutos: float | None = opcao(
        None,
        "tempo de treino; a taxa de aprendizado desce para acabar nele (padrão: 10, sem --epocas)",
        type=positivo,
    )
    paciencia: int = opcao(
        8,
        "para após tantas épocas sem melhora na validação e um quarto da taxa; 0 não para",
        type=inteiro_nao_negativo,
    )
    taxa_aprendizado: float = opcao(0.024, "taxa de aprendizado no pico", type=positivo)
    agenda: str = opcao("linear", "como a taxa de aprendizado anda", choices=AGENDAS)
    otimizador: str = opcao("muon", "algoritmo de otimização", choices=OTIMIZADORES)
    dispositivos: str = opcao(
        "um", "onde treinar: a primeira GPU (ou a CPU), ou todas as GPUs da máquina", choices=("um", "todos")
    )
    dropout: float = opcao(
        0.1, "fração das saídas de cada camada zerada no treino, contra a memorização", type=fracao
    )
    minusculas: bool = opcao(True, "passa o texto a minúsculas")
    terminador: bool = opcao(True, "ensina o fim do poema como o token @")
    semente: int = opcao(0, "repete o mesmo sorteio", type=semente)
    ajustes: tuple[str, ...] = ()  # o que os padrões mudaram para caber no texto, uma linha por coisa

    def __post_init__(self) -> None:
        """Recusa o que não se entende junto."""
        if self.professor and self.professor_llm:
            raise ErroPoema("um professor de cada vez: --professor, ou --professor-llm.")
        if self.professor_llm and self.tokens not in ("caracteres", "llm"):
            raise ErroPoema(
                "--professor-llm ensina letras, ou os tokens dela: use --tokens caracteres ou llm."
            )
        if self.saida_atada and self.entrada == "one-hot":
            raise ErroPoema(
                "--saida-atada precisa de uma tabela a que se atar: junte --entrada embedding, ou "
                "--sem-saida-atada."
            )

    @classmethod
    def de(cls, opcoes: "Configuracao") -> "Configuracao":
        """Só o que é do treino, das opções de um comando que tem mais."""
        return cls(**{campo.name: getattr(opcoes, campo.name) for campo in fields(cls)})

    @property
    def dimensoes_da_entrada(self) -> int:
        """Os números por token da tabela; 0 se a entrada é one-hot."""
        return self.dimensoes if self.entrada == "embedding" else 0

    @property
    def orcamento_minutos(self) -> float | None:
        """O tempo de treino: o pedido, ou o padrão quando nada foi pedido."""
        return MINUTOS_PADRAO if self.minutos is None and self.epocas is None else self.minutos

    def para_ficha(self) -> dict[str, Any]:
        """As opções como ficam em `ficha.json`: os caminhos valem de onde quer que se leiam."""
        valores = asdict(self)
        for campo in _SO_DESTA_VEZ:
            del valores[campo]
        valores["dataset"] = um_ou_varios([do_projeto(caminho) for caminho in self.dataset])
        for campo in ("professor", "professor_llm"):
            valores[campo] = valores[campo] and do_projeto(valores[campo])
        validacao = parcela_ou_arquivo(self.validacao)
        valores["validacao"] = do_projeto(validacao) if isinstance(validacao, Path) else self.validacao
        valores["unidades"] = list(self.unidades)
        return valores
