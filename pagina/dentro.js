'use strict';

// Ver por dentro: o diálogo, o poema pedaço a pedaço e as abas. O que cada aba mostra está nos arquivos seguintes.

const dentro = um('#dentro');
const tira = um('#dentro-versos');
const abas = [...dentro.querySelectorAll('[role=tab]')];

// Nome da aba -> o que ela sabe fazer de uma leitura: explica(modelo), uma linha; mostra(leitura, i), o painel;
// diz(leitura, i), uma frase sobre o ponto escolhido; colore(leitura, i), de -8 a 8, a cor de cada ponto.
const vistas = {};

const porDentro = {
  leitura: null,          // a que está na tela
  escolhido: 0,           // o ponto dela de que se fala
  aba: 'chances',
  pecas: [],              // um elemento por ponto
  vez: 0,                 // cada coisa pedida tem a sua; o que ainda se calcula para outra vez se larga
  semente: 0,             // com que a rede continua, se alguém escolher outra barra
  volta: '',              // o endereço de antes de abrir
};

/* ---------- abrir e fechar ---------- */

// Abre o diálogo, traz a rede e a entrega; `vale` diz, dali em diante, se ainda é isto que se quer ver.
async function comARede(faz) {
  const vez = ++porDentro.vez, vale = () => vez === porDentro.vez;
  largarRamos();
  if (!dentro.open) {
    porDentro.volta = ehDeDentro() ? semFragmento() : location.href;
    dentro.showModal();
  }
  mostrarFaseDeDentro('espera', 'abrindo a rede…');
  um('#dentro-titulo').focus();
  let modelo;
  try {
    modelo = await oModelo();
  } catch (erro) {
    if (vale()) mostrarFaseDeDentro('erro', `Não deu para abrir a rede: ${erro.message}.`);
    return;
  }
  if (vale()) await faz(modelo, vale);
}

function verPorDentro(texto, { acabou = true, semente = sortearSemente(), temperatura = '0.5' } = {}) {
  return comARede(async (modelo, vale) => {
    const leitura = Leitura.doTexto(modelo, texto, acabou);
    porDentro.semente = Number(semente);
    esquentar(temperatura);
    porDentro.aba = 'chances';
    await mostrarLeitura(leitura, vale, contarTrocas(leitura.trocas));
  });
}

function contarTrocas(trocas) {
  const ditas = Array.from(trocas, ([de, por]) => (por ? `“${de}” virou “${por}”` : `“${de}” ficou de fora`));
  return ditas.length ? `A rede não conhece tudo: ${ditas.join('; ')}.` : '';
}

const ehDeDentro = () => /^#(dentro|junto)\?/.test(location.hash);

function abrirLinkDeDentro() {
  if (!ehDeDentro()) return;
  const [, qual, campos] = /^#(\w+)\?(.*)/s.exec(location.hash);
  (qual === 'junto' ? abrirJunto : abrirRamo)(new URLSearchParams(campos));
}

// O aviso do fecho chega depois, e um link pode já o ter reaberto.
function fecharPorDentro() {
  if (dentro.open) return;
  porDentro.vez++;
  largarRamos();
  if (ehDeDentro()) history.replaceState(null, '', porDentro.volta);
}

// espera e erro: só o recado; escrevendo: a rede continua um poema; pronto: o poema se deixa tocar.
function mostrarFaseDeDentro(fase, recado = '') {
  dentro.dataset.fase = fase;
  um('#dentro-recado').textContent = recado;
}

/* ---------- o poema, um elemento por token ---------- */

async function mostrarLeitura(leitura, vale, recado = '', escolhido = 0) {
  if (!leitura.pontos.length && !await leitura.le(vale)) return;
  porDentro.leitura = leitura;
  porDentro.pecas = [];
  tira.replaceChildren(...leitura.pontos.flatMap((_, i) => pecaNaTira(leitura, i)));
  tira.setAttribute('aria-label', `o poema, ${leitura.peca[0]} por ${leitura.peca[0]}`);
  mostrarFaseDeDentro('pronto', recado);
  porDentro.escolhido = Math.min(escolhido, leitura.ids.length);
  mostrarAba(porDentro.aba);
}

// O espaço de antes de uma palavra fica fora do elemento: a cor é só da palavra.
function pecaNaTira(leitura, i) {
  const { id } = leitura.pontos[i], peca = document.createElement('span');
  const token = i < leitura.ids.length ? leitura.token(id) : '';
  peca.setAttribute('role', 'option');
  peca.dataset.ponto = i;
  peca.textContent = token === '\n' ? '↵' : token.trimStart() || token || (id === null ? '…' : '∎');
  if (!token.trim()) peca.setAttribute('aria-label', id === null ? 'o que vem agora' : leitura.nome(id, i));
  peca.classList.toggle('sinal', !token.trim() && token !== ' ');
  porDentro.pecas.push(peca);
  return [token !== ' ' && token[0] === ' ' ? ' ' : '', peca, token === '\n' ? '\n' : ''];
}

