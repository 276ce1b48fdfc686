'use strict';

// A página de um treino: as notícias que chegam dele (treino/noticias.py), e o que se mostra de cada uma.

const MAX_VERSOS = 100;        // trechos mantidos na página
const ENTRE_ANUNCIOS = 8;      // segundos: há treinos de muitas épocas por minuto, e a voz não os alcança

const SITUACOES = {
  'conectando': 'conectando…',
  'sem-conexao': 'sem ligação com o treino, tentando de novo…',
  'preparo': 'lendo os poemas e montando a rede…',
  'treino': 'aprendendo',
  'poemas': 'guardando o que aprendeu, e escrevendo…',
  'fim': 'o treino acabou',
};
const SEGUINDO = ['preparo', 'treino', 'poemas'];

let treino = {};               // todas as notícias até aqui, juntas
let anunciadoEm = -Infinity;

const curva = new Curva(um('#curva'));
const canal = new Canal({
  ligar: () => ligarAoServidor('treino'),
  esperaInicial: 1,
  aoReceber: receber,
  aoCair: () => mostrarEstado('sem-conexao'),
});

function receber(texto, primeiro) {
  const noticia = JSON.parse(texto);
  if (primeiro) recomecar();
  for (const [campo, valor] of Object.entries(noticia)) {
    if (Array.isArray(valor)) treino[campo] = [...(treino[campo] ?? []), ...valor];
    else treino[campo] = valor;
  }
  mostrarEstado(treino.fase ?? 'conectando');
  mostrarNumeros();
  if (noticia.epocas || (noticia.fase === 'fim' && treino.epocas)) mostrarEpocas();   // parado antes da hora, o eixo encolhe
  if (noticia.versos) mostrarVersos(noticia.versos, !primeiro);
  if (noticia.poemas) mostrarPoemas(noticia.poemas);
  if (treino.fase === 'fim') canal.largar();   // nada mais virá, e o servidor já não está lá
}

function recomecar() {
  treino = {};
  for (const onde of ['#versos', '#poemas', '#tabela']) um(onde).replaceChildren();
}

function mostrarEstado(qual) {
  const estado = um('#estado'), motivo = qual === 'fim' && treino.motivo;
  const texto = motivo ? `${SITUACOES.fim}: ${motivo}` : SITUACOES[qual];
  estado.dataset.estado = SEGUINDO.includes(qual) ? 'ao-vivo' : qual;
  if (estado.textContent !== texto) estado.textContent = texto;   // o leitor de tela diria o mesmo outra vez
}

function mostrarNumeros() {
  const { andamento, epocas, lidos, guardados, nome } = treino;
  if (lidos) um('#lidos').textContent = `${nome}: lê ${milhar(lidos)} poemas, e é posta à prova em outros ${milhar(guardados)}`;
  if (andamento) {
    um('#feito').value = treino.fase === 'treino' || treino.motivo ? andamento.progresso : 1;
    um('#epoca').textContent = andamento.epoca;
    um('#passou').textContent = relogio(andamento.segundos);
    if (andamento.perda !== null) um('#perda-agora').textContent = decimal(andamento.perda, 3);
    um('#falta').textContent = treino.fase === 'treino' && andamento.faltam !== null ? relogio(andamento.faltam) : '—';
  }
  const ultima = epocas?.at(-1);
  if (ultima?.validacao_nats == null) return;
  um('#perda').textContent = decimal(ultima.validacao_nats, 3);
  um('#hesita').textContent = decimal(Math.exp(ultima.validacao_nats), 1);
  document.title = `${decimal(ultima.validacao_nats, 3)} na época ${ultima.epoca}: Poema 🔝`;
}

function mostrarEpocas() {
  const { andamento, epocas } = treino, ultima = epocas.at(-1).epoca;
  const seguindo = treino.fase === 'treino' && andamento?.progresso;
  curva.mostrar(epocas, seguindo ? Math.round(ultima / andamento.progresso) : ultima);
  um('#curva-em-frase').textContent = emFrase(epocas);
  mostrarTabela();
}

function emFrase(epocas) {
  const medidas = epocas.filter((e) => e.treino_nats !== null && e.validacao_nats !== null);
  if (!medidas.length) return '';
  const primeira = medidas[0], ultima = medidas.at(-1), melhor = melhorDe(medidas);
  const nats = (e) => `${decimal(e.treino_nats, 3)} no treino e ${decimal(e.validacao_nats, 3)} na validação`;
  return `A perda, em nats por letra: na época ${primeira.epoca}, ${nats(primeira)}; na ${ultima.epoca}, ${nats(ultima)}. `
    + `A menor na validação, ${decimal(melhor.validacao_nats, 3)}, foi na época ${melhor.epoca}.`;
}

// Só se escreve aberta, e só o que lhe falta.
function mostrarTabela() {
  const tabela = um('#tabela');
  if (!um('#em-numeros').open) return;
  for (const e of (treino.epocas ?? []).slice(tabela.childElementCount)) {
    const linha = tabela.insertRow();
    const nats = (x) => (x === null ? '—' : decimal(x, 3));
    for (const valor of [e.epoca, relogio(e.segundos), nats(e.treino_nats), nats(e.validacao_nats)]) linha.insertCell().textContent = valor;
  }
}

function mostrarVersos(novos, deAgora) {
  const lista = um('#versos'), perdas = new Map((treino.epocas ?? []).map((e) => [e.epoca, e.validacao_nats]));
  lista.classList.toggle('ao-vivo', deAgora);
  for (const { epoca, versos } of novos.slice(-MAX_VERSOS)) {
    const item = document.createElement('li'), nats = perdas.get(epoca);
    item.append(
      paragrafo('quando', `época ${epoca}${nats == null ? '' : ` · ${decimal(nats, 3)}`}`),
      paragrafo('versos', versos.join('\n') || '(nada ainda)'),
    );
    lista.prepend(item);
  }
  while (lista.childElementCount > MAX_VERSOS) lista.lastElementChild.remove();
  const { epoca, temperatura, versos } = novos.at(-1);
  um('#temperatura').textContent = `, à temperatura ${decimal(temperatura, 1)}`;
  anunciar(`Época ${epoca}: ${versos.join('; ')}`);
}

function mostrarPoemas(novos) {
  for (const { temperatura, texto } of novos) {
    const poema = document.createElement('article'), titulo = document.createElement('h3');
    titulo.textContent = `temperatura ${decimal(temperatura, 1)}`;
    poema.append(titulo, paragrafo('versos', texto));
    um('#poemas').append(poema);
  }
  um('#comando').textContent = treino.comando;
  um('#fim').hidden = false;
  anunciadoEm = -Infinity;
  anunciar('O treino acabou; os poemas dela estão no alto da página.');
}

function paragrafo(classe, texto) {
  const p = document.createElement('p');
  p.className = classe;
  p.textContent = texto;
  return p;
}

function anunciar(texto) {
  if (performance.now() - anunciadoEm < ENTRE_ANUNCIOS * 1000) return;
  anunciadoEm = performance.now();
  um('#anuncio').textContent = texto;
}

function milhar(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '.');
}

function relogio(segundos) {
  const s = Math.round(segundos), dois = (n) => String(n).padStart(2, '0');
  const resto = `${s < 3600 ? Math.floor(s / 60) : dois(Math.floor(s / 60) % 60)}:${dois(s % 60)}`;
  return s < 3600 ? resto : `${Math.floor(s / 3600)}:${resto}`;
}

um('#em-numeros').addEventListener('toggle', mostrarTabela);
canal.conectar();
