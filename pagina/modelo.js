'use strict';

// O modelo que escreve nesta página: o que vem dentro dela, se ela é um arquivo só, ou o que está ao lado.

const tudoLido = new Promise((pronto) => addEventListener('DOMContentLoaded', pronto));   // rede.js é lido por último

let modeloPedido = null;
let modeloPronto = null;       // ele, depois que veio
let buscadoNoOcio = false;

// A página que `just exporta` fez, ou a que chamou um servidor e ele nunca respondeu.
const semServidor = () => 'semServidor' in document.documentElement.dataset;

// A promessa dele, pedido uma vez só; se não veio, quem chamar depois pede outra vez.
function oModelo() {
  return modeloPedido ??= leModelo().then((modelo) => (modeloPronto = modelo), (erro) => {
    modeloPedido = null;
    // Um Error diz, em português, por que o arquivo não serve; o resto são queixas do navegador.
    throw erro.name === 'Error' ? erro : new Error('o modelo não veio; recarregue a página', { cause: erro });
  });
}

async function leModelo() {
  await tudoLido;
  const dentro = um('#modelo');   // em base64, como `just exporta pagina` o grava
  if (dentro) return Poeta.abre(Uint8Array.from(atob(dentro.textContent), (c) => c.charCodeAt(0)).buffer);
  if (location.protocol === 'file:') throw new Error('do disco, só escreve a página de just exporta pagina');
  return Poeta.busca();
}

// São megabytes: não se pedem a quem os paga caro, nem a quem espera muito por eles. Esses leem o que o servidor escreve.
function pesaDemais() {
  const { saveData, effectiveType } = navigator.connection ?? {};
  return !modeloPronto && !semServidor() && (saveData || /2g|3g/.test(effectiveType));
}

// Para o dia em que o servidor falte: pedido uma vez, quando a página não tem mais nada que fazer.
function buscarNoOcio() {
  if (buscadoNoOcio || pesaDemais()) return;
  buscadoNoOcio = true;
  (window.requestIdleCallback ?? setTimeout)(() => oModelo().catch(() => {}));   // sem ele, escreve o servidor
}
