'use strict';

// O poema de todos, ao vivo; a pausa e a rolagem dele.

const MAX_POEMAS = 20;         // artigos mantidos na página
const MAX_LETRAS = 4000;       // um poema que não termina para de crescer aqui
const MAX_GUARDADO = 20000;    // letras que esperam o fim de uma pausa; além, os poemas mais velhos se perdem
const SEPARACAO = '\n\n\n';
const RECOMECO = '\f';         // na fila em pausa: aqui começou outra conexão

const SITUACOES = {
  'conectando': 'conectando…',
  'ao-vivo': 'ao vivo',
  'sem-conexao': 'sem conexão, tentando de novo…',
  'chegando': 'a rede está chegando…',
  'aqui': 'sem servidor: escrito aqui',
  'sem-modelo': '',            // o porquê, quando se sabe
  'em-pausa': 'em pausa',
};

const poemas = um('#poemas');
const estado = um('#estado');

const canal = new Canal({
  ligar: () => ligarAoServidor(''),
  esperaInicial: 2,
  aoAbrir: acharServidor,
  aoReceber: receberDoServidor,
  aoCair: perderServidor,
});
const pena = new Pena(escrever);
const voz = new Voz(um('#anuncio'));
const cursor = um('.cursor').cloneNode();

let artigo = null;       // <article> do poema atual
let versos = null;       // seu nó de texto
let concluido = false;   // o atual já terminou, e o próximo ainda não começou
let quebras = 0;         // quebras de linha recebidas e ainda não escritas
let fimDoVerso = 0;      // onde termina o último verso inteiro
let situacao = 'conectando';

function comecarPoema() {
  if (artigo) artigo.removeAttribute('id');
  artigo = um('#molde').content.cloneNode(true).firstElementChild;
  artigo.id = 'atual';
  versos = document.createTextNode('');
  um('.versos', artigo).append(versos, cursor);
  descartarAntigos();
  poemas.append(artigo);
  voz.dito = 0;
  zerarPoema();
  requestAnimationFrame(() => irAoFim('smooth'));   // pedida já, a rolagem instantânea de descartarAntigos a anularia
}

function zerarPoema() {
  versos.data = '';
  concluido = false;
  quebras = fimDoVerso = 0;
  artigo.classList.remove('pronto');
}

function concluirPoema() {
  voz.dizer(versos.data, versos.length);
  quebras = 0;
  concluido = versos.length > 0;
  artigo.classList.toggle('pronto', concluido);
  const titulo = versos.data.split('\n', 1)[0].slice(0, 60);
  for (const nome of artigo.querySelectorAll('.so-leitor')) nome.textContent = ` o poema “${titulo}”`;
  buscarNoOcio();
}

// O que já chegou do poema que ainda não acabou, escrito ou à espera.
function poemaEmAndamento() {
  const tudo = versos.data + '\n'.repeat(concluido ? 3 : quebras) + pena.fila;
  return tudo.split(SEPARACAO).at(-1).split(RECOMECO).at(-1);
}

// Três quebras seguidas separam os poemas; por isso cada quebra espera a letra que vem depois dela.
function escrever(texto) {
  for (const letra of texto) {
    if (letra === '\n') {
      fimDoVerso = versos.length;
      if (++quebras === 3) concluirPoema();
      continue;
    }
    if (concluido) comecarPoema();
    if (versos.length < MAX_LETRAS) versos.appendData((versos.length ? '\n'.repeat(quebras) : '') + letra);
    quebras = 0;
  }
  voz.dizer(versos.data, fimDoVerso);
}

// Tira os mais velhos, no alto da página, sem que o resto saia do lugar diante de quem lê.
function descartarAntigos() {
  if (poemas.childElementCount < MAX_POEMAS) return;
  const y = scrollY, topo = () => poemas.lastElementChild.getBoundingClientRect().top + scrollY;
  const antes = topo();
  while (poemas.childElementCount >= MAX_POEMAS) {
    const velho = poemas.firstElementChild;
    if (velho.contains(document.activeElement)) um('button', velho.nextElementSibling).focus({ preventScroll: true });
    velho.remove();
  }
  scrollTo({ top: y - (antes - topo()), behavior: 'instant' });
  ultimoY = scrollY;
}

function receber(texto, primeiro) {
  if (pena.parada) guardar(texto, primeiro);
  else if (primeiro) retomar(texto);
  else pena.enfileirar(texto);
}

// O poema atual, desde o começo: toma o lugar do que estava incompleto.
function retomar(texto) {
  pena.escoar();
  if (!concluido || texto.startsWith(versos.data)) {
    if (!texto.startsWith(versos.data.slice(0, voz.dito))) voz.dito = 0;
    zerarPoema();
  }
  escrever(texto);
}

function mostrarEstado(qual = situacao) {
  situacao = qual;
  const mostrada = pena.parada ? 'em-pausa' : situacao;
  if (estado.dataset.estado === mostrada) return;
  estado.dataset.estado = mostrada;
  estado.textContent = SITUACOES[mostrada];
}

/* ---------- a pausa: nada se move, e o que chega espera ---------- */

function pausar(sim) {
  pena.parada = sim;
  poemas.classList.toggle('pausada', sim);
  um('#pausar').textContent = sim ? 'continuar' : 'pausar';
  mostrarEstado();
}

function continuar() {
  const [resto, ...conexoes] = pena.fila.split(RECOMECO);
  pena.fila = '';
  pausar(false);
  pena.enfileirar(resto);
  for (const texto of conexoes) retomar(texto);
  irAoFim('smooth');
}

function guardar(texto, recomeca) {
  if (recomeca) {   // o poema incompleto da conexão perdida volta inteiro na nova
    const fim = pena.fila.lastIndexOf(SEPARACAO);
    pena.fila = (fim < 0 ? '' : pena.fila.slice(0, fim + 3)) + RECOMECO;
  }
  pena.enfileirar(texto);
  while (pena.fila.length > MAX_GUARDADO) {
    // Fica o resto do poema que se estava lendo, e os mais novos; perde-se o mais velho dos que ninguém viu.
    const fim = pena.fila.indexOf(SEPARACAO), outro = pena.fila.indexOf(SEPARACAO, fim + 3);
    pena.fila = fim < 0 || outro < 0 ? pena.fila.slice(0, MAX_GUARDADO) : pena.fila.slice(0, fim) + pena.fila.slice(outro);
  }
}

/* ---------- a rolagem: acompanha o poema só se o leitor estiver no fim da página ---------- */

let acompanhando = true;
let ultimoY = 0;

const alturaDaPagina = () => document.documentElement.scrollHeight;

function notarRolagem() {
  const falta = alturaDaPagina() - document.documentElement.clientHeight - scrollY;
  if (falta < 48) acompanhando = true;
  else if (scrollY < ultimoY - 1) acompanhando = false;
  ultimoY = scrollY;
}

// Em pausa, e atrás de um diálogo, a página não anda.
function irAoFim(comoRolar) {
  if (!acompanhando || pena.parada || um('dialog[open]')) return;
  const longe = alturaDaPagina() - scrollY > 3 * innerHeight;
  scrollTo({ top: alturaDaPagina(), behavior: longe || menosMovimento.matches ? 'instant' : comoRolar });
}
