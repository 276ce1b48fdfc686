#!/bin/sh
# Manda ao servidor, por rsync sobre ssh, só o que ele usa; sem --de-verdade, só mostra o que mandaria.
# Uso: ferramentas/publica.sh USUARIO@SERVIDOR[:PASTA] [--de-verdade]
# Opções do ssh (outra porta, outra chave) vão no RSYNC_RSH: RSYNC_RSH="ssh -p 2222"
set -eu
cd "$(dirname "$0")/.."

MARCA=.poema_top  # o arquivo que diz que uma pasta é nossa: só numa que o tem alguma coisa se apaga

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
nao_deu="o rsync não conseguiu; confira o endereço, a sua chave de ssh e se você pode gravar em $destino."


copia=$(mktemp -d)
trap 'rm -rf "$copia"' EXIT
trap 'exit 130' HUP INT TERM

# A pasta de lá é nossa se tem a marca, e serve se não existe ou está vazia; outra não se toca.
nossa=
if LC_ALL=C rsync --list-only "${destino%/}/" >"$copia/la" 2>"$copia/queixa"; then
    sed -E 's|^([^ ])[^ ]+ +[^ ]+ [^ ]+ [^ ]+ |\1 |' "$copia/la" >"$copia/nomes"  # o tipo e o nome
    outros=$(grep -v '^d \.$' "$copia/nomes" | cut -c 3- | head -n 3 | paste -sd , - | sed 's/,/, /g')
    if grep -q "^- $MARCA\$" "$copia/nomes"; then
        nossa=sim
    elif [ -n "$outros" ]; then
        erra "$destino não é de uma publicação nossa (falta $MARCA, e há $outros): publique numa pasta nova ou vazia; se é nossa, de antes de haver a marca, crie lá um arquivo vazio com esse nome."
    fi
elif ! grep -q 'change_dir .* failed: .* (2)$' "$copia/queixa"; then  # (2): a pasta não existe
    cat "$copia/queixa" >&2
    erra "$nao_deu"
fi

# Um modelo vai de uma cópia inteira: o treino troca a pasta dele a cada época que melhora, e guarda a de antes
# em .nome.anterior até acabar. Quem já entrou na pasta lê a mesma até o fim, ou a vê apagada e recomeça.
copia_modelo() {
    modelo=$copia/modelos_treinados/$1
    for _ in $(seq 50); do
        for pasta in "modelos_treinados/$1" "modelos_treinados/.$1.anterior"; do
            [ -e "$pasta/ficha.json" ] || continue
            mkdir -p "$modelo"
            (
                cd "$pasta" && cp -p passo.tflite vocabulario.json ficha.json "$modelo" &&
                    for outro in pagina.bin lembranca.npz; do
                        [ ! -e $outro ] || cp -p $outro "$modelo" || exit
                    done
            ) 2>/dev/null && confere "$modelo" && return
            rm -rf "$modelo"
        done
    done
    echo "fica de fora modelos_treinados/$1: não é um modelo completo (um treino acaba de começar nele, ou a cópia ficou pela metade)."
    echo "P /modelos_treinados/$1/***" >>"$copia/filtros"  # e a que houver lá fica como está
}

confere() {
    for arquivo in passo.tflite vocabulario.json pagina.bin; do
        # Os modelos de antes de haver pagina.bin não o têm.
        [ $arquivo != pagina.bin ] || grep -q "\"$arquivo\"" "$1/ficha.json" || continue
        grep -q "\"$arquivo\": \"$(sha256sum <"$1/$arquivo" | cut -c -64)\"" "$1/ficha.json" || return 1
    done
}

: >"$copia/filtros"
for pasta in modelos_treinados/*/ modelos_treinados/.*.anterior/ modelos_treinados/*/; do  # outra vez: trocam-se
    nome=$(basename "$pasta" .anterior)
    nome=${nome#.}
    [ "$nome" != critico ] || continue  # não é um modelo: vai adiante
    [ ! -d "$pasta" ] || [ -d "$copia/modelos_treinados/$nome" ] || grep -qxF "P /modelos_treinados/$nome/***" "$copia/filtros" || copia_modelo "$nome"
done
[ -d "$copia/modelos_treinados" ] && [ -n "$(ls "$copia/modelos_treinados")" ] || erra "não há modelo completo em modelos_treinados; treine um com: just treina"
critico=modelos_treinados/critico
if [ -f $critico/critico.npz ]; then mkdir "$copia/$critico" && cp -p $critico/critico.npz "$copia/$critico"; fi

# -R guarda os caminhos, e --delete só apaga dentro das pastas enviadas: o .venv de lá fica.
# Sem dono nem grupo: lá tudo é de quem recebe, e qualquer um lê (o serviço roda com outro usuário).
envia() {
    rsync -rlptOzR $ensaio --chmod=D755,Fu+rw,Fgo+r,Fgo-w --exclude=__pycache__ --exclude='.*' --exclude=/pagina/treino \
        --filter="merge $copia/filtros" "$@" \
        src nginx systemd "$copia/./modelos_treinados" ferramentas/ambiente.py ferramentas/preparo \
        ferramentas/roda.py ferramentas/python.sh pagina justfile just \
        requirements-just.txt requirements-servidor.txt requirements-servidor.lock "${destino%/}/" || erra "$nao_deu"
}

# A marca vai primeiro: uma primeira publicação interrompida se repete. E na primeira não há o que apagar.
if [ -z "$nossa$ensaio" ]; then
    echo "Esta pasta é de just publica: o que não está mais no projeto é apagado dela." >"$copia/$MARCA"
    rsync -t --chmod=F644 "$copia/$MARCA" "${destino%/}/" || erra "$nao_deu"
fi
# A ficha de um modelo vai por último: é ela que diz ao servidor que a pasta está inteira.
if [ -z "$ensaio" ]; then envia --exclude=ficha.json; fi
envia ${nossa:+--delete-after} --itemize-changes

if [ -n "$ensaio" ]; then
    [ -n "$nossa" ] || echo "seria a primeira publicação em $destino: a pasta ganharia a marca ($MARCA), e nada lá seria apagado"
    echo "isto foi um ensaio, nada foi enviado; para enviar: just publica $destino --de-verdade"
    exit
fi
cat <<'FIM'
enviado. A página e os modelos novos já valem; o resto, no servidor, como root e na pasta do projeto:
    python3 ferramentas/ambiente.py requirements-servidor.txt   # se os requisitos mudaram
    systemctl restart poema_top                                 # se o código mudou: os leitores voltam sozinhos
A primeira vez está em docs/servidor.md.
FIM
