# Os comandos do Poema 🔝. Cada um roda o arquivo de mesmo nome em src/poema_top; as opções de cada
# um aparecem com --help: just treina --help

set positional-arguments
set quiet
# No Windows quem lê as linhas das receitas é o Python.
set windows-shell := ["py", "-3", "ferramentas/roda.py", "--receita"]

# Prepara o .venv com os requisitos e roda com o Python dele o módulo ou o arquivo que vem depois.
roda := if os_family() == "windows" { "roda" } else { "sh ferramentas/python.sh ferramentas/roda.py" }
export PYTHONPATH := "src"
# De onde vieram as opções: os caminhos delas são relativos a esta pasta, e não à do projeto.
export POEMA_AQUI := invocation_directory_native()
titulo := "Poema 🔝: os comandos (as opções de cada um, com --help)\n"

_lista:
    "{{ just_executable() }}" --list --unsorted --list-heading "{{ titulo }}"

# treina um modelo novo (dez minutos, sem opções) e mostra poemas dele
[group('modelo'), no-exit-message]
treina *opcoes:
    {{ roda }} requirements.txt poema_top.treina "$@"

# o mesmo treino, dividido entre várias máquinas (ou em dois processos desta)
[group('modelo'), no-exit-message]
treina-distribuido *opcoes:
    {{ roda }} requirements.txt poema_top.treina_distribuido "$@"

# mostra o que o modelo mais novo escreve, a várias temperaturas
[group('modelo'), no-exit-message]
amostra *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.amostra "$@"

# escreve sem parar no terminal, em ritmo de leitura
[group('modelo'), no-exit-message]
infere *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.infere "$@"

# mede a perda, as palavras, as cópias e a forma de um modelo; --juiz pede notas a uma LLM
[group('modelo'), no-exit-message]
avalia *opcoes:
    {{ roda }} requirements-avalia.txt poema_top.avalia "$@"

# ensina o crítico, que escolhe entre rascunhos, com as notas que um leitor deu
[group('modelo'), no-exit-message]
critica *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.critica "$@"

# leva um modelo para onde este projeto não está: just exporta pagina, site ou keras
[group('modelo'), no-exit-message]
exporta *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.exporta "$@"

# mostra as chances do próximo caractere e colore um poema pela surpresa do modelo
[group('modelo'), no-exit-message]
explica *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.explica "$@"

# abre no navegador o caderno "de um caractere a um poema", em http://localhost:8888/
[group('caderno'), no-exit-message]
caderno *opcoes:
    {{ roda }} requirements-lab.txt jupyterlab --LabApp.default_url=/lab/tree/cadernos/poema.ipynb "$@"

# refaz cadernos/poema.ipynb a partir de poema.py; --roda refaz também as figuras
[group('caderno'), no-exit-message]
caderno-monta *opcoes:
    {{ roda }} requirements-caderno.txt ferramentas/caderno.py "$@"

# serve a página com poemas ao vivo em http://localhost:8000/
[group('site'), no-exit-message]
websocket *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.websocket "$@"

# manda o site a um servidor: just publica USUARIO@SERVIDOR mostra; com --de-verdade, envia
[group('site'), no-exit-message]
publica *opcoes:
    sh ferramentas/publica.sh "$@"

# lê textos de qualquer pasta, separa e limpa os poemas; --saida os grava prontos para treinar
[group('dados'), no-exit-message]
dataset *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.dataset "$@"

# pede poemas a uma LLM (Ollama, llama.cpp, vLLM), limpa-os e os guarda: --saida dataset/meus-poemas.txt
[group('dados'), no-exit-message]
gera *opcoes:
    {{ roda }} requirements-gera.txt poema_top.gera "$@"

# mostra os tokens de um arquivo de poemas (letras, sílabas ou palavras), com contagens
[group('dados'), no-exit-message]
vocabulario *opcoes:
    {{ roda }} requirements-servidor.txt poema_top.vocabulario "$@"

# mede e compara: just mede geracao
[group('projeto'), no-exit-message]
mede *opcoes:
    {{ roda }} requirements.txt poema_top.mede "$@"

# passa os testes
[group('projeto'), no-exit-message]
testa *opcoes:
    {{ roda }} requirements-dev.txt+requirements-llm.txt pytest -n auto --maxprocesses 4 --dist loadfile "$@"

# põe à prova o arquivo de produção do nginx, com um nginx de verdade nesta máquina
[group('projeto'), no-exit-message]
nginx-teste *opcoes:
    {{ roda }} requirements-dev.txt pytest -k nginx "$@"

# confere estilo, tipos e os fluxos do GitHub Actions
[group('projeto'), no-exit-message]
verifica:
    {{ roda }} requirements-verifica.txt ruff format --check .
    {{ roda }} requirements-verifica.txt ruff check .
    {{ roda }} requirements-verifica.txt mypy
    {{ roda }} requirements-verifica.txt ferramentas/fluxos.py

# formata o código
[group('projeto'), no-exit-message]
formata:
    {{ roda }} requirements-verifica.txt ruff check --fix .
    {{ roda }} requirements-verifica.txt ruff format .

# refaz a tranca do servidor: a versão e os hashes de tudo o que ele instala; --upgrade as renova
[group('projeto'), no-exit-message]
tranca *opcoes:
    {{ roda }} requirements-tranca.txt uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: --custom-compile-command "just tranca" --output-file requirements-servidor.lock requirements-servidor.txt "$@"

# pergunta a uma base pública se o que o servidor instala tem falhas conhecidas
[group('projeto'), no-exit-message]
audita *opcoes:
    {{ roda }} requirements-tranca.txt ferramentas/audita.py "$@"

# faz as fotos do README e de docs/: a página ao vivo, um treino e um poema colorido pela surpresa
[group('projeto'), no-exit-message]
fotografa *opcoes:
    {{ roda }} requirements-dev.txt ferramentas/fotografa.py "$@"

# escreve docs/comandos.md: o --help de cada comando
[group('projeto'), no-exit-message]
comandos *opcoes:
    {{ roda }} requirements-verifica.txt ferramentas/comandos.py "$@"
