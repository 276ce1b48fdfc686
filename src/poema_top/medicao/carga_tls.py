"""A carga por TLS: o aperto de mão é de verdade; depois, uma amostra decifra e o resto só conta bytes.

Decifrar dez mil fluxos em Python ocuparia mais núcleos do que se mede, e quem cifra não sabe se do outro
lado alguém decifra. Quem só conta também não responde aos pings, que estão cifrados: o servidor o larga
passado pouco mais de um minuto, e a medida precisa acabar antes.
"""

import socket
import ssl

from poema_top.medicao.carga import Carga, Leitor

AMOSTRA = 50  # de quantos em quantos leitores um decifra
DE_CADA_LUGAR = 90  # leitores do mesmo endereço; o nginx aceita cem
LUGARES = 4000  # endereços de onde se pedem poemas próprios; o nginx aceita trinta por minuto de cada um


class CargaTLS(Carga):
    """A mesma carga, por TLS e vinda de muitos endereços de loopback, que são 127.x.y.z."""

    def __init__(self, porta: int, confia: ssl.SSLContext, dominio: str) -> None:
        """Ninguém conectado ainda.

        Args:
            porta: a do TLS, em 127.0.0.1.
            confia: quem confia no certificado.
            dominio: o nome do site.
        """
        super().__init__(porta)
        self._confia, self._host, self._amostra = confia, dominio, AMOSTRA
        self._balde = bytearray(65536)
        self._ligados = {False: 0, True: 0}  # quantos até aqui: do fluxo comum e de poemas próprios

    def _liga(self, *, proprio: bool) -> socket.socket:
        quantos = self._ligados[proprio]
        self._ligados[proprio] += 1
        lugar = 128 * 256 + quantos % LUGARES if proprio else 256 + quantos // DE_CADA_LUGAR
        de = f"127.{lugar // 256}.{lugar % 256}.1"
        tomada = socket.create_connection(self._destino, source_address=(de, 0))
        tomada.setblocking(False)
        return self._confia.wrap_socket(tomada, server_hostname=self._host, do_handshake_on_connect=False)

    def _pede(self, leitor: Leitor) -> None:
        """Anda com o aperto de mão do TLS; acabado, faz o pedido."""
        try:
            leitor.tomada.do_handshake()  # type: ignore[attr-defined]
            leitor.cifrado = True
            super()._pede(leitor)
        except ssl.SSLWantReadError:
            return
        except OSError:
            self._sai(leitor, normal=False)

    def _le_um(self, leitor: Leitor) -> None:
        if not leitor.cifrado:
            self._pede(leitor)
        elif leitor.aceito and not leitor.anotado:
            self._conta(leitor)
        else:
            super()._le_um(leitor)
            if leitor.aceito and not leitor.anotado and isinstance(leitor.tomada, ssl.SSLSocket):
                # O OpenSSL só tirou da tomada registros inteiros: daqui em diante ela se lê sem ele.
                leitor.tomada = socket.socket(fileno=leitor.tomada.detach())

    def _conta(self, leitor: Leitor) -> None:
        try:
            quantos = leitor.tomada.recv_into(self._balde)
        except OSError:
            quantos = 0
        if not quantos:
            self._sai(leitor, normal=False)
        elif self.medindo:
            self.colheita.bytes += quantos
