#!/bin/sh
# Manda ao servidor, por rsync sobre ssh, só o que ele usa; sem --de-verdade, só mostra o que mandaria.
# Uso: ferramentas/publica.sh USUARIO@SERVIDOR[:PASTA] [--de-verdade]
# Opções do ssh (outra porta, outra chave) vão no RSYNC_RSH: RSYNC_RSH="ssh -p 2222"
set -eu
cd "$(dirname "$0")/.."

erra() {
    echo "erro: $1" >&2
    exit 2
}

destino= ensaio=--dry-run
for argumento; do
    case $argumento in
        --de-verdade) ensaio= ;;
        -h | --help) echo "uso: just publica USUARIO@SERVIDOR[:PASTA] [--de-verdade]   (PASTA: /opt/poema_top)"; exit ;;
        -*) erra "opção desconhecida: $argumento; a que existe é --de-verdade." ;;
        *) [ -z "$destino" ] || erra "um servidor de cada vez (veio $destino e $argumento)."; destino=$argumento ;;
    esac
done
case $destino in
    "") erra "falta dizer aonde: just publica USUARIO@SERVIDOR." ;;
    *:* | /*) ;;  # já diz a pasta
    *) destino=$destino:/opt/poema_top ;;
esac
command -v rsync >/dev/null || erra "preciso do rsync (no Debian e no Ubuntu: apt install rsync), aqui e no servidor."

# -R guarda os caminhos, e --delete só apaga dentro das pastas enviadas: o .venv de lá fica.
# Sem dono nem grupo: lá tudo é de quem recebe, e qualquer um lê (o serviço roda com outro usuário).
envia() {
    rsync -rlptzR $ensaio --chmod=D755,Fu+rw,Fgo+r,Fgo-w --exclude=__pycache__ --exclude='.*' \
        --exclude=modelo.keras --exclude=retomada.npz --exclude='*.png' --exclude=historico.csv "$@" \
        src nginx systemd modelos_treinados ferramentas/ambiente.py ferramentas/preparo \
        ferramentas/roda.py ferramentas/python.sh index.html justfile just \
        requirements-just.txt requirements-servidor.txt "${destino%/}/" \
        || erra "o rsync não conseguiu; confira o endereço, a sua chave de ssh e se você pode gravar em $destino."
}

# A ficha de um modelo vai por último: é ela que diz ao servidor que a pasta está inteira.
if [ -z "$ensaio" ]; then envia --exclude=ficha.json; fi
envia --delete-after --itemize-changes

if [ -n "$ensaio" ]; then
    echo "isto foi um ensaio, nada foi enviado; para enviar: just publica $destino --de-verdade"
    exit
fi
cat <<'FIM'
enviado. A página e os modelos novos já valem; o resto, no servidor, como root e na pasta do projeto:
    python3 ferramentas/ambiente.py requirements-servidor.txt   # se os requisitos mudaram
    systemctl restart poema_top                                 # se o código mudou: os leitores voltam sozinhos
A primeira vez está em docs/servidor.md.
FIM
