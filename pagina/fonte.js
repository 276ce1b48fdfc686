'use strict';

// Um poema escrito aqui, que chega como chegaria do servidor: uma fonte, como a quer o Canal.

const BATIDA = 100;            // ms entre dois pacotes, como no servidor
const QUADRO = 16;             // ms entre duas fatias, enquanto se lê um começo longo
const FATIA = 8;               // ms de contas de cada vez: entre elas a tela anda
const TAMANHO = 1000;          // letras de um poema que não termina, como no servidor;
const ALEM_DO_COMECO = 400;    // e, depois de um começo mais longo do que ele aceita, como em `just amostra`
const SEMENTE_MAXIMA = 2 ** 53 - 1;
const NUMERO = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

const ritmo = um('#ritmo');    // letras por segundo; escondido onde há servidor, e então o padrão dele

// O que se pede a uma Escrita, lido de um link com desconfiança e dito como src/poema_top/servidor/pedido.py o diz.
function lerPedido(modelo, { inicio, temperatura, semente }) {
  const graus = NUMERO.test(temperatura.replace(',', '.')) ? Number(temperatura.replace(',', '.')) : NaN;
  if (!(graus >= 0 && graus <= 2)) throw new Error('a temperatura precisa ser um número de 0 a 2');
  if (!/^\d{1,16}$/.test(semente) || Number(semente) > SEMENTE_MAXIMA) {
    throw new Error(`a semente precisa ser um inteiro de 0 a ${SEMENTE_MAXIMA}`);
  }
  const { texto, trocas } = modelo.vocabulario.aproveita(inicio);
  const estranhos = [...trocas.keys()].filter((letra) => !trocas.get(letra));
  if (estranhos.length) throw new Error(`não conheço estes caracteres: ${estranhos.slice(0, 10).join('')}`);
  return { inicio: texto.trimStart(), temperatura: graus, semente: Number(semente) };
}

class FonteDaqui {
  // preparar dá o pedido, ou diz num erro por que não; ditas: letras do começo que quem lê já tem; parada: se é hora de esperar.
  constructor(modelo, preparar, { ditas = 0, parada = () => false } = {}) {
    Object.assign(this, { modelo, preparar, ditas, parada, saldo: 0 });
    this.relogio = setTimeout(() => this.abrir());   // depois de quem a fez lhe dar ouvidos
  }

  abrir() {
    try {
      const pedido = this.preparar();
      this.comeco = pedido.inicio.length;
      const maximo = Math.max(TAMANHO, [...pedido.inicio].length + ALEM_DO_COMECO);
      this.escrita = new Poeta.Escrita(this.modelo, { ...pedido, maximo });
    } catch (erro) {
      return this.onclose?.({ code: 1008, reason: erro.message });
    }
    this.instante = performance.now();
    this.onopen?.();
    this.bater();
  }

  // O começo sai logo, e o resto no ritmo de quem lê: só se escrevem as letras de que ele precisa agora.
  bater(agora = performance.now()) {
    const { escrita, comeco } = this, segundos = Math.min(1, (agora - this.instante) / 1000);
    this.instante = agora;
    if (this.parada()) return this.marcar(BATIDA);
    this.saldo = Math.min(ritmo.valueAsNumber, this.saldo + segundos * ritmo.valueAsNumber);
    const ate = Math.max(comeco, this.ditas + Math.floor(this.saldo));
    escrita.avanca({ letras: ate - escrita.texto.length, prazo: FATIA });
    const lendo = !escrita.acabou && escrita.texto.length < comeco;
    const novas = lendo ? '' : escrita.texto.slice(this.ditas, ate);
    this.ditas += novas.length;
    this.saldo = lendo ? 0 : Math.max(0, this.saldo - novas.length);
    if (novas || lendo) this.onmessage?.({ data: novas });   // '' é um sinal de vida
    if (escrita.acabou && this.ditas >= escrita.texto.length) this.onclose?.({ code: 1000, reason: '' });
    else this.marcar(lendo ? QUADRO : BATIDA);
  }

  marcar(ms) {
    this.relogio = setTimeout(() => this.bater(), ms);
  }

  close() {
    clearTimeout(this.relogio);
  }
}
