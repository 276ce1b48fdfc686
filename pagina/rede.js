'use strict';

/*
  A rede no navegador: do arquivo do modelo ao poema, sem servidor e sem biblioteca nenhuma.

  As contas são as de src/poema_top, e o poema também, letra por letra: o mesmo acaso, os mesmos pesos, as mesmas
  regras para o começo e o fim. As seções vêm na ordem de leitura: o arquivo, o acaso, a rede, a escolha de um token,
  as sílabas, o vocabulário, o começo pedido, o poema, e por fim a escrita, que junta tudo. Nos comentários, V é
  quantos tokens há, n quantas unidades tem uma camada e m quantos números ela lê.

    const modelo = await Poeta.busca();                                         // de modelo.json, ao lado da página
    const escrita = new Poeta.Escrita(modelo, { temperatura: 0.8, semente: 7, inicio: 'o mar' });
    while (!escrita.acabou) mostra(escrita.avanca({ prazo: 8 }));               // 8 ms de cada vez, e a tela anda
*/
const Poeta = (() => {

/* ---------- o arquivo: src/poema_top/geracao/pagina.py o escreve ---------- */

const MAGICA = 'POEMATOP';
const FORMATO = 1;
const TIPOS = ['caractere', 'silaba', 'palavra', 'llm'];
const FAIXA = 8;                 // linhas de uma matriz que se multiplicam juntas

const erroDoModelo = (porque) => new Error(`o arquivo do modelo não serve: ${porque}`);
const inteiro = (x, de, ate) => Number.isInteger(x) && x >= de && x <= ate;

// Do endereço de modelo.json, que diz o nome do arquivo; o nome é o SHA-256 do que há nele.
async function busca(endereco = 'modelo.json') {
  const { arquivo } = await (await pede(endereco, { cache: 'no-cache' })).json();
  return abre(await (await pede(new URL(arquivo, new URL(endereco, document.baseURI)))).arrayBuffer());
}

async function pede(endereco, opcoes) {
  const resposta = await fetch(endereco, opcoes);
  if (!resposta.ok) throw new Error(`o modelo não veio (${resposta.status})`);
  return resposta;
}

// Os bytes do arquivo -> o modelo. Nada do que está nele é de confiança até passar por aqui.
async function abre(conteudo) {
  const bytes = new Uint8Array(conteudo);
  const cabecalho = leCabecalho(bytes);
  const meias = bytes.slice(cabecalho.fim);                    // float16, um atrás do outro
  const vocabulario = new Vocabulario(cabecalho);
  const formas = formasDosPesos(cabecalho);
  const quantos = formas.reduce((soma, [linhas, colunas]) => soma + linhas * colunas, 0);
  if (meias.length !== 2 * quantos) throw erroDoModelo('faltam ou sobram pesos');
  if (crypto.subtle) {                                         // só há onde a página veio por https, ou é desta máquina
    const soma = new Uint8Array(await crypto.subtle.digest('SHA-256', meias));
    const lida = Array.from(soma, (b) => b.toString(16).padStart(2, '0')).join('');
    if (lida !== cabecalho.sha256) throw erroDoModelo('a soma dos pesos não é a do cabeçalho');
  }
  return new Modelo(cabecalho, vocabulario, separa(emFloat32(new Uint16Array(meias.buffer)), formas));
}

function leCabecalho(bytes) {
  const vista = new DataView(bytes.buffer);
  const magica = String.fromCharCode(...bytes.subarray(0, 8));
  if (bytes.length < 12 || magica !== MAGICA) throw erroDoModelo('não é de um modelo deste projeto');
  const fim = 12 + vista.getUint32(8, true);
  let lido;
  try {
    lido = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(12, fim)));
  } catch {
    throw erroDoModelo('o cabeçalho não se lê');
  }
  if (lido?.formato !== FORMATO) throw erroDoModelo('é de outra versão da página; recarregue-a');
  const { tokens, tipo, terminador, unidades, dimensoes, trocas } = lido;
  const textos = Array.isArray(tokens) && tokens.every((t) => typeof t === 'string' && t);
  const certos = textos && new Set(tokens).size === tokens.length && tokens.includes(terminador ?? '\n')
    && TIPOS.includes(tipo) && trocas instanceof Object && inteiro(dimensoes, 0, 1 << 14)
    && Array.isArray(unidades) && unidades.length && unidades.every((n) => inteiro(n, 1, 1 << 14));
  if (!certos) throw erroDoModelo('o cabeçalho não é o de um modelo');
  return { ...lido, fim };
}

