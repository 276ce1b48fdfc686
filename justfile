# Os comandos do Poema 🔝. Cada um roda o arquivo de mesmo nome em src/poema_top; as opções de cada
# um aparecem com --help: just treina --help

set positional-arguments
set quiet

python := ".venv/bin/python"
export PYTHONPATH := "src"

_lista:
    printf 'Poema 🔝: os comandos (as opções de cada um, com --help)\n'
    {{ just_executable() }} --list --unsorted --list-heading ""

_ambiente requisitos *pip:
    sh ferramentas/ambiente.sh {{ requisitos }} {{ pip }}

# treina um modelo novo (dez minutos, sem opções) e mostra poemas dele
[group('modelo')]
treina *opcoes: (_ambiente "requirements.txt")
    {{ python }} -m poema_top.treina "$@"

# o mesmo treino, dividido entre várias máquinas (ou em dois processos desta)
[group('modelo')]
treina-distribuido *opcoes: (_ambiente "requirements.txt")
    {{ python }} -m poema_top.treina_distribuido "$@"

# mostra o que o modelo mais novo escreve, a várias temperaturas
[group('modelo')]
amostra *opcoes: (_ambiente "requirements-servidor.txt")
    {{ python }} -m poema_top.amostra "$@"

# escreve sem parar no terminal, em ritmo de leitura
[group('modelo')]
infere *opcoes: (_ambiente "requirements-servidor.txt")
    {{ python }} -m poema_top.infere "$@"

# mede a perda, as palavras, as cópias e a forma de um modelo; --juiz pede notas a uma LLM
[group('modelo')]
avalia *opcoes: (_ambiente "requirements-avalia.txt")
    {{ python }} -m poema_top.avalia "$@"

# mostra as chances do próximo caractere e colore um poema pela surpresa do modelo
[group('modelo')]
explica *opcoes: (_ambiente "requirements-servidor.txt")
    {{ python }} -m poema_top.explica "$@"

# serve a página com poemas ao vivo em http://localhost:8000/
[group('site')]
websocket *opcoes: (_ambiente "requirements-servidor.txt")
    {{ python }} -m poema_top.websocket "$@"

# manda o site a um servidor: just publica USUARIO@SERVIDOR mostra; com --de-verdade, envia
[group('site')]
publica *opcoes:
    sh ferramentas/publica.sh "$@"

# conta e confere um arquivo de poemas; --limpa grava uma cópia limpa
[group('dados')]
dataset *opcoes: (_ambiente "requirements-servidor.txt")
    {{ python }} -m poema_top.dataset "$@"

# mostra os caracteres de um arquivo de poemas, com contagens
[group('dados')]
vocabulario *opcoes: (_ambiente "requirements-servidor.txt")
    {{ python }} -m poema_top.vocabulario "$@"

# mede e compara: just mede geracao
[group('projeto')]
mede *opcoes: (_ambiente "requirements.txt")
    {{ python }} -m poema_top.mede "$@"

# passa os testes
[group('projeto')]
testa *opcoes: (_ambiente "requirements-dev.txt") (_ambiente "requirements-llm.txt" "--no-deps")
    {{ python }} -m pytest "$@"

# põe à prova o arquivo de produção do nginx, com um nginx de verdade nesta máquina
[group('projeto')]
nginx-teste *opcoes: (_ambiente "requirements-dev.txt")
    {{ python }} -m pytest tests/test_nginx*.py "$@"

# confere estilo e tipos
[group('projeto')]
verifica: (_ambiente "requirements-dev.txt")
    {{ python }} -m ruff format --check .
    {{ python }} -m ruff check .
    {{ python }} -m mypy

# formata o código
[group('projeto')]
formata: (_ambiente "requirements-dev.txt")
    {{ python }} -m ruff check --fix .
    {{ python }} -m ruff format .

# faz as fotos do README e de docs/: a página ao vivo e um poema colorido pela surpresa
[group('projeto')]
fotografa *opcoes: (_ambiente "requirements-dev.txt")
    {{ python }} ferramentas/fotografa.py "$@"
