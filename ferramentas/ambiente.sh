#!/bin/sh
# Faz ou atualiza o .venv com o que um arquivo de requisitos pede; sem mudança, não faz nada.
# Uso: ferramentas/ambiente.sh requirements.txt [opções do pip]
set -eu
cd "$(dirname "$0")/.."
requisitos=$1
shift
venv=.venv

# O carimbo é a soma do arquivo e dos que ele inclui: muda se qualquer um deles mudar.
soma() {
    while read -r linha; do
        case $linha in "-r "*) soma "${linha#-r }" ;; esac
    done <"$1"
    cksum <"$1"
}

carimbo=$venv/.instalado-$requisitos
desejado=$(soma "$requisitos")
if [ "$(cat "$carimbo" 2>/dev/null)" = "$desejado" ]; then exit 0; fi

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    for python in python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            achado=$python
            break
        fi
    done
    if [ -z "${achado-}" ]; then
        echo "erro: preciso de Python 3.11, 3.12 ou 3.13 com venv (no Debian e no Ubuntu: apt install python3-venv, ou python3.11-venv onde o python3 for mais velho)." >&2
        exit 2
    fi
    echo "criando $venv com $("$achado" --version)..." >&2
    "$achado" -m venv --clear "$venv"
fi

echo "instalando $requisitos em $venv (só quando os requisitos mudam)..." >&2
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" -r "$requisitos"; then
    echo "erro: não consegui instalar $requisitos; confira a internet e o espaço em disco e tente de novo." >&2
    exit 2
fi
echo "$desejado" >"$carimbo"
