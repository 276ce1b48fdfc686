'use strict';

// Os neurônios que mais dizem: os que acendem com alguma coisa do texto. São calculados, não escolhidos a dedo.

const POEMAS = 30;             // que a rede escreve na hora, das sementes 1 a 30
const GRAUS_DELES = 0.5;
const LETRAS_DELES = 400;
const R_MINIMO = 0.4;          // de correlação: abaixo disso, não se propõe
const POUCOS = 20;             // lugares em que a coisa se dá (ou não): com menos, é acaso

// O que se procura, e como se diz de quem acende com isso e de quem apaga. A ordem é a dos números de `tracosDe`; os
// que olham dentro da palavra não servem a quem só vê palavras.
const DE_DENTRO = [5, 6];
const SINAIS = [
  ['acende no fim do verso', 'apaga no fim do verso'],
  ['acende no começo do verso', 'apaga no começo do verso'],
  ['cresce ao longo do verso', 'diminui ao longo do verso'],
  ['cresce ao longo do poema', 'diminui ao longo do poema'],
  ['acende no primeiro verso da estrofe', 'apaga no primeiro verso da estrofe'],
  ['acende dentro da palavra', 'apaga dentro da palavra'],
  ['acende depois de vogal', 'apaga depois de vogal'],
  ['acende quando o verso rima', 'apaga quando o verso rima'],
];

const ehVogal = (letra) => 'aeiou'.includes(letra.normalize('NFD')[0]);

// Da vogal tônica em diante: as regras de texto/silabas.py, sem os casos raros.
function rimaDe(palavra) {
  const silabas = Poeta.divideEmSilabas(palavra), ultima = silabas.at(-1);
  const grave = /(?:[aeo]s?|[ae]m|ens)$/u.test(palavra) && !/[ãõ]/u.test(ultima);
  const acentuada = silabas.findLastIndex((silaba) => /[áéíóúâêô]/u.test(silaba));
  const tonica = acentuada >= 0 ? acentuada : Math.max(0, silabas.length - (grave ? 2 : 1));
  const fim = silabas.slice(tonica).join('').replace(/^[qg]u(?=[aeioáéíóâêôãõ])/u, '');
  return fim.slice(Math.max(0, [...fim].findIndex(ehVogal)));
}

// Tokens de um poema -> para cada um, um número por sinal; NaN onde o sinal não se aplica.
function tracosDe(tokens) {
  const tracos = tokens.map(() => new Float64Array(SINAIS.length).fill(NaN)), rimas = new Map();
  let abre = true;                        // o verso que vem é o primeiro da estrofe
  for (let comeco = 0; comeco <= tokens.length;) {
    const quebra = tokens.indexOf('\n', comeco), fim = quebra < 0 ? tokens.length : quebra;
    for (let i = comeco; i < fim; i++) {
      const token = tokens[i], seguinte = tokens[i + 1] ?? '', letras = /\p{L}$/u.test(token);
      tracos[i].set([+(i === fim - 1), +(i === comeco), fim - comeco > 1 ? (i - comeco) / (fim - comeco - 1) : NaN, i / tokens.length, +abre]);
      if (letras) tracos[i].set([+/^\p{L}/u.test(seguinte), +ehVogal(token.at(-1))], 5);
    }
    if (fim > comeco) tracos[fim - 1][7] = +rimaComOutro(tokens.slice(comeco, fim).join(''), rimas);
    if (quebra >= 0) tracos[fim].fill(0, 0, 2);   // a quebra não é o fim nem o começo de um verso
    abre = fim === comeco;
    comeco = fim + 1;
  }
  return tracos;
}

function rimaComOutro(verso, rimas) {
  const palavra = verso.match(/\p{L}+/gu)?.at(-1);
  if (!palavra) return false;
  const rima = rimaDe(palavra), de = rimas.get(rima) ?? new Set(), outras = de.size - de.has(palavra);
  rimas.set(rima, de.add(palavra));
  return outras > 0;
}

// O que basta guardar para a correlação de cada unidade com cada sinal (Pearson; num sinal de sim e não, a ponto-bisserial).
class Somas {
  constructor(unidades) {
    this.unidades = unidades;
    this.n = new Float64Array(SINAIS.length);
    this.sinal = new Float64Array(SINAIS.length);
    this.sinal2 = new Float64Array(SINAIS.length);
    [this.estado, this.estado2, this.junto] = Array.from({ length: 3 }, () => SINAIS.map(() => new Float64Array(unidades)));
  }

  // Os tokens de um poema e o estado depois de cada um, [unidades].
  conta(tokens, estados) {
    tracosDe(tokens).forEach((valores, i) => valores.forEach((valor, k) => {
      if (!Number.isNaN(valor)) this.soma(k, valor, estados[i]);
    }));
  }

  soma(k, valor, estado) {
    const estados = this.estado[k], quadrados = this.estado2[k], junto = this.junto[k];
    this.n[k]++;
    this.sinal[k] += valor;
    this.sinal2[k] += valor * valor;
    for (let u = 0; u < this.unidades; u++) {
      estados[u] += estado[u];
      quadrados[u] += estado[u] * estado[u];
      junto[u] += valor * estado[u];
    }
  }

  copia() {
    return Object.assign(Object.create(Somas.prototype), structuredClone({ ...this }));
  }

  r(k, u) {
    const n = this.n[k], s = this.sinal[k], h = this.estado[k][u];
    const variancias = (this.sinal2[k] - s * s / n) * (this.estado2[k][u] - h * h / n);
    return variancias > 1e-9 ? (this.junto[k][u] - s * h / n) / Math.sqrt(variancias) : 0;
  }

  // A unidade de maior |r| de cada sinal, do mais forte ao mais fraco; a que já disse uma coisa não diz outra.
  melhores(tipo) {
    const achados = SINAIS.flatMap(([acende, apaga], k) => {
      const bastante = Math.min(this.sinal[k], this.n[k] - this.sinal[k]) >= POUCOS;
      if (!bastante || tipo === 'palavra' && DE_DENTRO.includes(k)) return [];
      return Array.from({ length: this.unidades }, (_, u) => ({ k, u, r: this.r(k, u), acende, apaga }));
    });
    const sinais = new Set(), unidades = new Set();
    return achados.sort((a, b) => Math.abs(b.r) - Math.abs(a.r)).filter(({ k, u, r }) => {
      if (Math.abs(r) < R_MINIMO || sinais.has(k) || unidades.has(u)) return false;
      sinais.add(k);
      return unidades.add(u);
    }).map(({ u, r, acende, apaga }) => ({ u, r, nome: r > 0 ? acende : apaga }));
  }
}

const emFila = (estados) => Float32Array.from(estados.flatMap((estado) => [...estado]));   // as camadas, uma atrás da outra

// A rede escreve poemas e conta-os, um passo de cada vez; `diz` ouve quantos já acabaram.
function* contaPoemas(modelo, somas, diz) {
  for (let semente = 1; semente <= POEMAS; semente++) {
    const escrita = new Poeta.Escrita(modelo, { semente, temperatura: GRAUS_DELES, maximo: LETRAS_DELES }), antes = [];
    while (!escrita.acabou) {
      escrita.passo();
      antes.push(emFila(escrita.rede.estados));   // o estado de antes do token é o de depois do anterior
      yield;
    }
    somas.conta(escrita.ids.slice(0, -1).map((id) => modelo.tokens[id]), antes.slice(1));
    diz(semente);
  }
}
