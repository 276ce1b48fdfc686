"""Conta, confere e limpa um arquivo de poemas."""

from dataclasses import dataclass
from pathlib import Path

from poema_top.base.arquivos import DATASET_PADRAO, grava_atomico, prova_que_se_grava, relativo
from poema_top.base.erros import ErroPoema, executa
from poema_top.base.numeros import decimal, milhar
from poema_top.base.opcoes import le_opcoes, opcao
from poema_top.texto.limpeza import Conferencia, confere, limpa
from poema_top.texto.poemas import TERMINADOR, blocos_sem_conferir


@dataclass
class Opcoes:
    """As opções de `just dataset`."""

    arquivo: Path = opcao(DATASET_PADRAO, "arquivo de poemas", type=Path, posicional=True)
    limpa: Path | None = opcao(None, "grava aqui uma cópia limpa do arquivo", type=Path, metavar="SAIDA")


def principal() -> None:
    """Conta e confere um arquivo de poemas; com --limpa, grava uma cópia limpa."""
    opcoes = le_opcoes(Opcoes, principal.__doc__)
    if opcoes.limpa:
        if opcoes.limpa.exists():
            raise ErroPoema(f"{relativo(opcoes.limpa)} já existe; dê outro nome à cópia limpa.")
        prova_que_se_grava(opcoes.limpa)
    poemas = [p for bloco in blocos_sem_conferir(opcoes.arquivo) for p in bloco]
    _mostra(opcoes.arquivo, confere(poemas))
    if opcoes.limpa:
        limpos = limpa(poemas)
        texto = "".join(f"{poema}\n{TERMINADOR}\n" for poema in limpos)
        grava_atomico(opcoes.limpa, texto.encode())
        print(f"cópia limpa em {relativo(opcoes.limpa)}: {milhar(len(limpos))} poemas")


def _mostra(arquivo: Path, c: Conferencia) -> None:
    print(f"{relativo(arquivo)}")
    print(f"  poemas      {milhar(c.poemas):>11}   ({milhar(c.repetidos)} repetidos)")
    print(f"  versos      {milhar(c.versos):>11}   ({decimal(c.versos / c.poemas, 1)} por poema)")
    media = decimal(c.caracteres / c.poemas, 1)
    print(f"  caracteres  {milhar(c.caracteres):>11}   ({media} por poema, {c.maior} no maior)")
    if not c.problemas:
        print("  nada a limpar")
        return
    estranhos = " ".join(f"{ascii(x) if x.isspace() else x}:{n}" for x, n in c.fora_do_alfabeto.items())
    print(f"  fora do alfabeto           {estranhos or 'nenhum'}")
    print(f"  frases da LLM              {milhar(len(c.frases_da_llm))}")
    for frase in c.frases_da_llm[:5]:
        print(f"    {frase.splitlines()[0]}")
    print(f"  @ no meio de versos        {milhar(c.terminador_no_verso)}")
    print(f"  poemas com espaços demais  {milhar(c.espacos_sobrando)}")


if __name__ == "__main__":
    executa(principal)
