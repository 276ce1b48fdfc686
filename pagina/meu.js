'use strict';

// Faça o seu.

const dialogo = um('#meu');
const formulario = um('#meu-pedido');
const inicio = um('#inicio');
const temperatura = um('#temperatura');
const rascunhos = um('#rascunhos');
const RASCUNHOS = rascunhos.value;
const ESPERA_DO_MODELO = 3;    // segundos; se ainda não veio, e há servidor, escreve-o ele
const meusVersos = document.createTextNode('');
const minhaMao = um('.cursor', dialogo);
const minhaPena = new Pena(escreverMeu);
const minhaVoz = new Voz(um('#meu-anuncio'));
const meuCanal = new Canal({
  ligar: ligarMeu,
  esperaInicial: 1,
  aoReceber: receberMeu,
  aoCair: () => mostrarFase('escrevendo', 'a conexão caiu, tentando de novo…'),
  aoAcabar: (motivo, codigo) => (motivo ? recusar(motivo, codigo) : minhaPena.acabar()),
});

let pedido = null;       // { inicio, temperatura, semente } e, se há, rascunhos: o que define o poema
let ressalva = '';       // o que do pedido não se pôde fazer
let recebido = '';       // o que veio nesta conexão; depois de uma queda, o mesmo poema vem outra vez desde o começo

function abrir() {
  if (!dialogo.open) dialogo.showModal();
  if (!pesaDemais()) oModelo().then(() => inicio.removeAttribute('maxlength'), () => {});   // o limite é do servidor
}

function mostrarGraus() {
  const t = temperatura.valueAsNumber;
  const nome = t < 0.25 ? 'fica no que sabe' : t < 0.45 ? 'com calma' : t < 0.75 ? 'na medida' : t < 1.25 ? 'com ousadia' : 'em delírio';
  dizerValor(temperatura, `${decimal(t, 1)}, ${nome}`);
}

// Um link pode trazer outro número: a caixa diz quantos se vão pedir, até um servidor os recusar.
function marcarRascunhos(quantos) {
  rascunhos.checked = quantos !== '1';
  if (/^([2-9]|[1-9]\d{1,2})$/.test(quantos)) rascunhos.value = um('#quantos').textContent = quantos;
}

function sortearSemente() {
  return String(crypto.getRandomValues(new Uint32Array(1))[0]);
}

function linkDe(p) {
  return `${semFragmento()}#meu?${new URLSearchParams(p)}`;
}

// O link é só um fragmento: quem serve a página não precisa saber dele. Os valores, quem confere é quem escreve.
function abrirLink() {
  if (!location.hash.startsWith('#meu?')) return;
  const campos = new URLSearchParams(location.hash.slice('#meu?'.length));
  const valor = (nome, padrao) => (campos.get(nome) || padrao).slice(0, 100);
  const novo = { inicio: campos.get('inicio') ?? '', temperatura: valor('temperatura', '0.5'), semente: valor('semente', sortearSemente()) };
  marcarRascunhos(valor('rascunhos', '1'));
  if (rascunhos.checked) novo.rascunhos = valor('rascunhos');
  inicio.value = novo.inicio;
  temperatura.value = novo.temperatura;
  mostrarGraus();
  abrir();
  pedir(novo);
}

// O que falhou, pedido outra vez sem mudanças, é o mesmo poema: quem veio por um link não o perde.
function enviar(evento) {
  evento.preventDefault();
  const novo = { inicio: inicio.value.trim() ? inicio.value : '', temperatura: temperatura.value };
  const mesmo = um('#meu-erro').textContent && pedido?.inicio === novo.inicio && pedido.temperatura === novo.temperatura;
  novo.semente = mesmo ? pedido.semente : sortearSemente();
  pedir(rascunhos.checked ? { ...novo, rascunhos: rascunhos.value } : novo);
}

async function pedir({ rascunhos: quantos, ...novo }) {
  ressalva = quantos && semServidor() ? 'A escolha entre rascunhos precisa de um servidor; este poema é um só.' : '';
  if (ressalva) marcarRascunhos('1');   // a caixa não se vê
  pedido = !quantos || ressalva ? novo : { ...novo, rascunhos: quantos };
  const meu = pedido;
  meuCanal.largar();
  zerarMeu();
  minhaVoz.onde.textContent = '';
  history.replaceState(null, '', linkDe(pedido));
  um('#meu-link').href = linkDe(pedido);
  mostrarFase('escrevendo', pedido.rascunhos ? 'escrevendo rascunhos…' : 'a rede está escrevendo…');
  um('#meu-titulo').focus();
  try {
    await esperarModelo();
  } catch (erro) {
    if (pedido === meu) recusar(erro.message);
    return;
  }
  if (pedido === meu && dialogo.dataset.fase === 'escrevendo') meuCanal.conectar();   // não desistiu
}

