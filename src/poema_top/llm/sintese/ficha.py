"""De onde vieram os poemas: o que fica escrito ao lado deles."""

import json
from datetime import datetime
from typing import Any

from poema_top.llm.sintese.obra import Obra


def ficha(obra: Obra) -> bytes:
    """A ficha inteira, tirada só do diário: refaz-se quantas vezes for preciso."""
    feita, c = obra.crivo.feita, obra.contagem
    dados: dict[str, Any] = {
        "poemas": obra.tem,
        "de_antes": c.de_antes,
        "respostas": c.respostas,
        "aceitas": len(feita.poemas),
        "mudadas": {regra: conta.textos for regra, conta in feita.mudancas.items()},
        "descartadas": {motivo: conta.textos for motivo, conta in feita.descartes.items()},
        "tokens": {"lidos": c.entrada, "escritos": c.saida},
        "segundos": round(sum(_segundos(sessao) for sessao in c.sessoes), 1),
        "sessoes": [{"comeco": s["quando"], "fim": s["fim"], **s["sessao"]} for s in c.sessoes],
    }
    return (json.dumps(dados, ensure_ascii=False, indent=1) + "\n").encode()


def _segundos(sessao: dict[str, Any]) -> float:
    comeco, fim = (datetime.fromisoformat(sessao[q]) for q in ("quando", "fim"))
    return (fim - comeco).total_seconds()
