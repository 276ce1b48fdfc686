'use strict';

// E se tivesse saído outra? A rede continua dali, com a mesma semente; e cada ramo tem o seu link.

const MAX_DO_LINK = 1000;      // tokens ou letras: o tamanho de um poema
const escritaDoRamo = document.createTextNode('');
const vozDoRamo = new Voz(um('#dentro-anuncio'));
const penaDoRamo = new Pena(pousarLetras);

let ramo = null;               // { semente, temperatura, ids } do que está na tela; null no poema de que se partiu
let anteriores = [];           // de onde se veio: { leitura, escolhido, ramo }, o último por cima
let aoAcabarDePousar = null;

function ramificar(i, id) {
  const { leitura, semente } = porDentro, vez = ++porDentro.vez;
  anteriores.push({ leitura, escolhido: i, ramo });
  um('#dentro-titulo').focus();   // as barras vão sumir, e o foco com elas
  const pedido = { semente, temperatura: grau.valueAsNumber, ids: [...leitura.ids.slice(0, i), id] };
  return escreverRamo(leitura.modelo, pedido, () => vez === porDentro.vez);
}

// O que já estava escrito aparece de uma vez; o que a rede escreve agora, letra a letra.
async function escreverRamo(modelo, pedido, vale) {
  const escrita = new Poeta.Escrita(modelo, pedido);
  const pousou = new Promise((segue) => { aoAcabarDePousar = segue; });
  ramo = pedido;
  escritaDoRamo.data = '';
  penaDoRamo.zerar();
  mostrarFaseDeDentro('escrevendo', 'a rede continua dali…');
  history.replaceState(null, '', linkDoRamo(modelo, pedido));
  if (!await aosPoucos(passosImpostos(escrita, pedido.ids.length), vale)) return;
  escritaDoRamo.data = escrita.texto;
  vozDoRamo.dito = escritaDoRamo.length;
  while (!escrita.acabou) {
    penaDoRamo.enfileirar(escrita.avanca({ prazo: FATIA }));
    await respirar();
    if (!vale()) return;
  }
  penaDoRamo.acabar();
  await pousou;
  if (!vale()) return;
  const leitura = new Leitura(modelo, escrita.ids, escrita.ids.at(-1) === modelo.vocabulario.terminador);
  await mostrarLeitura(leitura, vale, '', Math.max(0, pedido.ids.length - 1));
  if (!vale()) return;
  mostrarRamo();
  if (document.activeElement === um('#dentro-titulo')) escolher(porDentro.escolhido, true);
}

function* passosImpostos(escrita, quantos) {
  while (escrita.ids.length < quantos && !escrita.acabou) yield escrita.passo();
}

function pousarLetras(texto, pronto) {
  escritaDoRamo.appendData(texto);
  vozDoRamo.dizer(escritaDoRamo.data, pronto ? escritaDoRamo.length : escritaDoRamo.data.lastIndexOf('\n') + 1);
  if (pronto) aoAcabarDePousar();
}

// Debaixo do poema: que ramo é este, o link dele e o caminho de volta.
function mostrarRamo() {
  um('#ramo').hidden = !ramo;
  if (!ramo) return;
  const { leitura, pecas } = porDentro, i = ramo.ids.length - 1, antes = anteriores.at(-1);
  pecas[i]?.classList.add('trocada');
  const lugar = i < 0 ? '' : `, a partir de ${leitura.citado(ramo.ids[i], i)}`;
  const saiu = antes?.leitura.pontos[i].id ?? null;
  um('#ramo-troca').textContent = `Outro caminho${lugar}${saiu === null ? '' : `, em vez de ${antes.leitura.citado(saiu, i)}`}.`;
  um('#ramo-link').href = linkDoRamo(leitura.modelo, ramo);
  um('#ramo-voltar').hidden = !antes;
}

async function voltarDoRamo() {
  const antes = anteriores.pop();
  ramo = antes.ramo;
  porDentro.vez++;
  history.replaceState(null, '', ramo ? linkDoRamo(antes.leitura.modelo, ramo) : porDentro.volta);
  await mostrarLeitura(antes.leitura, () => true, '', antes.escolhido);
  mostrarRamo();
  escolher(antes.escolhido, true);
}

function largarRamos() {
  ramo = null;
  anteriores = [];
  penaDoRamo.zerar();
  mostrarRamo();
}

/* ---------- o link ---------- */

const seloDe = (modelo) => modelo.sha256.slice(0, 8);

// O texto basta quase sempre; os ids vão junto quando ele se cortaria de outro modo (duas sílabas que fazem outra palavra).
function linkDoRamo(modelo, { semente, temperatura, ids }) {
  const texto = ids.map((id) => modelo.tokens[id]).join('');
  const campos = new URLSearchParams({ semente, temperatura, modelo: seloDe(modelo), texto });
  if (modelo.vocabulario.codifica(texto).join('.') !== ids.join('.')) campos.set('ids', ids.join('.'));
  return `${semFragmento()}#dentro?${campos}`;
}

function idsDoLink(modelo, campos, texto) {
  const ids = (campos.get('ids') ?? '').split('.').map(Number).slice(0, MAX_DO_LINK);
  if (campos.has('ids') && ids.every((id) => Number.isInteger(id) && id >= 0 && id < modelo.tokens.length)) return ids;
  try {
    return modelo.vocabulario.codifica(texto);
  } catch {   // alguém mexeu no link: vale o que a rede conhece
    return modelo.vocabulario.codifica(modelo.vocabulario.aproveita(texto).texto);
  }
}

// O que todo link daqui traz; o que faltar, ou não servir, se sorteia ou é o de costume.
function lerLink(campos) {
  const pedida = campos.get('semente') ?? '', inteira = /^\d+$/.test(pedida) && Number.isSafeInteger(Number(pedida));
  const graus = Number(campos.get('temperatura') ?? NaN);
  return {
    semente: Number(inteira ? pedida : sortearSemente()),
    temperatura: graus >= 0 && graus <= 2 ? graus : 0.5,
    texto: (campos.get('texto') ?? '').slice(0, MAX_DO_LINK),
  };
}

function abrirRamo(campos) {
  const { semente, temperatura: graus, texto } = lerLink(campos);
  return comARede((modelo, vale) => {
    porDentro.semente = semente;
    porDentro.aba = 'chances';
    esquentar(graus);
    if (campos.get('modelo') === seloDe(modelo)) {
      return escreverRamo(modelo, { semente, temperatura: graus, ids: idsDoLink(modelo, campos, texto) }, vale);
    }
    const recado = 'Este link é de outra rede, e esta continuaria de outro jeito. Aqui está o poema até onde o link o traz.';
    return mostrarLeitura(Leitura.doTexto(modelo, texto, false), vale, recado);
  });
}

/* ---------- o que liga tudo ---------- */

um('#dentro-escrita .cursor').before(escritaDoRamo);
um('#ramo-voltar').addEventListener('click', voltarDoRamo);
um('#ramo-link').addEventListener('click', (evento) => {
  evento.preventDefault();
  const { leitura: { modelo } } = porDentro, vez = ++porDentro.vez;
  um('#dentro-titulo').focus();
  escreverRamo(modelo, ramo, () => vez === porDentro.vez);
});
nosDialogos.dentro = (botao) => (um('#dentro-junto').contains(botao)
  ? [textoJunto(), linkJunto(), vozDoRamo.onde]
  : [porDentro.leitura.texto.trim(), linkDoRamo(porDentro.leitura.modelo, ramo), vozDoRamo.onde]);
