"""O que os testes pedem de um navegador, qualquer que seja: abrir um endereço, e saber o que há na página."""

import json
from abc import ABC, abstractmethod
from typing import Any

PRAZO = 120  # segundos: só para um teste quebrado não ficar pendurado

# Na própria página: de fora, cada pergunta tomaria o processador de quem responde.
ESPERA = """new Promise((vale, nunca) => {
  const fim = performance.now() + %d;
  (function tenta() {
    if (%s) vale(true);
    else if (performance.now() > fim) nunca(new Error('nunca valeu'));
    else setTimeout(tenta, 20);
  })();
})"""


class Navegador(ABC):
    """Um navegador aberto, com uma página."""

    @abstractmethod
    def abre(self, endereco: str) -> None:
        """Vai a um endereço, e espera que a página esteja lida."""

    @abstractmethod
    def avalia(self, expressao: str) -> Any:
        """O que uma expressão vale na página; se é uma promessa, o que ela traz. Passa por JSON."""

    def espera_que(self, expressao: str) -> None:
        """Até a expressão valer na página."""
        self.avalia(ESPERA % (1000 * PRAZO, expressao))

    def chama(self, funcao: str, *argumentos: Any) -> Any:
        """O que uma função devolve, na página."""
        return self.avalia(f"({funcao})(...{json.dumps(argumentos)})")
