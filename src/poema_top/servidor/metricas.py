"""O que o servidor conta de si, no formato do Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# Segundos: de um quadro que sai na hora a um servidor que não dá conta.
FAIXAS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metricas:
    """Um registro por servidor: dois no mesmo processo (os testes) não se misturam."""

    def __init__(self) -> None:
        """Tudo em zero."""
        self._registro = r = CollectorRegistry()
        self.conexoes = Gauge("poema_conexoes", "Conexões TCP abertas", registry=r)
        self.leitores = Gauge("poema_leitores", "Leitores do fluxo comum", registry=r)
        self.proprios = Gauge("poema_proprios", "Poemas pedidos por leitores, em andamento", registry=r)
        self.rascunhos = Gauge(
            "poema_rascunhos", "Rascunhos de poemas pedidos, à espera ou sendo escritos", registry=r
        )
        self.poemas = Counter("poema_poemas", "Poemas escritos até o fim", ["fluxo"], registry=r)
        self.caracteres = Counter("poema_caracteres", "Caracteres escritos", ["fluxo"], registry=r)
        self.recusados = Counter("poema_recusados", "Conexões e pedidos recusados", ["motivo"], registry=r)
        self.derrubados = Counter("poema_derrubados", "Leitores derrubados por não lerem", registry=r)
        self.atraso = Histogram(
            "poema_atraso_segundos",
            "Da hora marcada de um quadro ao último leitor",
            buckets=FAIXAS,
            registry=r,
        )
        self.espera = Histogram(
            "poema_espera_segundos", "Do pedido de um poema ao primeiro quadro", buckets=FAIXAS, registry=r
        )

    def texto(self) -> bytes:
        """O que `/metricas` responde."""
        return generate_latest(self._registro)
