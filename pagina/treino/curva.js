'use strict';

// A curva: a perda de cada época, no treino e na validação, em SVG, do tamanho que a tela der.

const MARGEM = { alto: 14, direita: 14, pe: 28, esquerda: 44 };   // pixels, para os números dos eixos
const MARCAS = 5;              // quantas linhas de grade, mais ou menos

function criar(nome, atributos, texto = '') {
  const elemento = document.createElementNS('http://www.w3.org/2000/svg', nome);
  for (const [atributo, valor] of Object.entries(atributos)) elemento.setAttribute(atributo, valor);
  elemento.textContent = texto;
  return elemento;
}

// Números redondos de `de` a `ate`: de 1 em 1, de 2 em 2 ou de 5 em 5 (ou 0,1, 10…), perto de MARCAS deles.
function marcas(de, ate, menorPasso = 0) {
  const bruto = (ate - de) / MARCAS, potencia = 10 ** Math.floor(Math.log10(bruto));
  const passo = Math.max(menorPasso, [1, 2, 5, 10].find((n) => n * potencia >= 0.7 * bruto) * potencia);
  const feitas = [];
  for (let n = Math.ceil(de / passo - 1e-9); n * passo <= ate + 1e-9; n++) feitas.push(n * passo);
  return feitas;
}

class Curva {
  constructor(onde) {
    this.onde = onde;
    this.epocas = [];
    this.ultima = 0;      // até que época vai o eixo: onde o treino deve acabar, se se sabe
    new ResizeObserver(() => this.desenhar()).observe(onde);
  }

  mostrar(epocas, ultima) {
    this.epocas = epocas.filter((e) => e.treino_nats !== null && e.validacao_nats !== null);
    this.ultima = ultima;
    this.desenhar();
  }

  desenhar() {
    const { onde, epocas } = this, { width: largura, height: altura } = onde.getBoundingClientRect();
    onde.replaceChildren();
    if (!largura) return;
    onde.setAttribute('viewBox', `0 0 ${largura} ${altura}`);
    if (!epocas.length) {
      onde.append(criar('text', { class: 'espera', x: largura / 2, y: altura / 2, 'text-anchor': 'middle' }, 'começa no fim da primeira época'));
      return;
    }
    const [baixo, alto] = this.limites(), primeira = epocas[0].epoca;
    const ultima = Math.max(this.ultima, epocas.at(-1).epoca, primeira + 1);
    const larga = largura - MARGEM.esquerda - MARGEM.direita, funda = altura - MARGEM.alto - MARGEM.pe;
    const x = (epoca) => MARGEM.esquerda + larga * (epoca - primeira) / (ultima - primeira);
    const y = (nats) => MARGEM.alto + funda * (1 - (nats - baixo) / (alto - baixo));
    this.grade(x, y, { baixo, alto, primeira, ultima, largura, altura });
    // O começo, de quem nada sabe, passa do alto: outro <svg> corta o que sai dele.
    const dentro = criar('svg', { width: largura, height: altura - MARGEM.pe + 6 });
    for (const nome of ['treino', 'validacao']) {
      const pontos = epocas.map((e) => `${x(e.epoca).toFixed(1)},${y(e[`${nome}_nats`]).toFixed(1)}`).join(' ');
      dentro.append(criar('polyline', { class: nome === 'treino' ? 'do-treino' : 'da-validacao', points: pontos }));
    }
    onde.append(dentro);
    const melhor = melhorDe(epocas), cx = x(melhor.epoca), cy = y(melhor.validacao_nats);
    onde.append(criar('circle', { cx, cy, r: 5 }));
    const texto = { class: 'melhor', x: Math.min(Math.max(cx, 50), largura - 24), y: cy + 22, 'text-anchor': 'middle' };
    onde.append(criar('text', texto, decimal(melhor.validacao_nats, 3)));
  }

  // Da menor perda à da segunda época: a primeira, muito mais alta, achataria todas as outras.
  limites() {
    const todas = this.epocas.flatMap((e) => [e.treino_nats, e.validacao_nats]);
    const segunda = this.epocas[Math.min(1, this.epocas.length - 1)];
    const alto = this.epocas.length > 2 ? Math.max(segunda.treino_nats, segunda.validacao_nats) : Math.max(...todas);
    const baixo = Math.min(...todas), folga = 0.12 * (alto - baixo) || 0.05;
    return [baixo - 2 * folga, alto + folga];
  }

  grade(x, y, { baixo, alto, primeira, ultima, largura, altura }) {
    const casas = alto - baixo < 0.5 ? 2 : 1;
    for (const nats of marcas(baixo, alto, 0.01)) {
      this.onde.append(criar('line', { class: 'grade', x1: MARGEM.esquerda, x2: largura - MARGEM.direita, y1: y(nats), y2: y(nats) }));
      this.onde.append(criar('text', { x: MARGEM.esquerda - 8, y: y(nats) + 4, 'text-anchor': 'end' }, decimal(nats, casas)));
    }
    const pe = altura - 4;
    for (const epoca of marcas(primeira, ultima, 1)) {
      this.onde.append(criar('text', { x: x(epoca), y: pe, 'text-anchor': 'middle' }, String(epoca)));
    }
    this.onde.append(criar('text', { x: 0, y: pe }, 'época'));
  }
}

function melhorDe(epocas) {
  return epocas.reduce((melhor, e) => (e.validacao_nats < melhor.validacao_nats ? e : melhor));
}