// Onde há servidor, só o tempo de um poema não parecer parado, e nunca se quem escolhe o rascunho é ele.
function esperarModelo() {
  if (semServidor()) return oModelo();
  if (pedido.rascunhos || pesaDemais()) return null;
  const demais = new Promise((passou) => { setTimeout(passou, ESPERA_DO_MODELO * 1000); });
  return Promise.race([oModelo().catch(() => {}), demais]);
}

function ligarMeu() {
  if (modeloPronto && !pedido.rascunhos) return new FonteDaqui(modeloPronto, () => lerPedido(modeloPronto, pedido));
  const curto = { ...pedido, inicio: pedido.inicio.slice(0, 100) };   // mais que isso, ele só recusa
  return ligarAoServidor(`meu?${new URLSearchParams(curto)}`);
}

function zerarMeu() {
  meusVersos.data = '';
  minhaVoz.dito = 0;
  minhaPena.zerar();
}

function receberMeu(texto, primeiro) {
  recebido = ((primeiro ? '' : recebido) + texto).slice(0, pedido.inicio.length + MAX_LETRAS);
  const anterior = meusVersos.data + minhaPena.fila;
  if (anterior.startsWith(recebido)) return;
  if (!recebido.startsWith(anterior)) zerarMeu();   // o modelo mudou no meio
  mostrarFase('escrevendo', 'a rede está escrevendo…');
  minhaPena.enfileirar(recebido.slice(meusVersos.length + minhaPena.fila.length));
}

function escreverMeu(texto, pronto) {
  const noFim = dialogo.scrollHeight - dialogo.scrollTop - dialogo.clientHeight < 48;
  meusVersos.appendData(texto);
  minhaVoz.dizer(meusVersos.data, pronto ? meusVersos.length : meusVersos.data.lastIndexOf('\n') + 1);
  if (pronto) mostrarFase('pronto', ressalva);
  if (noFim) dialogo.scrollTop = dialogo.scrollHeight;
}

function recusar(motivo, codigo) {
  const campo = codigo !== 1008 ? um('[type=submit]', formulario) : motivo.includes('rascunhos') ? rascunhos : inicio;
  mostrarFase('pedido');
  acusar(campo);
  if (campo === rascunhos) marcarRascunhos(RASCUNHOS);
  um('#meu-erro').textContent = motivo;
  campo.focus();
}

function acusar(culpado) {
  for (const campo of [inicio, rascunhos]) campo.setAttribute('aria-invalid', String(campo === culpado));
}

function mostrarFase(fase, recado = '') {
  dialogo.dataset.fase = fase;
  um('#meu-titulo').textContent = fase === 'pedido' ? 'Faça o seu' : 'O seu poema';
  formulario.hidden = fase !== 'pedido';
  um('#meu-poema').hidden = fase === 'pedido';
  minhaMao.hidden = fase !== 'escrevendo';
  for (const soNoFim of dialogo.querySelectorAll('[data-acao], #meu-convite')) soNoFim.hidden = fase !== 'pronto';
  const dito = um('#meu-estado [role=status]');
  if (dito.textContent !== recado) dito.textContent = recado;
  if (fase === 'escrevendo') {
    um('#meu-erro').textContent = '';
    acusar(null);
  }
}

function fazerOutro() {
  meuCanal.largar();
  minhaPena.zerar();
  mostrarFase('pedido');
  inicio.focus();
}

// Fechar no meio desiste do poema; um já pronto fica à espera de quem voltar.
function aoFechar() {
  if (dialogo.open) return;   // o aviso do fecho chega depois, e um link pode já o ter reaberto
  if (dialogo.dataset.fase === 'escrevendo') fazerOutro();
  if (pedido && location.href === linkDe(pedido)) history.replaceState(null, '', semFragmento());   // senão, é de outro
  irAoFim('instant');
}
