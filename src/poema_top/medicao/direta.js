'use strict';

/*
  A rede de rede.js como as fórmulas a dizem, com nada arrumado para ser rápido: leia-a antes. O token é um vetor de
  zeros com um 1; cada número da saída é uma soma que salta de linha em linha da matriz. É a base de `just mede pagina`.
*/
class Direta {
  constructor(bytes) {
    const vista = new DataView(bytes.buffer), fim = 12 + vista.getUint32(8, true);
    const { tokens, terminador, unidades, dimensoes, atada } = JSON.parse(new TextDecoder().decode(bytes.subarray(12, fim)));
    let onde = fim;
    const le = (quantos) => Array.from({ length: quantos }, () => meia(vista.getUint16((onde += 2) - 2, true)));
    this.tabela = dimensoes ? le(tokens.length * dimensoes) : null;
    let m = dimensoes || tokens.length;
    this.camadas = unidades.map((n) => {
      const camada = { n, w: le(m * 3 * n), u: le(n * 3 * n), b: le(3 * n), bu: le(3 * n) };
      m = n;
      return camada;
    });
    const saidas = atada ? dimensoes : tokens.length;
    Object.assign(this, { tokens, terminador: tokens.indexOf(terminador), dimensoes, atada, s: le(m * saidas), d: le(saidas) });
    this.estados = unidades.map((n) => Array(n).fill(0));
  }

  // Lê um token; os logits [V] do seguinte.
  le(id) {
    const { tokens, tabela, dimensoes: d } = this;
    let x = tabela ? tabela.slice(id * d, (id + 1) * d) : tokens.map((_, i) => Number(i === id));
    if (id === this.terminador) for (const estado of this.estados) estado.fill(0);
    this.estados = this.camadas.map(({ n, w, u, b, bu }, i) => {
      const h = this.estados[i], lido = produto(x, w, b), lembrado = produto(h, u, bu);
      return x = h.map((antes, k) => {
        const z = sigmoide(lido[k] + lembrado[k]), r = sigmoide(lido[n + k] + lembrado[n + k]);
        return z * antes + (1 - z) * Math.tanh(lido[2 * n + k] + r * lembrado[2 * n + k]);
      });
    });
    const saida = produto(x, this.s, this.d);
    if (!this.atada) return saida;
    return tokens.map((_, t) => saida.reduce((soma, v, j) => soma + v * tabela[t * d + j], 0));
  }
}

const sigmoide = (x) => 1 / (1 + Math.exp(-x));

// x [m], w [m, colunas] e o viés [colunas] -> x w + viés.
function produto(x, w, vies) {
  const saida = vies.slice(), colunas = vies.length;
  for (let k = 0; k < colunas; k++) {
    for (let i = 0; i < x.length; i++) saida[k] += x[i] * w[i * colunas + k];
  }
  return saida;
}

// IEEE 754 binary16.
function meia(bits) {
  const e = bits >> 10 & 31, fracao = (bits & 1023) / 1024;
  return (bits >> 15 ? -1 : 1) * (e ? (1 + fracao) * 2 ** (e - 15) : fracao * 2 ** -14);
}