// Na ordem do arquivo: a tabela, se há uma; W, U e b de cada GRU; e os da saída, ou, atada, os da projeção.
function formasDosPesos({ tokens, unidades, dimensoes, atada }) {
  const formas = dimensoes ? [[tokens.length, dimensoes]] : [];
  let m = dimensoes || tokens.length;
  for (const n of unidades) {
    formas.push([m, 3 * n], [n, 3 * n], [2, 3 * n]);
    m = n;
  }
  const saidas = atada ? dimensoes : tokens.length;
  return [...formas, [m, saidas], [1, saidas]];
}

const POTENCIAS = Float64Array.from({ length: 31 }, (_, e) => 2 ** (e - 25));

// IEEE 754 binary16: um bit de sinal, cinco de expoente, dez de fração; com o expoente 0, o um da frente some.
function emFloat32(meias) {
  const numeros = new Float32Array(meias.length);
  for (let i = 0; i < meias.length; i++) {
    const e = meias[i] >> 10 & 31, fracao = meias[i] & 1023;
    if (e === 31) throw erroDoModelo('há nele pesos que não são números');
    const valor = e ? (1024 + fracao) * POTENCIAS[e] : fracao * POTENCIAS[1];
    numeros[i] = meias[i] >> 15 ? -valor : valor;
  }
  return numeros;
}

function separa(numeros, formas) {
  let comeco = 0;
  return formas.map(([linhas, colunas]) => numeros.subarray(comeco, comeco += linhas * colunas));
}

// Os pesos arrumados para as contas: o que todas as redes abertas partilham.
class Modelo {
  constructor(cabecalho, vocabulario, pesos) {
    const { unidades, dimensoes, atada } = cabecalho;
    this.criadoEm = cabecalho.criado_em;
    this.sha256 = cabecalho.sha256;
    this.unidades = unidades;
    this.vocabulario = vocabulario;
    this.tokens = vocabulario.tokens;
    const V = this.tokens.length, tabela = dimensoes ? pesos.shift() : null;
    this.camadas = unidades.map((n, i) => {
      const [w, u, b] = pesos.splice(0, 3);
      const lida = i || tabela ? emFaixas(w.length / (3 * n), 3 * n, (de, para) => w[de * 3 * n + para], b.subarray(0, 3 * n)) : null;
      return { n, lida, lembrada: emFaixas(n, 3 * n, (de, para) => u[de * 3 * n + para], b.subarray(3 * n)), w, b };
    });
    const [s, vies] = pesos, saidas = vies.length;
    this.saida = emFaixas(s.length / saidas, saidas, (de, para) => s[de * saidas + para], vies);
    // Atada, o logit de um token é o produto do vetor projetado com o dele na tabela, [V, d].
    this.volta = atada ? emFaixas(dimensoes, V, (de, para) => tabela[para * dimensoes + de], new Float32Array(V)) : null;
    this.tabela = tabela;
    this.dimensoes = dimensoes;
    this.linhas = [];
  }

  // O que a primeira camada lê de um token, [3n]. De um one-hot, o produto é uma linha de W; de uma tabela, cada token
  // se multiplica uma vez só, na primeira vez que é lido.
  linha(id) {
    return this.linhas[id] ??= this.calculaLinha(id);
  }

  calculaLinha(id) {
    const { n, lida, w, b } = this.camadas[0], d = this.dimensoes;
    if (!lida) return w.slice(id * 3 * n, (id + 1) * 3 * n).map((peso, k) => peso + b[k]);
    return multiplica(lida, this.tabela.subarray(id * d, (id + 1) * d), new Float32Array(lida.linhas));
  }
}

/* ---------- o acaso: geracao/sorteio.py, que o explica ---------- */

const GIROS = [[13, 15, 26, 6], [17, 29, 16, 24]];

