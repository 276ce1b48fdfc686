'use strict';

// O canal: recebe texto de uma fonte, e sabe o que fazer quando ela se cala.

const ESPERA_MAXIMA = 30;      // segundos entre uma queda e a tentativa seguinte
const SILENCIO_MAXIMO = 45;    // segundos sem nada: a conexão morreu sem avisar
const MAX_QUEDAS = 4;          // o poema próprio tem alguém à espera: depois delas, desiste e diz

const RECUSAS = {   // por código de fechamento (RFC 6455, 7.4.1): o que dizer, se o servidor não disser
  1008: 'o servidor não aceitou o pedido',
  1013: 'muita gente pedindo poemas agora; tente de novo daqui a pouco',
};

// Uma fonte fala como um WebSocket: avisa por onopen, onmessage({ data }) e onclose({ code, reason }), para com close().
// Sem aoAcabar, o canal insiste sempre. Com aoAcabar, leva um poema só, que alguém espera, e diz uma vez como acabou.
class Canal {
  constructor(papel) {
    Object.assign(this, papel);   // ligar, que faz uma fonte; esperaInicial; aoAbrir, aoReceber, aoCair, aoAcabar
    this.fonte = null;    // a que está em uso; o que uma já largada ainda disser não conta
    this.relogio = 0;     // com fonte, a vigia do silêncio; sem ela, a próxima tentativa, se houver
    addEventListener('online', () => this.tentarJa());
    document.addEventListener('visibilitychange', () => document.hidden || this.tentarJa());
  }

  conectar(quedas = 0) {
    this.largar();
    this.quedas = quedas;
    this.primeiro = true;   // o primeiro pacote de cada fonte conta o poema desde o começo
    const fonte = this.fonte = this.ligar();
    const seAtual = (faz) => (aviso) => { if (fonte === this.fonte) faz(aviso); };
    fonte.onopen = seAtual(() => this.aoAbrir?.());
    fonte.onmessage = seAtual(({ data }) => typeof data === 'string' && this.ouvir(data));
    fonte.onclose = seAtual(({ code, reason }) => this.cair(code, reason));
    this.vigiar();
  }

  ouvir(texto) {
    this.vigiar();
    if (!this.aoAcabar) this.quedas = 0;   // um poema só, que caísse sempre no mesmo verso, seria pedido sem parar
    this.aoReceber(texto, this.primeiro);
    this.primeiro = false;
  }

  vigiar() {
    clearTimeout(this.relogio);
    this.relogio = setTimeout(() => this.cair(), SILENCIO_MAXIMO * 1000);
  }

  cair(codigo, motivo) {
    this.largar();
    if (this.aoAcabar) {
      if (codigo === 1000 && !this.primeiro) return this.aoAcabar();
      if (codigo in RECUSAS) return this.aoAcabar(motivo || RECUSAS[codigo], codigo);
      if (this.quedas === MAX_QUEDAS) return this.aoAcabar('o servidor não respondeu; tente de novo daqui a pouco');
    }
    this.aoCair();
    this.relogio = setTimeout(() => this.conectar(this.quedas + 1), espera(this.quedas, this.esperaInicial));
  }

  tentarJa() {
    if (!this.fonte && this.relogio) this.conectar(this.quedas);
  }

  largar() {
    const { fonte, relogio } = this;
    this.fonte = null;
    this.relogio = 0;
    clearTimeout(relogio);
    fonte?.close();
  }
}

// Cresce a cada queda, e com sorteio: num recomeço do servidor, os leitores não voltam todos juntos.
function espera(quedas, inicial) {
  return Math.min(ESPERA_MAXIMA, inicial * 2 ** quedas) * (0.5 + Math.random()) * 1000;
}

function ligarAoServidor(caminho) {
  const servidor = location.protocol === 'file:' ? 'ws://localhost:8000' : location.origin.replace('http', 'ws');
  return new WebSocket(`${servidor}/ws/${caminho}`);
}
