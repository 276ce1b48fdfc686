'use strict';

// O modelo que escreve nesta página: o que vem dentro dela, se ela é um arquivo só, ou o que está ao lado.

let modeloPedido = null;

// A promessa dele, pedido uma vez só; se não veio, quem chamar depois pede outra vez.
function oModelo() {
  return modeloPedido ??= leModelo().catch((erro) => {
    modeloPedido = null;
    throw erro;
  });
}

async function leModelo() {
  const dentro = um('#modelo');   // em base64, como `just exporta pagina` o grava
  return dentro ? Poeta.abre(Uint8Array.from(atob(dentro.textContent), (c) => c.charCodeAt(0)).buffer) : Poeta.busca();
}
