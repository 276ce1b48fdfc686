#!/bin/sh
# Roda um arquivo daqui com o primeiro Python que houver: o do .venv, se ainda roda, ou um do sistema.
# Se ele serve para o projeto, e de onde tirar outro, quem sabe é ambiente.py.
cd "$(dirname "$0")/.."
for python in .venv/bin/python python3 python3.13 python3.12 python3.11; do
    if "$python" -IS -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        exec "$python" -ES "$@"
    fi
done
echo "erro: preciso de Python 3.11, 3.12 ou 3.13 (no Debian e no Ubuntu: apt install python3 python3-venv)." >&2
exit 2
