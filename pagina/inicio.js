'use strict';

// O que liga tudo, quando tudo já se leu.

history.scrollRestoration = 'manual';
addEventListener('scroll', notarRolagem, { passive: true });
addEventListener('hashchange', abrirLink);
document.addEventListener('click', agir);
document.addEventListener('visibilitychange', () => irAoFim('instant'));
new ResizeObserver(() => irAoFim('smooth')).observe(poemas);
um('#pausar').addEventListener('click', () => (pena.parada ? continuar() : pausar(true)));
um('#fazer').addEventListener('click', abrir);
um('#meu-fechar').addEventListener('click', () => dialogo.close());
um('#meu-outro').addEventListener('click', fazerOutro);
um('#meu-link').addEventListener('click', (evento) => {
  evento.preventDefault();
  pedir(pedido);
});
formulario.addEventListener('submit', enviar);
temperatura.addEventListener('input', mostrarGraus);
for (const campo of [temperaturaDaqui, ritmo]) campo.addEventListener('input', mostrarControles);
dialogo.addEventListener('close', aoFechar);
minhaMao.before(meusVersos);
mostrarGraus();
mostrarControles();
mostrarFase('pedido');
comecarPoema();
if (semServidor()) {
  mostrarEstado('chegando');
  assumir();
} else canal.conectar();
abrirLink();
