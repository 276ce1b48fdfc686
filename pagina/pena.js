'use strict';

// O que todos usam, e a pena: o que chega em pacotes sai letra a letra.

const MAX_FILA = 2000;         // acima disso não vale a pena escrever aos poucos

const um = (seletor, onde = document) => onde.querySelector(seletor);
const menosMovimento = matchMedia('(prefers-reduced-motion: reduce)');
const decimal = (x, casas) => x.toFixed(casas).replace('.', ',').replace(/^-/, '−');

// O valor de uma régua, ao lado dela e em voz alta; quem só ouve precisa também da unidade.
function dizerValor(regua, valor, unidade = '') {
  um(`output[for="${regua.id}"]`).textContent = valor;
  regua.setAttribute('aria-valuetext', valor + unidade);
}

class Pena {
  constructor(escrever) {
    this.escrever = escrever;
    this.fila = '';
    this.parada = false;    // em pausa: nada sai
    this.acabou = false;    // nada mais entra: quando a fila se esvazia, o poema está pronto
    this.saldo = 0;         // fração de letra acumulada entre dois quadros de animação
    this.instante = 0;      // hora do quadro de animação anterior
    this.animacao = 0;
    document.addEventListener('visibilitychange', () => document.hidden && this.escoar());
  }

  enfileirar(texto) {
    this.fila += texto;
    if (document.hidden || this.fila.length > MAX_FILA) this.escoar();
    else if (!menosMovimento.matches) this.animar();
    else if (this.acabou) this.escoar();
    else this.soltar(this.fila.lastIndexOf('\n') + 1);   // verso a verso
  }

  animar() {
    if (!this.parada) this.animacao ||= requestAnimationFrame((agora) => this.gotejar(agora));
  }

  // A pressa é proporcional à fila: cerca de meio segundo de atraso, qualquer que seja o ritmo da rede.
  gotejar(agora) {
    this.animacao = 0;
    const segundos = this.instante ? Math.min(0.1, (agora - this.instante) / 1000) : 1 / 60;
    this.saldo += segundos * Math.max(8, 2 * this.fila.length);
    const quantas = Math.floor(this.saldo);
    this.saldo -= quantas;
    this.soltar(quantas);
    this.instante = this.fila ? agora : 0;
    if (this.fila) this.animar();
  }

  soltar(quantas) {
    if (this.parada) return;
    const texto = this.fila.slice(0, quantas);
    this.fila = this.fila.slice(quantas);
    this.escrever(texto, this.acabou && !this.fila);
  }

  escoar() {
    this.soltar(this.fila.length);
  }

  acabar() {
    this.acabou = true;
    this.enfileirar('');
  }

  zerar() {
    this.fila = '';
    this.acabou = false;
  }
}

// Diz em voz alta, a quem usa leitor de tela, um verso inteiro por vez.
class Voz {
  constructor(onde) {
    this.onde = onde;
    this.dito = 0;          // até onde do poema já se ouviu
  }

  dizer(texto, ate) {
    if (ate <= this.dito) return;
    this.onde.textContent = texto.slice(this.dito, ate).trim();
    this.dito = ate;
  }
}
