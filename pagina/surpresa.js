'use strict';

// Surpresa: o poema colorido pelo que a rede não esperava, na escala de avaliacao/coloracao.py.

const MUITO = 4;               // nats: daqui para cima a cor é a mais forte (uma chance menor que 1 em 55)
const PASSOS = 8;              // tons da cor

vistas.surpresa = {
  explica: () => 'Quanto mais forte a cor, menos a rede esperava o que saiu. Mede-se em nats: 0 é certeza, e a cada 0,7 a chance cai à metade.',
  colore: (leitura, i) => Math.round(Math.min((leitura.surpresa(i) ?? 0) / MUITO, 1) * PASSOS),
  diz: dizerSurpresa,
  mostra: mostrarMedias,
};

function dizerSurpresa(leitura, i) {
  const nats = leitura.surpresa(i), { id } = leitura.pontos[i];
  if (nats === null) return 'O que vem agora ainda não surpreendeu ninguém.';
  return `${leitura.citado(id, i)}: ${decimal(nats, 2)} ${nats < 2 ? 'nat' : 'nats'}, ${emQuantas(Math.exp(-nats))}.`;
}

// A média por letra, com o que fecha o poema, é a de `just explica`; a de palavras se lê melhor por palavra.
function mediasDe(leitura) {
  const saidos = leitura.pontos.filter(({ id }) => id !== null);
  const soma = saidos.reduce((total, _, i) => total + leitura.surpresa(i), 0);
  const letras = saidos.reduce((total, { id }) => total + [...leitura.token(id)].length, 0);
  return { porPeca: soma / saidos.length, porLetra: soma / letras };
}

function mostrarMedias(leitura) {
  const { porPeca, porLetra } = leitura.medias ??= mediasDe(leitura), { peca: [uma, muitas] } = leitura;
  const quantas = Math.exp(porPeca), entre = quantas < 100 ? decimal(quantas, 1) : Math.round(quantas).toLocaleString('pt-BR');
  const mede = !Number.isNaN(porPeca);
  um('#media').textContent = mede ? decimal(porPeca, 2) : '—';
  um('#media-de').textContent = `nat por ${uma}, em média`;
  um('#perplexidade').textContent = mede ? entre : '—';
  const repartida = uma === 'letra' ? '' : ` Repartida pelas letras, a média é de ${decimal(porLetra, 2)} nat.`;
  um('#media-em-frase').textContent = !mede ? 'Ainda não há o que medir.'
    : `A cada ${uma}, a rede hesitou como quem escolhe entre ${entre} ${muitas} igualmente prováveis: é o que diz a perplexidade.${repartida}`;
}