// O número n de um texto de uma semente, em [0, 1): Threefry-2x32 de 20 voltas (Salmon e outros, 2011).
function numero(semente, n, texto = 0) {
  const k0 = semente % 2 ** 32 | 0, k1 = Math.floor(semente / 2 ** 32) | 0;
  const chaves = [k0, k1, k0 ^ k1 ^ 0x1BD11BDA];
  let x0 = n + k0 | 0, x1 = texto + k1 | 0;
  for (let g = 0; g < 5; g++) {
    for (const r of GIROS[g % 2]) {
      x0 = x0 + x1 | 0;
      x1 = (x1 << r | x1 >>> 32 - r) ^ x0;
    }
    x0 = x0 + chaves[(g + 1) % 3] | 0;
    x1 = x1 + chaves[(g + 2) % 3] + g + 1 | 0;
  }
  return ((x0 >>> 0) * 2 ** 21 + (x1 >>> 11)) / 2 ** 53;
}

/* ---------- a rede: rede/gru.py diz as fórmulas ---------- */

// Uma matriz [m, linhas] em faixas de oito saídas: o laço de dentro anda em memória seguida, com oito somas à vez.
function emFaixas(m, linhas, peso, vies) {
  const cheias = Math.ceil(linhas / FAIXA) * FAIXA;
  const pesos = new Float32Array(cheias * m), vieses = new Float32Array(cheias);
  vieses.set(vies);
  for (let k = 0; k < linhas; k++) {
    const comeco = (k - k % FAIXA) * m + k % FAIXA;
    for (let i = 0; i < m; i++) pesos[comeco + i * FAIXA] = peso(i, k);
  }
  return { m, linhas: cheias, pesos, vieses };
}

// vetor [m] -> saída [linhas]: quase todo o tempo da rede passa aqui. As somas são de 64 bits, e o que se guarda, de 32.
function multiplica({ m, linhas, pesos, vieses }, vetor, saida) {
  let p = 0;
  for (let k = 0; k < linhas; k += FAIXA) {
    let a = vieses[k], b = vieses[k + 1], c = vieses[k + 2], d = vieses[k + 3];
    let e = vieses[k + 4], f = vieses[k + 5], g = vieses[k + 6], h = vieses[k + 7];
    for (let i = 0; i < m; i++, p += FAIXA) {
      const x = vetor[i];
      a += x * pesos[p]; b += x * pesos[p + 1]; c += x * pesos[p + 2]; d += x * pesos[p + 3];
      e += x * pesos[p + 4]; f += x * pesos[p + 5]; g += x * pesos[p + 6]; h += x * pesos[p + 7];
    }
    saida[k] = a; saida[k + 1] = b; saida[k + 2] = c; saida[k + 3] = d;
    saida[k + 4] = e; saida[k + 5] = f; saida[k + 6] = g; saida[k + 7] = h;
  }
  return saida;
}

// Uma rede lendo um texto: o estado resume tudo o que já leu, e cada token custa um passo.
class Rede {
  constructor(modelo) {
    this.modelo = modelo;
    this.estados = modelo.unidades.map((n) => new Float32Array(n));         // um por camada, [n]
    this.lidos = modelo.camadas.map(({ lida }) => new Float32Array(lida?.linhas ?? 0));
    this.lembrados = modelo.camadas.map(({ lembrada }) => new Float32Array(lembrada.linhas));
    this.saida = new Float32Array(modelo.saida.linhas);
    this.volta = new Float32Array(modelo.volta?.linhas ?? 0);
    this.logits = (modelo.volta ? this.volta : this.saida).subarray(0, modelo.tokens.length);
  }

  // Lê um token; devolve os logits [V] do seguinte, que valem até o próximo passo. O terminador faz esquecer tudo.
  le(id) {
    const { modelo, estados } = this;
    if (id === modelo.vocabulario.terminador) this.zera();
    for (let i = 0; i < estados.length; i++) {
      const { lida, lembrada } = modelo.camadas[i];
      const lido = i ? multiplica(lida, estados[i - 1], this.lidos[i]) : modelo.linha(id);
      anda(lido, multiplica(lembrada, estados[i], this.lembrados[i]), estados[i]);
    }
    multiplica(modelo.saida, estados.at(-1), this.saida);
    if (modelo.volta) multiplica(modelo.volta, this.saida, this.volta);
    return this.logits;
  }

  zera() {
    for (const estado of this.estados) estado.fill(0);
  }

