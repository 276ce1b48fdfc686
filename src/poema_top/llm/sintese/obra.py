"""Uma geração em disco: os poemas, os descartados, o diário e a ficha, que nunca discordam entre si."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.tranca import sozinho
from poema_top.base.visivel import visivel
from poema_top.llm.cliente import LLM
from poema_top.llm.conversa import Resposta
from poema_top.llm.sintese.colheita import Colheita
from poema_top.llm.sintese.crivo import Crivo, Veredito
from poema_top.llm.sintese.derivado import Derivado
from poema_top.llm.sintese.diario import Diario, Registro
from poema_top.llm.sintese.pedidos import Pedido
from poema_top.texto.marcas import sem_controles
from poema_top.texto.pasta import DESCARTADOS
from poema_top.texto.poemas import TERMINADOR, em_texto, le_poemas

DIARIO, FICHA, PROBABILIDADES = ".gera.jsonl", ".gera.json", ".gera.probabilidades"
SEM_PALPITES = "probabilidades que não batem com o texto"


@dataclass
class Contagem:
    """O que já se fez, em todas as vezes.

    Attributes:
        respostas: as que estão no diário.
        entrada: tokens lidos pela LLM.
        saida: tokens escritos por ela.
        de_antes: poemas que o arquivo tinha antes da primeira vez.
        sessoes: uma por vez que se rodou, na ordem.
    """

    respostas: int = 0
    entrada: int = 0
    saida: int = 0
    de_antes: int = 0
    sessoes: list[Registro] = field(default_factory=list)


class Obra:
    """Uma geração aberta. Uma resposta existe quando está no diário; os outros arquivos vêm depois dele."""

    def __init__(self, diario: Diario, poemas: Derivado, descartados: Derivado, colheita: Colheita) -> None:
        """Confere os arquivos com o diário, e completa o que uma morte deixou por escrever.

        Raises:
            ErroPoema: um deles mudou por fora.
            OSError: o disco recusou.
        """
        self._diario, self._poemas, self._descartados = diario, poemas, descartados
        self._colheita = colheita
        self.crivo, self.contagem, self.respondidas = Crivo(), Contagem(), set[str]()
        registros = self._diario.le()
        base = next(registros, None) or self._comeca()
        if self._poemas.soma(base["base"]["bytes"]) != base["base"]["sha256"]:
            raise ErroPoema(
                f"o que {visivel(relativo(poemas.caminho), 200)} tinha antes de just gera mudou, e não mexo "
                "nele; dê outra --saida."
            )
        if base["base"]["bytes"]:
            antes = le_poemas(poemas.caminho)[: base["base"]["poemas"]]
            self.contagem.de_antes = len(antes)
            self.crivo.conhece(antes)
        for registro in registros:
            self._refaz(registro)
        self._poemas.acaba_aqui()
        self._descartados.acaba_aqui()
        self._colheita.acaba_aqui()

    @property
    def tem(self) -> int:
        """Quantos poemas o arquivo tem."""
        return self.contagem.de_antes + len(self.crivo.feita.poemas)

    def comeca_sessao(self, dados: dict[str, Any]) -> None:
        """Anota com que opções se roda desta vez."""
        registro = {"sessao": dados, "quando": _agora()}
        self._diario.anota(registro)
        self._comeca_a_contar(registro)

    def recebe(self, pedido: Pedido, resposta: Resposta, llm: LLM) -> Veredito:
        """Julga uma resposta e a guarda: primeiro no diário, depois no arquivo que lhe cabe.

        Raises:
            OSError: o disco recusou; o que já estava no diário não se perde.
        """
        faltam = pedido.pergunta.probabilidades and resposta.palpites is None
        veredito = self.crivo.julga(
            resposta.texto, acabou=resposta.acabou, recusa=SEM_PALPITES if faltam else ""
        )
        registro: Registro = {
            "chave": pedido.chave,
            "numero": pedido.numero,
            "quando": _agora(),
            "servidor": llm.servidor,
            "entrada": resposta.entrada,
            "saida": resposta.saida,
            "acabou": resposta.acabou,
            "texto": resposta.texto,
        }
        if veredito.motivo:
            registro["motivo"] = veredito.motivo
        elif veredito.poema != resposta.texto:
            registro["poema"] = veredito.poema
        if resposta.palpites and not veredito.motivo:
            registro["probabilidades"] = self._colheita.guarda(veredito.poema, resposta.palpites)
        self._diario.anota(registro)
        self._guarda(registro, veredito)
        return veredito

    def _comeca(self) -> Registro:
        """A primeira linha: o que o arquivo já tinha, que não é nosso."""
        tamanho, caminho = self._poemas.tamanho, self._poemas.caminho
        with Derivado(caminho) as arquivo:
            soma = arquivo.soma(tamanho)
        poemas = le_poemas(caminho) if tamanho else []
        if poemas and not caminho.read_bytes().endswith(f"\n{TERMINADOR}\n".encode()):
            raise ErroPoema(
                f"{visivel(relativo(caminho), 200)} não acaba numa linha {TERMINADOR}; acrescente-a, ou dê "
                "outra --saida."
            )
        registro = {"diario": 1, "base": {"bytes": tamanho, "poemas": len(poemas), "sha256": soma}}
        self._diario.anota(registro)
        return registro

    def _refaz(self, registro: Registro) -> None:
        if "sessao" in registro:
            self._comeca_a_contar(registro)
            return
        texto, motivo = registro["texto"], registro.get("motivo", "")
        veredito = Veredito("" if motivo else str(registro.get("poema", texto)), motivo)
        self.crivo.relembra(texto, veredito)
        self._colheita.deve_ter(registro.get("probabilidades", 0))
        self._guarda(registro, veredito)

    def _comeca_a_contar(self, sessao: Registro) -> None:
        self.contagem.sessoes.append({**sessao, "fim": sessao["quando"]})

    def _guarda(self, registro: Registro, veredito: Veredito) -> None:
        self.respondidas.add(registro["chave"])
        self.contagem.respostas += 1
        self.contagem.sessoes[-1]["fim"] = registro["quando"]  # o de uma sessão morta é a última resposta
        self.contagem.entrada += registro["entrada"]
        self.contagem.saida += registro["saida"]
        if not veredito.motivo:
            self._poemas.deve_ter(em_texto((veredito.poema,)))
            return
        como_veio = sem_controles(registro["texto"]).replace(TERMINADOR, "(arroba)")
        self._descartados.deve_ter(em_texto((f"# {veredito.motivo}\n{como_veio}",)))


@contextmanager
def abre(saida: Path) -> Iterator[Obra]:
    """A geração que grava neste arquivo, só deste processo enquanto durar.

    Raises:
        ErroPoema: outro processo a tem aberta, ou os arquivos mudaram por fora.
        OSError: o disco recusou.
    """
    nome = visivel(relativo(saida), 200)
    ocupado = f"outro just gera está escrevendo em {nome}; espere o fim dele, ou dê outra --saida."
    with ExitStack() as pilha:
        pilha.enter_context(sozinho(saida.with_name(f".{saida.name}.tranca"), ocupado))
        diario = pilha.enter_context(Diario(ao_lado(saida, DIARIO)))
        poemas = pilha.enter_context(Derivado(saida))
        descartados = pilha.enter_context(Derivado(ao_lado(saida, f".gera{DESCARTADOS}")))
        colheita = pilha.enter_context(Colheita(ao_lado(saida, PROBABILIDADES)))
        yield Obra(diario, poemas, descartados, colheita)


def ao_lado(saida: Path, fim: str) -> Path:
    """O nome de um dos arquivos que acompanham o dos poemas."""
    return saida.with_name(saida.stem + fim)


def _agora() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
