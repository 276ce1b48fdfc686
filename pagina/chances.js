'use strict';

// Chances: o que a rede esperava num ponto do poema, em barras. Escolher outra barra é um ramo, e ramo.js o escreve.

const BARRAS = 8;              // e mais uma, se o que saiu não estava entre as oito maiores
const grau = um('#dentro-temperatura');

vistas.chances = {
  explica: ({ peca: [uma, muitas] }) =>
    `Antes de cada ${uma}, a rede dá uma chance a todas as ${muitas} e sorteia. Escolha outra barra, e ela continua dali.`,
  diz: dizerChance,
  mostra: mostrarBarras,
};

function chancesEm(leitura, i) {
  return Poeta.chances(leitura.pontos[i].logits, { temperatura: grau.valueAsNumber });
}

function dizerChance(leitura, i) {
  const { id } = leitura.pontos[i];
  if (id === null) return 'O que vem agora, a rede ainda não sorteou.';
  const p = chancesEm(leitura, i)[id];
  return `${leitura.citado(id, i)}: ${porcento(p)}, ${emQuantas(p)}.`;
}

// Os ids das maiores chances, e o do que saiu. A temperatura 0 dá tudo a um: os outros ficam na ordem dos logits.
function maiores(p, logits, saiu) {
  const ordem = Array.from(p.keys()).sort((a, b) => p[b] - p[a] || logits[b] - logits[a] || a - b).slice(0, BARRAS);
  return saiu === null || ordem.includes(saiu) ? ordem : [...ordem, saiu];
}

function mostrarBarras(leitura, i) {
  const { id: saiu, logits } = leitura.pontos[i], p = chancesEm(leitura, i);
  const vistos = maiores(p, logits, saiu);
  um('#barras').replaceChildren(...vistos.map((id) => barra(leitura, i, id, p[id])));
  const outras = Math.max(0, 1 - vistos.reduce((soma, id) => soma + p[id], 0));
  um('#outras').textContent = `todas as outras: ${porcento(outras < 1e-9 ? 0 : outras)}`;
}

function barra(leitura, i, id, p) {
  const saiu = id === leitura.pontos[i].id, item = document.createElement('li'), botao = document.createElement('button');
  const parte = (classe, texto) => Object.assign(document.createElement('span'), { className: classe, textContent: texto });
  botao.type = 'button';
  botao.dataset.id = id;
  botao.setAttribute('aria-label', `${leitura.citado(id, i)}, ${porcento(p)}${saiu ? '; saiu' : ''}`);
  if (saiu) botao.setAttribute('aria-disabled', 'true');   // continua a ser lida, mas já é o caminho do poema
  const cheia = parte('cheia', '');
  cheia.style.inlineSize = `${100 * p}%`;
  botao.append(cheia, parte('nome', leitura.nome(id, i)), parte('saiu', saiu ? 'saiu' : ''), parte('quanto', porcento(p)));
  item.append(botao);
  return item;
}

function esquentar(graus = grau.value) {
  grau.value = graus;
  dizerValor(grau, decimal(grau.valueAsNumber, 1));
  if (porDentro.aba === 'chances') mostrarPonto();
}

grau.addEventListener('input', () => esquentar());
um('#barras').addEventListener('click', ({ target }) => {
  const botao = target.closest('[data-id]:not([aria-disabled])');
  if (botao) ramificar(porDentro.escolhido, Number(botao.dataset.id));
});
esquentar();