  guarda() {
    return this.estados.map((estado) => estado.slice());
  }

  repoe(guardados) {
    this.estados.forEach((estado, i) => estado.set(guardados[i]));
  }
}

// O que vem do token e o que vem do estado, [3n] cada -> o estado novo, [n], no lugar do velho.
function anda(lido, lembrado, estado) {
  const n = estado.length;
  for (let k = 0; k < n; k++) {
    const z = 1 / (1 + Math.exp(-lido[k] - lembrado[k]));                     // quanto do estado fica
    const r = 1 / (1 + Math.exp(-lido[n + k] - lembrado[n + k]));             // quanto dele entra no candidato
    const c = Math.tanh(lido[2 * n + k] + r * lembrado[2 * n + k]);           // o candidato
    estado[k] = z * estado[k] + (1 - z) * c;
  }
}

/* ---------- a escolha de um token: geracao/amostragem.py ---------- */

// Logits [V] -> as chances de onde se sorteia, [V], em 64 bits. A temperatura 0 é sempre o mais provável.
function chances(logits, { temperatura = 0.6, topK = 0, topP = 1, minP = 0 } = {}) {
  const V = logits.length, p = new Float64Array(V);
  let maior = 0, soma = 0;
  for (let i = 1; i < V; i++) if (logits[i] > logits[maior]) maior = i;
  if (temperatura === 0) {
    p[maior] = 1;
    return p;
  }
  for (let i = 0; i < V; i++) soma += p[i] = Math.exp((logits[i] - logits[maior]) / temperatura);
  divide(p, soma);
  const cortes = topK > 0 && topK < V || topP < 1 || minP > 0;
  if (topK > 0 && topK < V) corta(p, topK, Infinity);
  if (topP < 1) corta(p, V, topP);
  const minimo = minP * p[maior];
  for (let i = 0; minimo && i < V; i++) if (p[i] < minimo) p[i] = 0;
  if (cortes) divide(p, p.reduce((a, b) => a + b, 0));
  return p;
}

function divide(p, soma) {
  for (let i = 0; i < p.length; i++) p[i] /= soma;
}

// Fica o que está entre os k maiores e dentro da parcela da soma; empates por ordem de id.
function corta(p, k, parcela) {
  const ordem = Array.from(p.keys()).sort((a, b) => p[b] - p[a] || a - b);
  const limite = parcela * ordem.reduce((soma, i) => soma + p[i], 0);
  let acumulada = 0;
  ordem.forEach((i, lugar) => {
    const antes = (acumulada += p[i]) - p[i];
    if (lugar && (lugar >= k || antes >= limite)) p[i] = 0;
  });
}

// Pela inversa da função acumulada, na régua do que as chances somam; nunca um token de chance zero.
function escolhe(p, acaso) {
  let soma = 0;
  for (let i = 0; i < p.length; i++) soma += p[i];
  const alvo = acaso * soma;
  let acumulada = 0;
  for (let i = 0; i < p.length; i++) if ((acumulada += p[i]) > alvo) return i;
  return 0;
}

/* ---------- as sílabas: texto/silabas.py explica cada regra ---------- */

const VOGAIS = 'aeiouyáéíóúýâêîôûãõàèìòùäëïöüæœø';
const MUDO = `[qg][uü](?=[${VOGAIS}])|^u(?=a[iu]$)|^y(?=[${VOGAIS}])`;
const FECHA = `[lmz](?![${VOGAIS}])|n(?![${VOGAIS}]|$)|r(?![${VOGAIS}r])`;
const HIATO = '[au](?=ir(?:[áã]|ei|emos|ia)|iç)|a(?=iz[aá])|u(?=i[cn]|iz(?!inh)|id(?:ade|or|os[oa]))';
const DITONGO = `ã[eiou]|õ[ei]|^ao(?=s?$)|iu$|[aáâoóôuú][iy](?!u$|${FECHA})|[eéê][iy](?!u$|nh)`
  + `|[oóô]u|[aáâeéê]u(?![lmnr](?![${VOGAIS}r]))`;