function escolher(i, comFoco = false) {
  const { pecas } = porDentro;
  porDentro.escolhido = i;
  pecas.forEach((peca, k) => {
    peca.tabIndex = k === i ? 0 : -1;
    peca.setAttribute('aria-selected', String(k === i));
  });
  if (comFoco) pecas[i].focus();
  else porNaVista(pecas[i]);
  mostrarPonto();
}

// Só o poema rola; o diálogo fica onde está, que o leitor pode estar lendo o painel.
function porNaVista({ offsetTop, offsetHeight }) {
  tira.scrollTop = Math.min(Math.max(tira.scrollTop, offsetTop + offsetHeight - tira.clientHeight), offsetTop);
}

function mostrarPonto() {
  const { leitura, escolhido, aba } = porDentro, vista = vistas[aba];
  if (!leitura) return;
  um('#dentro-dito').textContent = vista.diz?.(leitura, escolhido) ?? '';
  vista.mostra(leitura, escolhido);
}

function pintar() {
  const { leitura, pecas, aba } = porDentro;
  pecas.forEach((peca, i) => {
    const cor = vistas[aba].colore?.(leitura, i) ?? 0;
    peca.dataset.forca = Math.abs(cor);
    peca.classList.toggle('frio', cor < 0);
  });
}

// As setas andam entre as peças; para cima e para baixo, de verso em verso.
function andarNaTira(evento) {
  const { escolhido, pecas, leitura } = porDentro, ultimo = pecas.length - 1;
  const abre = (i) => i === 0 || leitura.token(leitura.ids[i - 1]) === '\n';
  const comecos = [...pecas.keys()].filter(abre);
  const para = {
    ArrowRight: Math.min(escolhido + 1, ultimo),
    ArrowLeft: Math.max(escolhido - 1, 0),
    ArrowDown: comecos.find((i) => i > escolhido) ?? ultimo,
    ArrowUp: comecos.findLast((i) => i < escolhido) ?? 0,
    Home: 0,
    End: ultimo,
    Enter: escolhido,
    ' ': escolhido,
  }[evento.key];
  if (para === undefined) return;
  evento.preventDefault();
  escolher(para, true);
}

/* ---------- as abas ---------- */

function mostrarAba(nome, comFoco = false) {
  porDentro.aba = dentro.dataset.aba = nome;
  for (const aba of abas) {
    const esta = aba.dataset.aba === nome, painel = um(`#${aba.getAttribute('aria-controls')}`);
    aba.setAttribute('aria-selected', String(esta));
    aba.tabIndex = esta ? 0 : -1;
    painel.hidden = !esta;
    if (esta && comFoco) aba.focus();
    if (esta && porDentro.leitura) um('.explica', painel).textContent = vistas[nome].explica(porDentro.leitura);
  }
  if (!porDentro.leitura) return;
  escolher(porDentro.escolhido);
  pintar();
}

function andarNasAbas(evento) {
  const atual = abas.findIndex((aba) => aba.dataset.aba === porDentro.aba), quantas = abas.length;
  const para = { ArrowRight: (atual + 1) % quantas, ArrowLeft: (atual + quantas - 1) % quantas, Home: 0, End: quantas - 1 }[evento.key];
  if (para === undefined) return;
  evento.preventDefault();
  mostrarAba(abas[para].dataset.aba, true);
}

/* ---------- o que liga tudo ---------- */

document.addEventListener('click', ({ target }) => {
  const artigo = target.closest('[data-dentro]')?.closest('.poema, dialog');
  if (!artigo) return;
  if (artigo === dialogo) verPorDentro(meusVersos.data, pedido);
  else verPorDentro(um('.versos', artigo).textContent, { acabou: artigo.classList.contains('pronto') });
});
tira.addEventListener('click', ({ target }) => {
  const peca = target.closest('[data-ponto]');
  if (peca) escolher(Number(peca.dataset.ponto), true);
});
tira.addEventListener('keydown', andarNaTira);
um('#dentro-antes').addEventListener('click', () => escolher(Math.max(porDentro.escolhido - 1, 0)));
um('#dentro-depois').addEventListener('click', () => escolher(Math.min(porDentro.escolhido + 1, porDentro.pecas.length - 1)));
um('[role=tablist]', dentro).addEventListener('keydown', andarNasAbas);
for (const aba of abas) aba.addEventListener('click', () => mostrarAba(aba.dataset.aba));
um('#dentro-fechar').addEventListener('click', () => dentro.close());
dentro.addEventListener('close', fecharPorDentro);
addEventListener('hashchange', abrirLinkDeDentro);
addEventListener('DOMContentLoaded', abrirLinkDeDentro);   // quando todos os scripts já se leram
