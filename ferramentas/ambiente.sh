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
    # O setuptools que o Python 3.11 põe aqui só serve para montar pacotes; quem precisa dele o pede.
    "$venv/bin/python" -m pip uninstall --quiet --quiet --yes setuptools
    find "$venv" -name __pycache__ -prune -exec rm -r {} +
fi

echo "instalando $requisitos em $venv (só quando os requisitos mudam)..." >&2
compila=--compile
if [ "$requisitos" = requirements-servidor.txt ]; then
    # A maior parte nunca é usada; cada módulo se compila no primeiro uso.
    compila=--no-compile
fi
export PYTHONDONTWRITEBYTECODE=1
# O llama-server dos testes compila-se ao instalar: só ele, sem pressa de rodar, uma tarefa por núcleo.
export LLAMA_CPP_BUILD_JOBS="${LLAMA_CPP_BUILD_JOBS:-$(nproc 2>/dev/null || echo 1)}"
export CMAKE_ARGS="${CMAKE_ARGS:--DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DGGML_CPU_REPACK=OFF -DCMAKE_CXX_FLAGS_RELEASE=-O1}"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $compila "$@" -r "$requisitos"; then
    echo "erro: não consegui instalar $requisitos; confira a internet e o espaço em disco e tente de novo." >&2
    exit 2
fi
if [ "$requisitos" = requirements-servidor.txt ]; then
    # O primeiro uso é agora: o serviço não pode gravar aqui, e começaria devagar todas as vezes.
    PYTHONPATH=src PYTHONDONTWRITEBYTECODE='' "$venv/bin/python" -c "import poema_top.websocket"
fi
echo "$desejado" >"$carimbo"