const NUCLEO = new RegExp(`${MUDO}|(${HIATO}|${DITONGO}|[${VOGAIS}])`, 'gu');
const ATAQUE = /(?:[bcdfgkptv]r|[bcfgkptv]l|[clnpst]h|[qg][uü]|.)?$/su;
const PREFIXO = new RegExp(`^(?:re(?=i[mn][^${VOGAIS}]|iter|in[ií]|u[nt]|us[aeo])|sub(?=r|lin|loc)|ab(?=rup|rog)`
  + '|(?:pro|co)(?=ib)|[cs]a(?=id)|ga(?=uch)|de(?=ific)|)', 'u');
const CRESCENTE = new RegExp(`[áéíóúâêô].*(?:[^${VOGAIS}]|[gq]u)(?:[eiou][aeo]s?|ius)$`, 'u');

// Em minúsculas e com as mesmas letras em número: a de "İ" são duas, e ele fica.
const baixa = (texto) => Array.from(texto, (l) => ([...l.toLowerCase()].length === 1 ? l.toLowerCase() : l)).join('');
const temVogal = (texto) => [...baixa(texto)].some((letra) => VOGAIS.includes(letra));

function divideEmSilabas(palavra) {
  const minusculas = baixa(palavra), meio = PREFIXO.exec(minusculas)[0].length, cortes = [];
  let ultima = 0;                          // onde está a vogal do centro da última sílaba
  for (const [desde, parte] of [[0, minusculas.slice(0, meio)], [meio, minusculas.slice(meio)]]) {
    let fim = -1;                          // do núcleo anterior
    for (const achado of parte.matchAll(NUCLEO)) {
      if (!achado[1]) continue;            // o "u" mudo, que só se consome
      const ataque = fim < 0 ? 0 : fim + ATAQUE.exec(parte.slice(fim, achado.index)).index;
      cortes.push(desde + ataque);
      ultima = desde + achado.index;
      fim = achado.index + achado[0].length;
    }
  }
  if (CRESCENTE.test(minusculas) && cortes.at(-1) === ultima) cortes.pop();
  if (!cortes.length) cortes.push(0);
  return cortes.map((corte, i) => palavra.slice(corte, cortes[i + 1])).filter(Boolean);
}

/* ---------- o vocabulário: texto/vocabulario.py e texto/pedacos.py ---------- */

const LETRA = '[\\p{L}\\p{Nl}\\p{No}]';
const PEDACO = new RegExp(` ?${LETRA}+|.`, 'gsu');
const SEM_FIM = new RegExp(` ?${LETRA}+$| $`, 'u');
const SO_LETRAS = /^\p{L}+$/u;

const tamanho = (texto) => [...texto].length;               // em caracteres, e não em metades de um

function silabas(palavra) {
  if (palavra[0] !== ' ') return divideEmSilabas(palavra);
  const [primeira, ...outras] = divideEmSilabas(palavra.slice(1));
  return [` ${primeira}`, ...outras];
}

// O espaço fica com o pedaço que vem depois dele: " ma" de "o mar" e "ma" de "cama" são tokens diferentes.
function pedacos(texto, tipo) {
  if (tipo === 'caractere') return [...texto];
  const achados = texto.match(PEDACO) ?? [];
  return tipo === 'palavra' ? achados : achados.flatMap((p) => (tamanho(p) === 1 ? [p] : silabas(p)));
}

// Os pedaços em que se parte um que o vocabulário não tem: uma palavra em sílabas, uma sílaba em letras.
function menores(pedaco) {
  const partes = SO_LETRAS.test(pedaco.trim()) ? silabas(pedaco) : [];
  if (partes.length > 1) return partes;
  return pedaco[0] === ' ' && tamanho(pedaco) > 2 ? [' ', pedaco.slice(1)] : [...pedaco];
}

class Vocabulario {
  constructor({ tokens, minusculas, terminador, tipo, trocas }) {
    Object.assign(this, { tokens, minusculas, tipo });
    this.ids = new Map(tokens.map((token, id) => [token, id]));
    this.maior = Math.max(...tokens.map((token) => token.length));
    this.separador = this.ids.get(terminador ?? '\n');      // abre a geração: "começa um poema"
    this.terminador = this.ids.get(terminador) ?? null;     // fecha um poema; null, se nenhum token o faz
    this.trocas = new Map(Object.entries(trocas));
  }

  normaliza(texto) {
    const composto = texto.normalize('NFC');
    return this.minusculas ? composto.toLowerCase() : composto;
  }

