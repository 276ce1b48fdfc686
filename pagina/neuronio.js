'use strict';

// Neurônio: um dos números que a rede lembra, e o poema colorido por ele.

const PASSOS_DO_ESTADO = 8;    // tons de cada lado do zero
const numeroDoNeuronio = um('#neuronio-numero');
const camadaDoNeuronio = um('#neuronio-camada');

let unidade = 0;               // na fila das unidades de todas as camadas
let escolheu = false;          // o leitor escolheu uma; a proposta não troca por outra
let proposta = null;           // a leitura para a qual se propôs
const contagens = new WeakMap();   // modelo -> a promessa das somas dos poemas escritos na hora, que servem a toda leitura

vistas.neuronio = {
  explica: ({ modelo, peca: [uma] }) =>
    `A rede guarda o que leu em ${totalDeUnidades(modelo)} números, de −1 a 1, e muda todos a cada ${uma}. Aqui se vê um: quente é alto, frio é baixo.`,
  colore: (leitura, i) => Math.round((estadoEm(leitura, i) ?? 0) / extremoEm(leitura) * PASSOS_DO_ESTADO),
  diz: dizerEstado,
  mostra: mostrarNeuronio,
};

const totalDeUnidades = (modelo) => modelo.unidades.reduce((a, b) => a + b);

function lugarDe(modelo, u) {
  let camada = 0;
  while (u >= modelo.unidades[camada]) u -= modelo.unidades[camada++];
  return { camada, numero: u };
}

function estadoEm(leitura, i) {
  if (i >= leitura.ids.length) return null;   // no fim ela esquece tudo
  const { camada, numero } = lugarDe(leitura.modelo, unidade);
  return leitura.pontos[i].estados[camada][numero];
}

// Até onde o neurônio foi neste poema: é a cor mais forte, que um que fala baixo também fala.
function extremoEm(leitura) {
  return leitura.ids.reduce((maior, _, i) => Math.max(maior, Math.abs(estadoEm(leitura, i))), 0) || 1;
}

function dizerEstado(leitura, i) {
  const estado = estadoEm(leitura, i);
  if (estado === null) return leitura.fim === null ? 'O que vem agora, ela ainda não leu.' : 'No fim do poema, a rede esquece tudo.';
  return `depois de ${leitura.citado(leitura.ids[i], i)}: ${decimal(estado, 2)}`;
}

function mostrarNeuronio(leitura) {
  const { modelo } = leitura;
  unidade = Math.min(unidade, totalDeUnidades(modelo) - 1);
  const { camada, numero } = lugarDe(modelo, unidade);
  camadaDoNeuronio.replaceChildren(...modelo.unidades.map((_, i) => new Option(`camada ${i + 1}`, i, false, i === camada)));
  camadaDoNeuronio.hidden = modelo.unidades.length === 1;
  numeroDoNeuronio.max = modelo.unidades[camada];
  if (numeroDoNeuronio.valueAsNumber !== numero + 1) numeroDoNeuronio.value = numero + 1;
  um('#escala-menos').textContent = decimal(-extremoEm(leitura), 2);
  um('#escala-mais').textContent = decimal(extremoEm(leitura), 2);
  marcarOSinal();
  if (proposta !== leitura) proporNeuronios(leitura);
}

function marcarOSinal() {
  for (const botao of um('#sinais').querySelectorAll('button')) botao.setAttribute('aria-pressed', String(Number(botao.dataset.unidade) === unidade));
}

/* ---------- os que mais dizem ---------- */

async function contar(modelo) {
  const somas = new Somas(totalDeUnidades(modelo));
  const diz = (quantos) => { um('#sinais-recado').textContent = `procurando os que mais dizem: ${quantos} de ${POEMAS} poemas…`; };
  await aosPoucos(contaPoemas(modelo, somas, diz));
  return somas;
}

async function proporNeuronios(leitura) {
  const { modelo, ids, pontos } = leitura;
  proposta = leitura;
  um('#sinais').replaceChildren();
  um('#sinais-recado').textContent = 'procurando os que mais dizem…';
  if (!contagens.has(modelo)) contagens.set(modelo, contar(modelo));
  const somas = (await contagens.get(modelo)).copia();
  if (proposta !== leitura) return;
  somas.conta(ids.map((id) => modelo.tokens[id]), pontos.map(({ estados }) => emFila(estados)));
  const melhores = somas.melhores(modelo.vocabulario.tipo);
  um('#sinais-recado').textContent = melhores.length
    ? `Os que mais dizem, contados neste poema e em mais ${POEMAS}. Um r de 1, ou de −1, seria sempre.`
    : 'Nenhum se destaca: procure você.';
  um('#sinais').replaceChildren(...melhores.map((sinal) => linhaDoSinal(modelo, sinal)));
  marcarOSinal();
  if (escolheu || !melhores.length) return;   // nem o número que o leitor está a escrever se troca
  unidade = melhores[0].u;
  if (porDentro.aba === 'neuronio' && porDentro.leitura === leitura) mudarDeNeuronio(unidade);
}

function linhaDoSinal(modelo, { u, r, nome }) {
  const item = document.createElement('li'), botao = document.createElement('button'), medida = document.createElement('span');
  botao.type = 'button';
  botao.dataset.unidade = u;
  botao.append(nome, ' ');
  medida.className = 'quanto';
  medida.textContent = `r = ${decimal(r, 2)}`;
  botao.append(medida);
  item.append(botao);
  return item;
}

/* ---------- escolher um ---------- */

function mudarDeNeuronio(u) {
  const total = totalDeUnidades(porDentro.leitura.modelo);
  unidade = (u + total) % total;
  mostrarPonto();
  pintar();
}

function escolherNeuronio(u) {
  escolheu = true;
  mudarDeNeuronio(u);
}

function primeiraDaCamada(camada) {
  return porDentro.leitura.modelo.unidades.slice(0, camada).reduce((a, b) => a + b, 0);
}

um('#sinais').addEventListener('click', ({ target }) => {
  const botao = target.closest('[data-unidade]');
  if (botao) escolherNeuronio(Number(botao.dataset.unidade));
});
um('#neuronio-antes').addEventListener('click', () => escolherNeuronio(unidade - 1));
um('#neuronio-depois').addEventListener('click', () => escolherNeuronio(unidade + 1));
camadaDoNeuronio.addEventListener('change', () => escolherNeuronio(primeiraDaCamada(Number(camadaDoNeuronio.value))));
numeroDoNeuronio.addEventListener('input', () => { escolheu = true; });
numeroDoNeuronio.addEventListener('change', () => {
  const camada = Number(camadaDoNeuronio.value), numero = numeroDoNeuronio.valueAsNumber;
  const serve = Number.isInteger(numero) && numero >= 1 && numero <= Number(numeroDoNeuronio.max);
  if (serve) escolherNeuronio(primeiraDaCamada(camada) + numero - 1);
  else mostrarPonto();   // fora da faixa, volta ao que era
});
