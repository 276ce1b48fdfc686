'use strict';

// Escrever junto: um verso do leitor, um da rede.

const MAX_DO_VERSO = 120;      // letras, de quem quer que seja o verso
const grauDoJunto = um('#junto-temperatura');
const versoDoLeitor = um('#junto-verso');

let linhas = [];               // { texto, daRede }; uma linha em branco separa estrofes
let sementeDoJunto = 0;
let vezDaRede = false;

vistas.junto = {
  explica: () => 'Você escreve um verso, a rede escreve o seguinte, e assim por diante.',
  mostra: () => {},
};

const textoJunto = () => linhas.map(({ texto }) => texto).join('\n');

// Os versos da rede vão no texto, e não se escrevem de novo: o poema de vocês não muda, mesmo que o modelo mude.
function linkJunto() {
  const daRede = linhas.flatMap((linha, i) => (linha.daRede ? [i] : [])).join('.');
  return `${semFragmento()}#junto?${new URLSearchParams({ texto: textoJunto(), rede: daRede, semente: sementeDoJunto, temperatura: grauDoJunto.value })}`;
}

function abrirJunto(campos) {
  const { semente, temperatura: graus, texto } = lerLink(campos), daRede = (campos.get('rede') ?? '').split('.');
  return comARede(async (modelo, vale) => {
    linhas = texto ? texto.split('\n').map((linha, i) => ({ texto: linha, daRede: daRede.includes(String(i)) })) : [];
    sementeDoJunto = semente;
    esquentarJunto(graus);
    mostrarVersos();
    porDentro.aba = 'junto';
    porDentro.semente = semente;
    await mostrarLeitura(Leitura.doTexto(modelo, texto), vale);
  });
}

async function mandarVerso(evento) {
  evento.preventDefault();
  const { modelo } = porDentro.leitura, vez = porDentro.vez;
  const { texto, trocas } = modelo.vocabulario.aproveita(versoDoLeitor.value.trim().slice(0, MAX_DO_VERSO));
  const verso = texto.trim();
  if (vezDaRede) return;
  if (!verso) return dizerJunto(contarTrocas(trocas) || 'Escreva um verso, e a rede escreve o seguinte.');
  sementeDoJunto ||= Number(sortearSemente());
  linhas.push({ texto: verso, daRede: false });
  versoDoLeitor.value = '';
  mostrarVersos();
  dizerJunto([contarTrocas(trocas), 'A rede está escrevendo…'].join(' ').trim());
  vezDaRede = true;
  const resposta = await versoDaRede(modelo, () => vez === porDentro.vez);
  vezDaRede = false;
  if (resposta) receberVerso(resposta, contarTrocas(trocas));
}

function receberVerso({ verso, estrofe, acabou }, aviso) {
  if (verso && estrofe) linhas.push({ texto: '', daRede: true });
  if (verso) linhas.push({ texto: verso, daRede: true });
  mostrarVersos();
  um('#junto-link').href = linkJunto();
  history.replaceState(null, '', linkJunto());
  const fim = acabou ? 'Aqui a rede daria o poema por acabado; se quiser, escreva mais um verso.' : 'É a sua vez.';
  dizerJunto([aviso, fim].join(' ').trim());
  vozDoRamo.onde.textContent = verso;
}

// Lê tudo o que já há e escreve até virar o verso; null se no meio se deixou de querer.
async function versoDaRede(modelo, vale) {
  const { vocabulario, tokens } = modelo, lido = `${textoJunto()}\n`, ids = vocabulario.codifica(lido);
  const maximo = lido.length + MAX_DO_VERSO;
  const escrita = new Poeta.Escrita(modelo, { semente: sementeDoJunto, temperatura: grauDoJunto.valueAsNumber, ids, maximo });
  const doVerso = () => escrita.ids.slice(ids.length).filter((id) => id !== vocabulario.terminador).map((id) => tokens[id]).join('');
  function* passos() {
    while (!escrita.acabou && !/\S\n$/u.test(doVerso())) yield escrita.passo();
  }
  if (!await aosPoucos(passos(), vale)) return null;
  const novo = doVerso();
  return { verso: novo.trim(), estrofe: novo.startsWith('\n'), acabou: escrita.ids.at(-1) === vocabulario.terminador };
}

function mostrarVersos() {
  const ditos = linhas.map(({ texto, daRede }) => {
    const verso = document.createElement(daRede ? 'em' : 'span'), quem = document.createElement('span');
    quem.className = 'so-leitor';
    quem.textContent = texto && (daRede ? 'a rede: ' : 'você: ');
    verso.append(quem, texto, '\n');
    return verso;
  });
  um('#junto-versos').replaceChildren(...ditos);
  um('#junto-acoes').hidden = um('#junto-convite').hidden = !linhas.length;
  um('#junto-link').href = linkJunto();
}

function dizerJunto(recado) {
  um('#junto-recado').textContent = recado;
}

function recomecarJunto() {
  linhas = [];
  sementeDoJunto = 0;
  porDentro.vez++;
  if (ehDeDentro()) history.replaceState(null, '', porDentro.volta);
  mostrarVersos();
  dizerJunto('');
  versoDoLeitor.focus();
}

function esquentarJunto(graus = grauDoJunto.value) {
  grauDoJunto.value = graus;
  dizerValor(grauDoJunto, decimal(grauDoJunto.valueAsNumber, 1));
}

grauDoJunto.addEventListener('input', () => esquentarJunto());
um('#junto-pedido').addEventListener('submit', mandarVerso);
um('#junto-outro').addEventListener('click', recomecarJunto);
um('#junto-dentro').addEventListener('click', () => verPorDentro(textoJunto()));
esquentarJunto();