  // Texto -> ids.
  codifica(texto) {
    const normal = this.normaliza(texto);
    if (this.tipo === 'llm') return this.maisCompridos(normal);
    return pedacos(normal, this.tipo).flatMap((pedaco) => this.dePedaco(pedaco));
  }

  // Em cada lugar, o token mais comprido que sirva.
  maisCompridos(texto) {
    const ids = [];
    for (let onde = 0, quanto; onde < texto.length; onde += quanto) {
      quanto = this.maior;
      while (quanto && !this.ids.has(texto.slice(onde, onde + quanto))) quanto -= 1;
      if (!quanto) throw new Error(`o modelo não conhece: ${String.fromCodePoint(texto.codePointAt(onde))}`);
      ids.push(this.ids.get(texto.slice(onde, onde + quanto)));
    }
    return ids;
  }

  dePedaco(pedaco) {
    const id = this.ids.get(pedaco);
    if (id !== undefined) return [id];
    if (tamanho(pedaco) === 1) throw new Error(`o modelo não conhece: ${pedaco}`);
    return menores(pedaco).flatMap((menor) => this.dePedaco(menor));
  }

  // Adapta o que alguém digitou: o texto só com o que o modelo conhece, e as trocas ('' é o que saiu).
  aproveita(texto) {
    const trocas = new Map();
    const aceitos = Array.from(this.normaliza(texto), (letra) => {
      if (this.conhece(letra)) return letra;
      if (!trocas.has(letra)) trocas.set(letra, this.parecido(letra));
      return trocas.get(letra);
    });
    return { texto: aceitos.join(''), trocas };
  }

  conhece(letra) {
    return this.ids.has(letra) && this.ids.get(letra) !== this.terminador;
  }

  parecido(letra) {
    const [simples] = letra.normalize('NFKD');
    return this.trocas.get(letra) ?? (this.conhece(simples) ? simples : '');
  }
}

/* ---------- o começo pedido: geracao/inicio.py ---------- */

// O que está inteiro se impõe; a última sílaba (ou palavra) talvez não tenha acabado: escolhe-se entre as que a continuam.
class Inicio {
  constructor(texto, vocabulario) {
    this.vocabulario = vocabulario;
    const normal = vocabulario.normaliza(texto), aberto = vocabulario.tipo === 'caractere' ? null : SEM_FIM.exec(normal);
    const solto = vocabulario.tipo !== 'silaba' || aberto?.[0] === ' ';
    this.resto = !aberto ? '' : solto ? aberto[0] : silabas(aberto[0]).at(-1);
    this.ids = vocabulario.codifica(normal.slice(0, normal.length - this.resto.length));
    vocabulario.codifica(this.resto);              // o que é desconhecido se diz já
    this.fecha();
  }

  // O token que tem de vir; undefined se há escolha.
  get imposto() {
    return this.ids[0];
  }

  // Os logits [V], com -Infinity nos tokens que não continuam o começo.
  limita(logits) {
    if (!this.resto) return logits;
    return logits.map((logit, id) => (this.continua(this.vocabulario.tokens[id]) ? logit : -Infinity));
  }

  continua(token) {
    const { tipo } = this.vocabulario;
    if (token.startsWith(this.resto)) return true;
    return this.resto.startsWith(token) && (tipo === 'llm' || tipo === 'silaba' && temVogal(token));
  }

  // Se nenhum token continua o que falta, ele se impõe em tokens menores.
  fecha() {
    if (!this.resto || this.vocabulario.tokens.some((token) => this.continua(token))) return;
    this.ids.push(...this.vocabulario.codifica(this.resto));
    this.resto = '';
  }

  segue(id) {
    if (this.ids.length) {
      this.ids.shift();
    } else if (this.resto) {
      this.resto = this.resto.slice(this.vocabulario.tokens[id].length);
      this.fecha();
    }
  }
}

/* ---------- o poema: geracao/poema.py ---------- */

// O que o Python conta como espaço: o \s do JavaScript tem um a mais e alguns a menos.
const ESPACO = '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const SO_ESPACO = new RegExp(`^${ESPACO}+$`), NO_COMECO = new RegExp(`^${ESPACO}+`), NO_FIM = new RegExp(`${ESPACO}+$`);

