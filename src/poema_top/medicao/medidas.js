'use strict';

/* O que `just mede pagina` chama na página que mede: cada função devolve tempos em ms, e quem resume é o Python. */

let modelo, direta;

// Do arquivo na mão à primeira letra; e prepara a base, fora do tempo.
async function prepara() {
  const bytes = new Uint8Array(await (await fetch('modelo.bin')).arrayBuffer());
  const comeco = performance.now();
  modelo = await Poeta.abre(bytes);
  new Poeta.Escrita(modelo, { semente: 0 }).avanca({ letras: 1 });
  const primeira = performance.now() - comeco;
  direta = new Direta(bytes);
  return primeira;
}

// Os dois modos de escrever: cada um dá um passo, e devolve o id do token escrito.
const modos = {
  rede(estado) {
    if (!estado.escrita || estado.escrita.acabou) {
      estado.escrita = new Poeta.Escrita(modelo, { semente: 1, texto: estado.n++ });
    }
    return estado.escrita.passo();
  },
  direta(estado) {
    const logits = direta.le(estado.id ?? modelo.vocabulario.separador);
    return estado.id = Poeta.escolhe(Poeta.chances(logits), Poeta.numero(1, estado.n++));
  },
};

// Escreve por tantos milissegundos; de cada trecho de tantos tokens, as letras e o tempo.
function trechos(modo, prazo, tokens) {
  const comeco = performance.now(), medidos = [], estado = { n: 0 };
  while (performance.now() - comeco < prazo) {
    const antes = performance.now();
    let letras = 0;
    for (let i = 0; i < tokens; i++) letras += modelo.tokens[modos[modo](estado)].length;
    medidos.push([letras, performance.now() - antes]);
  }
  return medidos;
}

// Escreve na tela, uma fatia por quadro; os intervalos entre dois quadros, e quanto durou cada fatia.
function quadros(prazo, fatia) {
  const onde = document.body.appendChild(document.createElement('p')), comeco = performance.now();
  const intervalos = [], fatias = [];
  let texto = 0, escrita = null, anterior = 0;
  return new Promise((fim) => requestAnimationFrame(function anda(agora) {
    if (anterior) intervalos.push(agora - anterior);
    anterior = agora;
    const antes = performance.now();
    if (!escrita || escrita.acabou) escrita = new Poeta.Escrita(modelo, { semente: 2, texto: texto++ });
    escrita.avanca({ prazo: fatia });
    onde.textContent = escrita.texto;
    fatias.push(performance.now() - antes);
    if (agora - comeco < prazo) requestAnimationFrame(anda);
    else fim([intervalos, fatias]);
  }));
}
