'use strict';

// O que a rede fez em cada ponto de um poema: o que esperava, o que saiu e o que passou a lembrar.

// Do que é feito o texto de um modelo; todos são femininos, e as frases contam com isso.
const PECAS = {
  caractere: ['letra', 'letras'],
  silaba: ['sílaba', 'sílabas'],
  palavra: ['palavra', 'palavras'],
  llm: ['peça', 'peças'],              // um token de uma LLM: uma palavra, ou um bocado de uma
};

const respirar = () => new Promise((segue) => setTimeout(segue));

// Anda um gerador às fatias e devolve tudo o que ele deu; null se, no meio, `vale` disse que já não interessa.
async function aosPoucos(gerador, vale = () => true) {
  const dados = [];
  let ate = performance.now() + FATIA;
  for (const dado of gerador) {
    dados.push(dado);
    if (performance.now() < ate) continue;
    await respirar();
    if (!vale()) return null;
    ate = performance.now() + FATIA;
  }
  return dados;
}

/*
  Um poema visto pela rede. Para cada token há um ponto, { id, logits, estados }: os logits de antes dele, o estado de
  depois. O último ponto é o fim: o que viria depois de tudo. Ali o id é o do terminador, ou null se o poema está no meio.
*/
class Leitura {
  constructor(modelo, ids, acabou) {
    const { terminador } = modelo.vocabulario;
    this.modelo = modelo;
    this.ids = ids.at(-1) === terminador ? ids.slice(0, -1) : ids;
    this.fim = acabou ? terminador : null;
    this.pontos = [];
  }

  // De um texto qualquer, só com o que o modelo conhece. No meio do poema, a palavra que não acabou fica de fora.
  static doTexto(modelo, texto, acabou = true) {
    const { vocabulario } = modelo;
    const aproveitado = vocabulario.aproveita(texto);
    const aberto = !acabou && vocabulario.tipo !== 'caractere';
    const inteiro = aberto ? aproveitado.texto.replace(/ ?[\p{L}\p{N}]+$| $/u, '') : aproveitado.texto;
    const leitura = new Leitura(modelo, vocabulario.codifica(inteiro), acabou);
    leitura.trocas = aproveitado.trocas;
    return leitura;
  }

  // false se no meio deixou de valer.
  async le(vale) {
    const pontos = await aosPoucos(Poeta.relendo(this.modelo, [...this.ids, this.modelo.vocabulario.separador]), vale);
    if (!pontos) return false;
    pontos.at(-1).id = this.fim;
    this.pontos = pontos;
    return true;
  }

  get texto() {
    return this.ids.map((id) => this.modelo.tokens[id]).join('');
  }

  get peca() {
    return PECAS[this.modelo.vocabulario.tipo];
  }

  // -ln da chance do que saiu, em nats e sem temperatura: a conta de base/nats.py. null onde nada saiu ainda.
  surpresa(i) {
    const { id, logits } = this.pontos[i];
    if (id === null) return null;
    const maior = logits.reduce((a, b) => Math.max(a, b));
    return maior + Math.log(logits.reduce((soma, logit) => soma + Math.exp(logit - maior), 0)) - logits[id];
  }

  token(id) {
    return this.modelo.tokens[id];
  }

  // Como se chama um token no ponto i, na tela e em voz alta.
  nome(id, i) {
    const token = this.token(id), anterior = i ? this.token(this.ids[i - 1]) : '\n';
    if (id === this.modelo.vocabulario.terminador) return 'fim do poema';
    if (token === '\n') return anterior === '\n' ? 'linha em branco' : 'fim do verso';
    if (token === ' ') return 'espaço';
    if (token[0] === ' ') return anterior === '\n' ? `␣${token.slice(1)}` : token.slice(1);
    // O que continua a palavra de antes leva hífen, como nas cartilhas.
    const continua = [...token].length > 1 || this.modelo.vocabulario.tipo !== 'caractere';
    return continua && /^\p{L}/u.test(token) && /\p{L}$/u.test(anterior) ? `-${token}` : token;
  }

  citado(id, i) {
    const nome = this.nome(id, i);
    return this.token(id).trim() && id !== this.modelo.vocabulario.terminador ? `“${nome}”` : nome;
  }
}

/* ---------- números por extenso, ou quase ---------- */

function porcento(p) {
  if (p > 0 && p < 0.001) return 'menos de 0,1\u00a0%';
  if (p > 0.995 && p < 1) return 'mais de 99\u00a0%';
  return `${decimal(100 * p, p > 0 && p < 0.0995 ? 1 : 0)}\u00a0%`;
}

// Uma chance como se diz: quem nunca viu 0,083 sabe o que é uma em doze.
function emQuantas(p) {
  if (p === 0) return 'chance nenhuma';
  if (p >= 0.95) return 'quase certeza';
  if (p > 0.55) return `${Math.round(10 * p)} chances em 10`;
  return `uma chance em ${Math.round(1 / p).toLocaleString('pt-BR')}`;
}