// Decide onde um poema acaba e o que dele se mostra: sem o espaço em volta, nem linhas em branco a mais.
class Poema {
  constructor(terminador, maximo) {
    Object.assign(this, { terminador, maximo, acabou: false, texto: '', branco: '', lidos: 0 });
  }

  recebe(token) {
    const letras = tamanho(token), falta = this.maximo - this.lidos;
    const cabe = letras > falta ? [...token].slice(0, falta).join('') : token;
    this.lidos += Math.min(letras, falta);
    if (cabe === this.terminador && this.texto) {
      this.acabou = true;
    } else if (SO_ESPACO.test(cabe) || cabe === this.terminador) {
      this.branco = this.texto ? this.branco + cabe : '';
    } else {
      const junto = this.branco + cabe, escrito = junto.replace(NO_FIM, '');
      this.branco = junto.slice(escrito.length);
      this.texto += (this.texto ? escrito : escrito.replace(NO_COMECO, '')).replace(/\n{3,}/g, '\n\n');
    }
    this.acabou ||= this.lidos >= this.maximo;
  }
}

/* ---------- a escrita: um poema, do nada ao fim ---------- */

// Um poema em andamento. Pedido igual, poema igual, aqui e em `just amostra` ou em /ws/meu.
class Escrita {
  /*
    temperatura, topK, topP, minP   como sortear
    semente, texto                  de onde vêm os números; `texto` conta os poemas de uma mesma semente
    inicio                          o começo pedido; o que o modelo não conhece é um erro (veja `aproveita`)
    ids                             em vez dele, os tokens que têm de vir: de um poema já escrito, até onde se muda
    maximo                          caracteres; um poema que não termina é cortado aí
  */
  constructor(modelo, { semente, texto = 0, inicio = '', ids = [], maximo = 1000, ...amostragem }) {
    Object.assign(this, { modelo, semente, numeroDoTexto: texto, impostos: ids, amostragem });
    const { vocabulario } = modelo;
    this.ids = [];                                 // os tokens escritos até aqui
    this.rede = new Rede(modelo);
    this.inicio = new Inicio(inicio, vocabulario);
    this.poema = new Poema(modelo.tokens[vocabulario.terminador], maximo);
  }

  get acabou() {
    return this.poema.acabou;
  }

  get texto() {
    return this.poema.texto;
  }

  // Escreve um token; devolve o id dele. O número n da semente é o do token n, imposto ou sorteado.
  passo() {
    const n = this.ids.length;
    const logits = this.rede.le(n ? this.ids[n - 1] : this.modelo.vocabulario.separador);
    const id = this.impostos[n] ?? this.inicio.imposto ?? this.sorteia(logits, n);
    this.inicio.segue(id);
    this.poema.recebe(this.modelo.tokens[id]);
    this.ids.push(id);
    return id;
  }

  sorteia(logits, n) {
    const p = chances(this.inicio.limita(logits), this.amostragem);
    return escolhe(p, numero(this.semente, n, this.numeroDoTexto));
  }

  // Escreve até ter tantas letras novas, ou até passarem tantos milissegundos, ou até o fim; devolve as letras novas.
  avanca({ letras = Infinity, prazo = Infinity } = {}) {
    const antes = this.texto.length, ate = performance.now() + prazo;
    while (!this.acabou && this.texto.length - antes < letras && performance.now() < ate) this.passo();
    return this.texto.slice(antes);
  }
}

// Relê um texto já escrito, token por token: para cada um, o que a rede esperava antes dele e o estado depois.
// Dá { id, logits: [V], estados: [[n], ...] }, um de cada vez; as chances saem de `chances(logits, { temperatura })`.
function* relendo(modelo, ids) {
  const rede = new Rede(modelo);
  let logits = rede.le(modelo.vocabulario.separador).slice();
  for (const id of ids) {
    const esperava = logits;
    logits = rede.le(id).slice();
    yield { id, logits: esperava, estados: rede.guarda() };
  }
}

// O mesmo, todos de uma vez.
const rele = (modelo, ids) => [...relendo(modelo, ids)];

return { busca, abre, numero, chances, escolhe, divideEmSilabas, relendo, rele, Rede, Inicio, Poema, Escrita };

})();
