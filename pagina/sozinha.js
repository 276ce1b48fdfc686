'use strict';

// Sem servidor a página escreve sozinha: acaba aqui o poema que ele deixou no meio, e continua com outros até que ele volte.
// Para o resto da página é texto que chega, como o dele.

const PACIENCIA = 4;           // segundos: a primeira tentativa de voltar (até 3) pode bastar
const PAUSA = 4;               // segundos entre dois poemas, como no servidor

const temperaturaDaqui = um('#temperatura-daqui');   // escondida onde há servidor, e então o padrão dele

let escreveAqui = false;       // o poema que se lê é desta página
let daqui = null;              // a fonte dele, enquanto não acaba
let doServidor = null;         // o poema do servidor até aqui, se ele voltou antes de o daqui acabar
let respondeu = false;         // o servidor já falou nesta visita
let relogioDaqui = 0;          // a paciência, ou a pausa

function acharServidor() {
  if (escreveAqui) return;     // o que começou aqui, aqui acaba
  clearTimeout(relogioDaqui);
  relogioDaqui = 0;
  mostrarEstado('ao-vivo');
}

function perderServidor() {
  doServidor = null;
  if (escreveAqui) return;
  mostrarEstado('sem-conexao');
  relogioDaqui ||= setTimeout(assumir, PACIENCIA * 1000);
}

// O que ele diz enquanto se escreve aqui espera: só o poema em que ele vai, desde o começo.
function receberDoServidor(texto, primeiro) {
  respondeu = true;
  if (!escreveAqui) return receber(texto, primeiro);
  doServidor = ((primeiro ? '' : doServidor) + texto).split(SEPARACAO).at(-1).slice(0, MAX_LETRAS);
  if (!daqui) devolver();
}

// Sem o modelo, a próxima queda tenta outra vez; onde não há servidor, diz-se por quê.
async function assumir() {
  relogioDaqui = 0;
  if (pesaDemais()) return;
  try {
    await oModelo();
  } catch (erro) {
    SITUACOES['sem-modelo'] = erro.message;
    if (semServidor()) mostrarEstado('sem-modelo');
    return;
  }
  if (escreveAqui || situacao === 'ao-vivo') return;   // ele voltou enquanto o modelo vinha
  escreveAqui = true;
  document.documentElement.toggleAttribute('data-aqui', true);
  if (!respondeu) document.documentElement.toggleAttribute('data-sem-servidor', true);
  mostrarEstado('aqui');
  escreverDaqui(poemaEmAndamento());
}

function escreverDaqui(texto = '') {
  const inicio = modeloPronto.vocabulario.aproveita(texto).texto;   // o dele pode ser outro modelo
  const pedido = { inicio, temperatura: temperaturaDaqui.valueAsNumber, semente: Number(sortearSemente()) };
  daqui = new FonteDaqui(modeloPronto, () => pedido, { ditas: inicio.length, parada: () => pena.parada });
  daqui.onmessage = ({ data }) => pena.enfileirar(data);
  daqui.onclose = acabarDaqui;
}

function acabarDaqui() {
  daqui = null;
  pena.enfileirar(SEPARACAO);
  if (doServidor === null) relogioDaqui = setTimeout(escreverDaqui, PAUSA * 1000);
  else devolver();
}

function devolver() {
  const texto = doServidor;
  clearTimeout(relogioDaqui);
  relogioDaqui = 0;
  escreveAqui = false;
  doServidor = null;
  for (const sinal of ['data-aqui', 'data-sem-servidor']) document.documentElement.removeAttribute(sinal);
  mostrarEstado('ao-vivo');
  receber(texto, true);
}

function mostrarControles() {
  dizerValor(temperaturaDaqui, decimal(temperaturaDaqui.valueAsNumber, 1));
  dizerValor(ritmo, ritmo.value, ' letras por segundo');
}
