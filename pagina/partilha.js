'use strict';

// Copiar e compartilhar.

const AVISO = 2.5;             // segundos que um botão mostra o que acabou de fazer

const semFragmento = () => location.href.split('#')[0];

async function copiar(texto) {
  if (navigator.clipboard) return navigator.clipboard.writeText(texto);
  // Fora de https e de localhost não há clipboard: vale o jeito antigo, a partir de um campo escondido.
  const campo = document.createElement('textarea'), foco = document.activeElement;
  campo.className = 'so-leitor';
  campo.value = texto;
  ([...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body).append(campo);   // fora do de cima, tudo é inerte
  campo.select();
  const copiou = document.execCommand('copy');
  campo.remove();
  foco?.focus({ preventScroll: true });
  if (!copiou) throw new Error('o navegador não deixou copiar');
}

async function compartilhar(texto, url) {
  if (!navigator.share || location.protocol === 'file:') {
    await copiar(`${texto}\n\n${url}`);
    return 'copiado com o link';
  }
  await navigator.share({ title: document.title, text: texto, url });
  return '';
}

// O que os botões de um diálogo levam, por id dele: o texto, o link, e onde se diz o que foi feito.
const nosDialogos = { meu: () => [meusVersos.data, linkDe(pedido), minhaVoz.onde] };

// Um só ouvinte para todos os botões de poema: o poema é o do mesmo artigo, ou o do diálogo.
async function agir({ target }) {
  const botao = target.closest('[data-acao]');
  if (!botao) return;
  const noDialogo = nosDialogos[botao.closest('dialog')?.id];
  const [texto, url, onde] = noDialogo?.(botao) ?? [um('.versos', botao.closest('.poema')).textContent, semFragmento(), voz.onde];
  try {
    const feito = botao.dataset.acao === 'copiar' ? (await copiar(texto), 'copiado') : await compartilhar(texto, url);
    if (feito) avisar(botao, feito, onde);
  } catch (erro) {
    if (erro.name !== 'AbortError') avisar(botao, 'não deu: selecione o texto', onde);   // AbortError: desistiu de compartilhar
  }
}

function avisar(botao, aviso, onde) {
  const rotulo = botao.firstElementChild;
  rotulo.textContent = aviso;
  onde.textContent = aviso;
  setTimeout(() => { rotulo.textContent = botao.dataset.acao; }, AVISO * 1000);
}
