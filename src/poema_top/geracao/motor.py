"""O motor de inferência em LiteRT: um passo por token, o estado levado adiante."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from poema_top.base.arquivos import relativo
from poema_top.base.erros import ErroPoema
from poema_top.base.silencio import stderr_calado
from poema_top.base.sistema import explica_dll_ausente
from poema_top.geracao.checkpoint import Checkpoint
from poema_top.geracao.passo import Logits

with explica_dll_ausente():
    from ai_edge_litert.interpreter import Interpreter


def _assinatura(interprete: Interpreter) -> tuple[dict[str, tuple[int, int]], ...]:
    """Nome -> (índice do tensor, tamanho da última dimensão), das entradas e das saídas."""
    executor = interprete.get_signature_runner()
    return tuple(
        {nome: (int(d["index"]), int([1, *d["shape"]][-1])) for nome, d in detalhes.items()}
        for detalhes in (executor.get_input_details(), executor.get_output_details())
    )


def _alheio(checkpoint: Checkpoint, erro: Exception) -> ErroPoema:
    motivo = (str(erro).splitlines() or ["sem motivo"])[0]
    return ErroPoema(f"o passo de {relativo(checkpoint.pasta)} não é um modelo nosso: {motivo}.")


_apresentado = False


@contextmanager
def _apresentacao_calada() -> Iterator[None]:
    """Cala o XNNPACK, que se apresenta em inglês na primeira alocação de um processo, e só nela.

    Calar é trocar o descritor 2 do processo inteiro: um servidor no ar perderia linhas do registro se isto se
    repetisse a cada modelo novo.
    """
    global _apresentado  # noqa: PLW0603  # é mesmo do processo
    if _apresentado:
        yield
        return
    with stderr_calado():
        yield
    _apresentado = True


class Motor:
    """Avança B textos independentes, um token de cada por chamada.

    O estado da GRU resume tudo o que cada texto já leu: cada passo custa o mesmo, tenha o texto
    dez tokens ou dez mil. (O projeto original relia a janela de 60 a cada caractere.)
    """

    def __init__(self, checkpoint: Checkpoint, fluxos: int = 1) -> None:
        """Carrega o passo de um checkpoint.

        Args:
            checkpoint: o que `checkpoint.le` devolveu.
            fluxos: B, quantos textos avançam juntos.

        Raises:
            ErroPoema: o arquivo não é um passo de LiteRT, ou não é o do vocabulário.
        """
        try:
            # Uma thread: o passo é pequeno demais para que dividi-lo compense.
            self._interprete = Interpreter(model_content=checkpoint.passo, num_threads=1)
            entradas, saidas = _assinatura(self._interprete)
            nomes = sorted(nome for nome in entradas if nome.startswith("estado_"))
            self._ids, _ = entradas["ids"]
            self._logits, tokens = saidas["logits"]
            self._estados = [(entradas[n][0], saidas[n][0]) for n in nomes]
            unidades = [entradas[n][1] for n in nomes]
        except (ValueError, KeyError, RuntimeError) as erro:
            raise _alheio(checkpoint, erro) from None
        if tokens != len(checkpoint.vocabulario):
            raise ErroPoema(
                f"o modelo de {relativo(checkpoint.pasta)} prevê {tokens} tokens e o vocabulário "
                f"tem {len(checkpoint.vocabulario)}; a pasta mistura dois modelos."
            )
        self.estados = [np.zeros((0, n), np.float32) for n in unidades]
        try:
            with _apresentacao_calada():
                self.redimensiona(fluxos)
        except (ValueError, RuntimeError) as erro:
            raise _alheio(checkpoint, erro) from None

    @property
    def fluxos(self) -> int:
        """B, quantos textos avançam juntos."""
        return len(self.estados[0])

    def redimensiona(self, fluxos: int) -> None:
        """Muda B; os primeiros textos continuam de onde estão, os novos começam do nada."""
        for i, estado in enumerate(self.estados):
            novo = np.zeros((fluxos, estado.shape[1]), np.float32)
            novo[: len(estado)] = estado[:fluxos]
            self.estados[i] = novo
            self._interprete.resize_tensor_input(self._estados[i][0], novo.shape)
        self._interprete.resize_tensor_input(self._ids, [fluxos])
        self._interprete.allocate_tensors()

    def zera(self) -> None:
        """Faz todos os textos esquecerem o que leram."""
        for estado in self.estados:
            estado[:] = 0

    def avanca(self, ids: NDArray[np.int32]) -> Logits:
        """Lê um token de cada texto.

        Args:
            ids: int32 [B].

        Returns:
            Logits float32 [B, V] do token seguinte de cada texto.
        """
        interprete = self._interprete
        interprete.set_tensor(self._ids, ids)
        for (entrada, _), estado in zip(self._estados, self.estados, strict=True):
            interprete.set_tensor(entrada, estado)
        interprete.invoke()
        self.estados = [interprete.get_tensor(saida) for _, saida in self._estados]
        logits: Logits = interprete.get_tensor(self._logits)
        return logits
