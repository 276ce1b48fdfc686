# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # De um caractere a um poema
#
# Neste caderno você faz, do começo ao fim, um programa que escreve poemas em português. Ele não copia versos: lê uns
# milhares de poemas, aprende que letra costuma vir depois de quais, e depois escreve outros, letra por letra.
# É a mesma ideia, em miniatura, dos programas que conversam e escrevem redações.
#
# **Como se usa.** Clique na primeira célula de código e aperte `Shift + Enter`; depois na seguinte, até o fim. Leva uns
# quinze minutos lendo depressa, dos quais três são o computador aprendendo sozinho. Não é preciso instalar nada,
# nem ter placa de vídeo. Se algo der errado no meio, *Executar tudo* (em inglês, *Run all*) recomeça do zero.
#
# Depois de cada parte há **exercícios**, com a resposta dobrada embaixo: pense antes de abrir. As palavras novas estão num
# [glossário](#Glossário), no fim. Quem ensina tem uma página com planos de aula: [docs/aula.md](../docs/aula.md).
#
# O código que só desenha as figuras pode ser pulado na leitura. O que importa de verdade é pouco, e é todo de bibliotecas
# comuns: NumPy, para as contas, e Keras, para a rede.

# %%
import contextlib
import importlib.util
import os
import subprocess
import sys

MINUTOS = float(os.environ.get("POEMA_MINUTOS", "3"))  # de treino; mais é melhor
REPOSITORIO = "VOCE/poema-top"  # de onde baixar os poemas, no GitHub: o dono e o nome do projeto

# No Colab quase tudo isto já vem; o que faltar, aqui ou noutro lugar, instala-se agora.
pacotes = ["tensorflow", "keras", "matplotlib", "ai-edge-litert"]
faltam = [p for p in pacotes if importlib.util.find_spec(p.replace("-", "_")) is None]
if faltam:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *faltam], check=True)


@contextlib.contextmanager
def calado():
    """Cala por um instante os avisos em inglês que o TensorFlow escreve ao acordar."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    tela, nada = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nada, 2)
    try:
        yield
    finally:
        os.dup2(tela, 2)


import time
import urllib.request
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

os.environ["KERAS_BACKEND"] = "tensorflow"
with calado():
    import keras
    import tensorflow as tf
tf.get_logger().setLevel("ERROR")

keras.utils.set_random_seed(1)  # o acaso, sempre o mesmo: quem roda duas vezes vê quase o mesmo
print("pronto: Keras", keras.__version__)

# %%
# Só desenho: as cores, a vírgula dos decimais e o jeito das figuras. Pode pular.
AZUL, LARANJA, CINZA, TINTA = "#2a6f97", "#e07a3f", "#c3cad1", "#22303c"
plt.rcParams.update({
    "figure.dpi": 85, "figure.facecolor": "white", "font.size": 11,
    "text.color": TINTA, "axes.edgecolor": CINZA, "axes.labelcolor": TINTA,
    "xtick.color": TINTA, "ytick.color": TINTA, "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 12,
})  # fmt: skip


def virgula(numero, casas=2):
    """1234.5 -> "1.234,50"."""
    return f"{numero:,.{casas}f}".translate(str.maketrans(",.", ".,"))


def letra(c):
    """O espaço e o fim de verso, que não se veem, ganham um sinal."""
    return {" ": "␣", "\n": "↵"}.get(c, c)


def com_virgula(eixo, casas=1):
    eixo.set_major_formatter(lambda x, _: virgula(x, casas))


MAQUINA = {"family": "DejaVu Sans Mono", "size": 13, "ha": "center", "va": "center"}


def caixas(eixo, texto, y, cor, embaixo=None):
    """Cada letra numa caixa; `embaixo` é o que se escreve sob cada uma."""
    for i, c in enumerate(texto):
        eixo.add_patch(plt.Rectangle((i, y), 0.92, 0.92, color=cor, lw=0))
        eixo.text(i + 0.46, y + 0.44, letra(c), **MAQUINA)
        if embaixo is not None:
            eixo.text(i + 0.46, y - 0.35, embaixo[i], ha="center", va="center", size=9, color=AZUL)
    eixo.set(xlim=(-0.1, len(texto)), aspect="equal")
    eixo.axis("off")


def corta(poema, linhas=14):
    """As primeiras linhas de um poema."""
    todas = poema.split("\n")
    return "\n".join([*todas[:linhas], *["…"] * (len(todas) > linhas)])


def mostra_poemas(poemas, titulos, altura=3.6):
    """Poemas lado a lado, como numa página; dos compridos, o começo."""
    figura, eixos = plt.subplots(1, len(poemas), figsize=(10, altura))
    for eixo, poema, titulo in zip(np.atleast_1d(eixos), poemas, titulos):
        eixo.set_title(titulo, color=AZUL)
        eixo.text(0, 0.98, corta(poema), va="top", family="DejaVu Serif", size=10, linespacing=1.4)
        eixo.axis("off")
    plt.show()


# %% [markdown]
# ## 1. Os poemas
#
# Tudo o que a rede vai saber do português está num arquivo de texto: dez mil poemas curtos, um atrás do outro, cada um
# fechado por uma linha só com `@`. Não há rótulos, regras nem dicionário. Um modelo de linguagem grande os escreveu para este
# projeto, com poucas palavras de propósito: luas, mães, janelas, o mar. Um mundo pequeno cabe numa rede pequena.
#
# Passamos tudo a minúsculas, para que `A` e `a` sejam a mesma coisa: há menos a aprender.

# %%
lugares = [
    Path("../dataset/poemas-10k.txt"),
    Path("dataset/poemas-10k.txt"),
    Path("poemas-10k.txt"),
]
arquivo = next((lugar for lugar in lugares if lugar.exists()), lugares[-1])
if not arquivo.exists():
    if REPOSITORIO.startswith("VOCE/"):
        raise SystemExit(
            "Ponha poemas-10k.txt ao lado deste caderno, ou diga em REPOSITORIO de que projeto baixá-lo."
        )
    endereco = f"https://raw.githubusercontent.com/{REPOSITORIO}/main/dataset/poemas-10k.txt"
    urllib.request.urlretrieve(endereco, arquivo)


def le_poemas(caminho):
    """Os poemas de um arquivo, em minúsculas; uma linha só com "@" fecha cada um."""
    texto = "\n" + caminho.read_text(encoding="utf-8").lower() + "\n"
    return [poema.strip("\n") for poema in texto.split("\n@\n") if poema.strip()]


poemas = le_poemas(arquivo)
print(virgula(len(poemas), 0), "poemas,", virgula(sum(map(len, poemas)), 0), "caracteres.")
print("O décimo segundo:\n")
print(poemas[11])

# %%
vezes = Counter("".join(poemas)).most_common()
figura, eixo = plt.subplots(figsize=(10, 2.6))
eixo.bar([letra(c) for c, _ in vezes], [n / 1000 for _, n in vezes], color=AZUL)
eixo.set(title="Quantas vezes cada caractere aparece, em milhares", xlim=(-0.8, len(vezes) - 0.2))
plt.show()

# %% [markdown]
# `␣` é o espaço e `↵`, o fim de um verso: para a rede são letras como as outras. Já se vê alguma coisa do português: o `a` é
# a letra mais comum, e o `x`, uma das mais raras.
#
# ### Exercícios
#
# **1.** Quantos caracteres tem um poema, em média? Escreva a conta numa célula nova.
#
# <details><summary>Resposta</summary>
#
# `sum(map(len, poemas)) / len(poemas)`: uns 186, em oito versos.
#
# </details>
#
# **2.** Por que o `e` e o `é` são contados separados? Seria bom juntá-los?
#
# <details><summary>Resposta</summary>
#
# Para o computador são dois caracteres diferentes, e ninguém lhe disse que um é o outro com acento. Juntá-los deixaria menos a
# aprender, mas a rede já não saberia escrever <i>é</i>: sabiá e sábia seriam a mesma palavra.
#
# </details>

# %% [markdown]
# ## 2. O vocabulário
#
# Uma rede neural só faz contas: as letras têm de virar números. O **vocabulário** é a lista dos caracteres que aparecem, em
# ordem, e o número de cada um é a posição dele nessa lista. O `@` entra também: é com ele que a rede vai aprender onde um
# poema acaba.
#
# O projeto original que inspirou este tinha um vocabulário de 60 caracteres; o nosso é menor, porque os nossos poemas não
# têm algarismos nem parênteses.

# %%
letras = sorted(set("@" + "".join(poemas)))
numero_de = {c: i for i, c in enumerate(letras)}
V = len(letras)  # o tamanho do vocabulário


def codifica(texto):
    """Letras -> números."""
    return np.array([numero_de[c] for c in texto], np.int32)


VERSO = "a lua brilha no céu"
print(V, "caracteres:", "".join(map(letra, letras)))

figura, eixo = plt.subplots(figsize=(10, 1.2))
caixas(eixo, VERSO, 0, "#e8eef3", codifica(VERSO))
eixo.set_ylim(-0.7, 1)
plt.show()

# %% [markdown]
# O texto em cima, os números embaixo. Isto é tudo o que a rede vê.
#
# ### Exercícios
#
# **1.** Que número tem a letra `ç`? E que letra tem o número 0?
#
# <details><summary>Resposta</summary>
#
# `numero_de["ç"]` e `letras[0]`. O 0 é o fim de verso: na ordem do computador ele vem antes do espaço, que vem antes da
# pontuação, que vem antes das letras; as acentuadas ficam no fim.
#
# </details>
#
# **2.** O que acontece com `codifica("wi-fi")`? Por quê?
#
# <details><summary>Resposta</summary>
#
# Dá erro (<code>KeyError: 'w'</code>): nenhum dos poemas tem um <i>w</i>, e o vocabulário é só o que está neles. Uma rede não
# pode ler nem escrever o que não está no seu vocabulário.
#
# </details>

# %% [markdown]
# ## 3. One-hot
#
# Há um problema com esses números: o `b` não é o dobro do `a`, e o `c` não é a soma dos dois. Mas quem só faz contas pode
# se enganar com isso. Então cada número vira uma fila de zeros com um único 1, no lugar dele. Todas as letras ficam
# igualmente diferentes. Chama-se **one-hot**: um ligado, os outros não.

# %%
one_hot = np.eye(V, dtype=int)[codifica(VERSO)]
print(one_hot.shape, "->", len(VERSO), "letras, cada uma uma fila de", V)

figura, eixo = plt.subplots(figsize=(10, 4.2))
eixo.imshow(one_hot, cmap="Blues", vmax=1.3, aspect="auto")
eixo.set_xticks(range(V), [letra(c) for c in letras], family="DejaVu Sans Mono")
eixo.set_yticks(range(len(VERSO)), [letra(c) for c in VERSO], family="DejaVu Sans Mono", size=9)
eixo.set_title("Cada linha é uma letra do verso; o azul é o único 1 dela")
plt.show()

# %% [markdown]
# ### Exercícios
#
# **1.** Ache no desenho os três `a` do verso. O que as linhas deles têm em comum?
#
# <details><summary>Resposta</summary>
#
# São iguais: o 1 está na mesma coluna. A mesma letra é sempre a mesma fila, esteja onde estiver; saber onde ela está no
# verso é outro trabalho, o da parte 5.
#
# </details>
#
# **2.** Se em vez de letras usássemos palavras, e houvesse dez mil delas, que tamanho teria cada fila?
#
# <details><summary>Resposta</summary>
#
# Dez mil números, todos zero menos um. Por isso, com vocabulários grandes, se usa outra entrada, a <i>embedding</i>
# (<a href="../docs/silabas.md">docs/silabas.md</a> compara as duas).
#
# </details>

# %% [markdown]
# ## 4. A janela e o alvo
#
# Como se ensina sem professor? Com uma brincadeira: esconder o resto do texto e perguntar **qual é a próxima letra?** O próprio
# texto traz a resposta. A rede lê uma **janela** do texto, e o **alvo** é a mesma janela, uma letra adiante.

# %%
pedaco = "@" + poemas[11]
figura, eixo = plt.subplots(figsize=(10, 1.9))
caixas(eixo, pedaco[:20], 1.5, "#e8eef3")
caixas(eixo, pedaco[1:21], 0, "#f9e2d3")
seta = {"arrowstyle": "->", "color": CINZA}
for i in range(20):
    eixo.annotate("", (i + 0.46, 0.95), (i + 0.46, 1.48), arrowprops=seta)
eixo.text(-0.3, 1.95, "lê", ha="right", va="center", color=AZUL)
eixo.text(-0.3, 0.45, "prevê", ha="right", va="center", color=LARANJA)
eixo.set(xlim=(-2.6, 20), ylim=(-0.1, 2.5))
plt.show()

# %% [markdown]
# Um verso de vinte letras são vinte perguntas. E o arquivo inteiro são quase dois milhões, de graça: isso se chama aprendizado
# **auto-supervisionado**.
#
# No treino, a rede lê 32 poemas ao mesmo tempo, um **lote**, e de cada um vê 60 letras por vez: quatro janelas seguidas dão um
# poema. (Onde um acaba antes, segue o começo de outro; o `@` entre os dois diz à rede que o assunto mudou.) Mas antes
# separamos trezentos poemas que ela **não** vai ler: é neles que saberemos se aprendeu ou só decorou. A divisão é por poema
# inteiro. Se fosse por pedaços, metade de um poema estaria no treino e a outra metade na prova.

# %%
LOTE, JANELA, JANELAS = 32, 60, 4
FORA, QUANTOS = 300, 4800  # poemas da prova, e do treino

ordem = np.random.default_rng(1).permutation(len(poemas))
fora = [poemas[i] for i in ordem[:FORA]]
dentro = [poemas[i] for i in ordem[FORA : FORA + QUANTOS]]


def em_janelas(alguns):
    """Poemas -> as janelas que se leem e os alvos delas, lote por lote."""
    texto = codifica("@" + "@".join(alguns))
    comecos = np.flatnonzero(texto == numero_de["@"])
    comecos = comecos[: len(comecos) // LOTE * LOTE, None]  # só lotes cheios
    trechos = texto.take(comecos + np.arange(JANELAS * JANELA + 1), mode="wrap")
    lotes = [t.reshape(-1, LOTE, JANELAS, JANELA) for t in (trechos[:, :-1], trechos[:, 1:])]
    return [lote.swapaxes(1, 2).reshape(-1, JANELA) for lote in lotes]


lidas, certas = em_janelas(dentro)
passos = len(lidas) // LOTE
print(len(dentro), "poemas para o treino,", len(fora), "para a prova")
print(virgula(lidas.size, 0), "perguntas, em", passos, "lotes de", LOTE, "janelas de", JANELA)
print("lê:   ", "".join(letra(letras[i]) for i in lidas[0]))
print("prevê:", "".join(letra(letras[i]) for i in certas[0]))

# %% [markdown]
# ### Exercícios
#
# **1.** Depois de `a l`, que letras podem vir? E depois de `brilh`? Qual das duas perguntas é mais fácil?
#
# <details><summary>Resposta</summary>
#
# Depois de <code>a l</code>: <i>u</i> (a lua, a luz), <i>e</i> (a letra), <i>a</i> (a lama)... Depois de <code>brilh</code>, só
# <i>a</i>, <i>o</i>, <i>e</i>. O começo das palavras é difícil de adivinhar, e o fim é fácil. Veremos isto colorido, na parte 13.
#
# </details>
#
# **2.** Por que não dá para medir se a rede aprendeu usando os mesmos poemas do treino?
#
# <details><summary>Resposta</summary>
#
# Ela pode tê-los decorado, como quem decora as respostas da prova do ano passado. Só uma prova nova diz se aprendeu.
#
# </details>

# %% [markdown]
# ## 5. O que uma GRU lembra
#
# Para adivinhar a próxima letra é preciso lembrar das anteriores. A nossa rede usa uma camada chamada **GRU** (Cho e outros,
# 2014). Ela guarda um vetor de 128 números entre -1 e 1, o **estado**. A cada letra que lê, faz três contas, e nas três entram
# a letra $x$ e o estado $h$:
#
# $$z = \sigma(W_z x + U_z h + b_z) \qquad r = \sigma(W_r x + U_r h + b_r) \qquad c = \tanh(W_c x + r \odot (U_c h) + b_c)$$
#
# e o estado novo é uma mistura do velho com o candidato $c$:
#
# $$h_{novo} = z \odot h + (1 - z) \odot c$$
#
# Onde $z$ está perto de 1, o número fica como estava; onde está perto de 0, é trocado. A função $\sigma$ (sigmoide) só serve
# para dar um número entre 0 e 1, e $\odot$ multiplica número por número. Os $W$, $U$ e $b$ são os **parâmetros**, o que o
# treino vai ajustar. Agora eles estão sorteados: esta rede nunca leu nada.


# %%
def le(camada, texto):
    """Os estados de uma GRU ao ler um texto: uma linha por letra."""
    return keras.ops.convert_to_numpy(camada(np.eye(V, dtype=np.float32)[codifica(texto)][None]))[0]


def mapa(estados, texto, titulo):
    """Dezesseis números do estado, do começo ao fim do texto."""
    figura, eixo = plt.subplots(figsize=(10, 3.4))
    imagem = eixo.imshow(estados[:, :16].T, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    eixo.set_xticks(range(len(texto)), [letra(c) for c in texto], family="DejaVu Sans Mono")
    eixo.set(title=titulo, ylabel="16 dos 128 números", yticks=[])
    barra = figura.colorbar(imagem, ticks=[-1, 0, 1], pad=0.02)
    barra.outline.set_visible(False)
    plt.show()


nova = keras.layers.GRU(128, return_sequences=True)
mapa(le(nova, VERSO), VERSO, "O estado de uma GRU que ainda não aprendeu nada, letra a letra")

# %% [markdown]
# Cada linha é um dos números do estado, e cada coluna, uma letra lida. As cores são fracas e mudam a cada letra: por enquanto
# o estado é uma impressão vaga do que acabou de passar. Depois do treino voltaremos a este desenho.
#
# Lembra de quanto tempo atrás? Uma experiência: ler dois textos que só diferem na **primeira** letra e ver quanto os dois estados
# ainda diferem depois.

# %%
diferenca = np.abs(le(nova, VERSO) - le(nova, "o" + VERSO[1:])).mean(axis=1)
figura, eixo = plt.subplots(figsize=(10, 2.2))
eixo.bar(range(len(VERSO)), diferenca, color=[LARANJA, *[AZUL] * (len(VERSO) - 1)])
eixo.set_xticks(range(len(VERSO)), [letra(c) for c in VERSO], family="DejaVu Sans Mono")
eixo.set_title("Trocar a primeira letra por um «o»: quanto isso ainda muda o estado")
com_virgula(eixo.yaxis, 2)
plt.show()

# %% [markdown]
# ### Exercícios
#
# **1.** Se $z$ fosse sempre 1, o que a rede lembraria? E se fosse sempre 0?
#
# <details><summary>Resposta</summary>
#
# Com <i>z</i> = 1 o estado nunca mudaria: ela não veria nada do que lê. Com <i>z</i> = 0 seria todo trocado a cada letra: só
# saberia do passado o que coubesse no candidato. Aprender é, em boa parte, aprender quando guardar.
#
# </details>
#
# **2.** Pela figura das barras, uma GRU que não aprendeu nada ainda se lembra da primeira letra ao fim de dez?
#
# <details><summary>Resposta</summary>
#
# Quase nada: a diferença cai pela metade a cada uma ou duas letras. É o treino que a ensina a guardar por mais tempo o que
# vale a pena.
#
# </details>

# %% [markdown]
# ## 6. Os parâmetros, à mão e pelo Keras
#
# A rede inteira são duas GRU de 128, a segunda lendo o estado da primeira, e uma camada **densa** que tira do segundo estado um
# número por letra do vocabulário. Quantos parâmetros ela tem? Com $m$ entradas e $n$ unidades, cada uma das três contas da
# GRU tem uma matriz $W$ de $n \times m$, uma $U$ de $n \times n$ e, no Keras, dois vetores $b$ de $n$:
#
# $$3\,(n^2 + n m + 2n)$$
#
# Com os 60 caracteres do projeto original, à mão:


# %%
def da_gru(m, n):
    return 3 * (n * n + n * m + 2 * n)


contas = {"GRU 1": da_gru(60, 128), "GRU 2": da_gru(128, 128), "densa": 128 * 60 + 60}
for camada, quantos in contas.items():
    print(f"{camada:6} {virgula(quantos, 0):>8}")
print(f"total  {virgula(sum(contas.values()), 0):>8}")

figura, eixo = plt.subplots(figsize=(10, 1.5))
comeco = 0
for (camada, quantos), cor in zip(contas.items(), (AZUL, "#7fa9c4", LARANJA)):
    eixo.barh(0, quantos, left=comeco, color=cor)
    if quantos > 10000:
        rotulo = f"{camada}\n{virgula(quantos, 0)}"
        eixo.text(comeco + quantos / 2, 0, rotulo, ha="center", va="center", color="white")
    comeco += quantos
eixo.text(comeco + 1500, 0, f"densa\n{virgula(quantos, 0)}", va="center", color=LARANJA)
eixo.set_xlim(0, comeco * 1.1)
eixo.axis("off")
plt.show()

# %% [markdown]
# E pelo Keras. A função abaixo é a rede toda. `return_sequences=True` pede uma resposta para cada letra da janela, e não só
# para a última; `stateful=True`, usado no treino, faz cada janela continuar de onde a anterior parou.


# %%
def constroi(tokens, lote=None):
    """A rede: números de letras [lote, janela] -> logits [lote, janela, tokens]."""
    entrada = keras.Input(batch_shape=(lote, None), dtype="int32")
    x = keras.ops.one_hot(entrada, tokens)
    x = keras.layers.GRU(128, return_sequences=True, stateful=lote is not None)(x)
    x = keras.layers.GRU(128, return_sequences=True, stateful=lote is not None)(x)
    return keras.Model(entrada, keras.layers.Dense(tokens)(x))


do_original = constroi(60)
do_original.summary()
assert do_original.count_params() == sum(contas.values()) == 179_772

# %% [markdown]
# A mesma conta: 179.772. Não há mais nada lá dentro, só esses números. (A nossa tem um pouco menos, porque o nosso vocabulário
# é menor.)
#
# ### Exercícios
#
# **1.** Quantos parâmetros tem a nossa rede, com o vocabulário dos nossos poemas?
#
# <details><summary>Resposta</summary>
#
# <code>da_gru(V, 128) + da_gru(128, 128) + 128 * V + V</code>. Com 45 caracteres, 172.077. Confira com
# <code>constroi(V).count_params()</code>.
#
# </details>
#
# **2.** Se dobrarmos as unidades, de 128 para 256, os parâmetros dobram?
#
# <details><summary>Resposta</summary>
#
# Não: quase quadruplicam, por causa do <i>n</i>². <code>da_gru(60, 256) + da_gru(256, 256) + 256 * 60 + 60</code> dá 654.396.
#
# </details>
#
# **3.** O arquivo dos poemas tem quase dois milhões de caracteres, e a rede, menos de duzentos mil números. Dá para decorar tudo?
#
# <details><summary>Resposta</summary>
#
# Não cabe. Ela é obrigada a resumir: guardar o que se repete (sílabas, palavras, jeitos de frase) e deixar o resto.
#
# </details>

# %% [markdown]
# ## 7. Softmax e entropia cruzada, numa letra só
#
# A rede devolve um número por letra possível, os **logits**: quanto maior, mais ela aposta naquela. Para virarem chances,
# que são positivas e somam 1, passam pela **softmax**:
#
# $$\text{chance}_i = \frac{e^{\,\text{logit}_i}}{\sum_j e^{\,\text{logit}_j}}$$
#
# E quão boa foi a aposta? A **surpresa** com a letra que veio de verdade é $-\ln(\text{chance})$. Se a rede deu chance 1, a
# surpresa é 0; quanto menos esperava, maior. A média da surpresa é a **perda**, também chamada entropia cruzada, e treinar
# é só isto: fazê-la descer. Vejamos com a nossa rede, ainda sem treino, que leu `a lua brilha no cé` e não sabe que vem um `u`:

# %%
# Lê textos de qualquer tamanho; os pesos, por enquanto, são os do sorteio.
leitor = constroi(V)


def softmax(logits):
    # Tirar de todos o maior não muda o resultado, e nada estoura.
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def logits_depois_de(texto):
    """O que a rede diz, depois de ler o texto, de cada letra poder ser a próxima."""
    return leitor.predict(codifica(texto)[None], verbose=0)[0, -1]


def barras(eixo, chances, certa=None, quantas=None, titulo=""):
    quais = np.argsort(-chances)[:quantas] if quantas else range(V)
    cores = [LARANJA if letras[i] == certa else AZUL for i in quais]
    eixo.bar([letra(letras[i]) for i in quais], chances[quais], color=cores)
    eixo.set_title(titulo)
    com_virgula(eixo.yaxis, 2)


logits = logits_depois_de("@" + VERSO[:-1])
chances = softmax(logits)
do_u = chances[numero_de["u"]]
print("chance do u:", virgula(do_u, 4))
print(f"surpresa: -ln({virgula(do_u, 4)}) = {virgula(-np.log(do_u), 3)} nats")

# A mesma conta, feita pelo Keras.
entropia_cruzada = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
pelo_keras = entropia_cruzada(np.array([numero_de["u"]]), logits[None])
print("pelo Keras:", virgula(float(pelo_keras), 3))

figura, (esquerda, direita) = plt.subplots(1, 2, figsize=(10, 2.8), width_ratios=[3, 1])
barras(esquerda, chances, "u", titulo="Antes de aprender: todas as letras são quase iguais")
esquerda.tick_params(axis="x", labelsize=8)
com_virgula(esquerda.yaxis, 3)
x = np.linspace(0.004, 1, 300)
direita.plot(x, -np.log(x), color=CINZA)
direita.plot(do_u, -np.log(do_u), "o", color=LARANJA)
direita.set(title="surpresa = -ln(chance)", xlabel="chance")
com_virgula(direita.xaxis)
plt.show()

# %% [markdown]
# Uma rede que não sabe nada dá a cada uma das $V$ letras a chance $1/V$, e a surpresa é $\ln V$: com 45 letras, 3,81. Esse é o
# ponto de partida. A unidade chama-se **nat**.
#
# ### Exercícios
#
# **1.** Se a chance do `u` fosse 0,5, de quanto seria a surpresa? E se fosse 0,99?
#
# <details><summary>Resposta</summary>
#
# -ln 0,5 = 0,693 e -ln 0,99 = 0,010. (Em Python: <code>-np.log(0.5)</code>.)
#
# </details>
#
# **2.** Somar 10 a todos os logits muda as chances?
#
# <details><summary>Resposta</summary>
#
# Não. Cada e^(logit + 10) é e^10 vezes o que era, em cima e embaixo da fração, e isso se cancela. Só importam as diferenças.
#
# </details>

# %% [markdown]
# ## 8. O treino
#
# Agora a parte mágica, que não tem mágica. Para cada lote: a rede chuta, mede-se a perda, e o Keras calcula o **gradiente**, que
# diz, para cada um dos parâmetros, para que lado mexer para a perda descer um pouco. Mexe-se um pouco (o tamanho do passo é a
# **taxa de aprendizado**), e vem outro lote. Uma volta por todos os poemas é uma **época**.
#
# Para ver os versos melhorando, precisamos já de quem os escreva. `passo` é a mesma rede lendo **uma** letra: entra a
# letra e o que se lembrava, saem os logits e o que se lembra agora. Escrever é ler `@` (começa um poema), sortear uma letra
# pelas chances, ler a sorteada, e assim até sair outro `@`.

# %%
letra_lida = keras.Input((), dtype="int32")
lembra_1, lembra_2 = keras.Input((128,)), keras.Input((128,))
x, (novo_1,) = keras.layers.GRUCell(128, name="celula_1")(
    keras.ops.one_hot(letra_lida, V), [lembra_1]
)
x, (novo_2,) = keras.layers.GRUCell(128, name="celula_2")(x, [lembra_2])
passo = keras.Model([letra_lida, lembra_1, lembra_2], [keras.layers.Dense(V)(x), novo_1, novo_2])
avanca = tf.function(passo)  # o mesmo, compilado


def escreve(quantos, temperatura, semente=1, inicio="", maximo=320):
    """Vários poemas ao mesmo tempo, a partir de um começo."""
    acaso = np.random.default_rng(semente)
    estados = [tf.zeros((quantos, 128))] * 2
    textos = np.tile(codifica("@" + inicio), (quantos, 1))
    for i in range(maximo):
        logits, *estados = avanca([tf.constant(textos[:, i]), *estados])
        if i + 1 == textos.shape[1]:  # acabou o começo dado: daqui em diante, sorteia
            somas = softmax(logits.numpy() / temperatura).cumsum(axis=1)
            sorteadas = (somas > acaso.random((quantos, 1)) * somas[:, -1:]).argmax(axis=1)
            textos = np.column_stack([textos, sorteadas.astype(np.int32)])
    return ["".join(letras[i] for i in linha).split("@")[1] for linha in textos]


def surpresas(alguns):
    """De cada poema, a surpresa com cada letra dele e com o "@" do fim, em nats."""
    maior = max(map(len, alguns)) + 2
    textos = np.stack([codifica(("@" + poema + "@").ljust(maior, "@")) for poema in alguns])
    chances = softmax(leitor.predict(textos[:, :-1], batch_size=50, verbose=0))
    da_certa = np.take_along_axis(chances, textos[:, 1:, None], axis=2)[:, :, 0]
    return [-np.log(linha[: len(poema) + 1]) for poema, linha in zip(alguns, da_certa)]


def perda_na_prova(alguns):
    return float(np.concatenate(surpresas(alguns)).mean())


def leva_os_pesos():
    """Tudo o que a rede aprendeu passa à que lê e à que escreve."""
    leitor.set_weights(rede.get_weights())
    passo.set_weights(rede.get_weights())


# %% [markdown]
# A célula seguinte é quase toda desenho: de poucos em poucos segundos ela mostra a perda, e ao fim de cada época, versos. Também
# diminui aos poucos a taxa de aprendizado (passos grandes no começo, miúdos no fim) e para quando acaba o tempo.

# %%
EPOCAS, TAXA = 12, 5e-3


class Esquece(keras.callbacks.Callback):
    """Antes de cada leva de poemas, o estado volta a zero."""

    def on_train_batch_begin(self, batch, logs=None):
        if batch % JANELAS == 0:
            for camada in self.model.layers:
                if isinstance(camada, keras.layers.GRU):
                    camada.reset_state()


class AoVivo(keras.callbacks.Callback):
    """O que se vê enquanto a rede treina, e quando parar."""

    def on_train_begin(self, logs=None):
        self.perdas, self.prova = [(0, np.log(V))], []
        self.lotes, self.comeco = 0, None
        self.versos = "(ainda não escreveu nada)"
        self.visor = display(self.desenha(), display_id=True)

    def on_epoch_begin(self, epoch, logs=None):
        self.soma = 0

    def on_train_batch_end(self, batch, logs=None):
        self.comeco = self.comeco or time.monotonic()  # montar a rede, no primeiro lote, não conta
        self.lotes += 1
        if (batch + 1) % 20 == 0:  # o Keras dá a média da época até aqui; destes 20, é a diferença
            soma = logs["loss"] * (batch + 1)
            self.perdas.append((self.lotes / passos, (soma - self.soma) / 20))
            self.soma = soma
        if self.lotes % 100 == 0:
            self.visor.update(self.desenha())

        segundos = time.monotonic() - self.comeco
        andado = max(segundos / (60 * MINUTOS), self.lotes / (passos * EPOCAS))
        self.model.optimizer.learning_rate = TAXA * max(0.01, 1 - andado)
        self.model.stop_training = andado >= 1

    def on_epoch_end(self, epoch, logs=None):
        leva_os_pesos()
        self.prova.append((self.lotes / passos, perda_na_prova(fora[:100])))
        self.versos = corta(max(escreve(4, 0.5), key=len), 12)  # de quatro, o mais comprido
        self.visor.update(self.desenha())

    def desenha(self):
        figura, (curva, pagina) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=[3, 2])
        curva.axhline(np.log(V), color=CINZA, ls="--", lw=1)
        curva.text(0.1, np.log(V) - 0.05, "não saber nada", color="#7d8892", va="top", size=9)
        curva.plot(*np.transpose(self.perdas), color=AZUL, label="no treino")
        if self.prova:
            curva.plot(*np.transpose(self.prova), "o", color=LARANJA, label="nos poemas da prova")
        curva.set(xlabel="épocas", title="perda (nats por letra)", ylim=(0.8, 4))
        curva.legend(frameon=False)
        com_virgula(curva.yaxis)
        epocas = virgula(self.prova[-1][0], 1) if self.prova else "0"
        pagina.set_title(f"depois de {epocas} épocas, ela escreve:", color=AZUL)
        pagina.text(
            0, 0.98, self.versos, va="top", family="DejaVu Serif", size=10, linespacing=1.35
        )
        pagina.axis("off")
        plt.close(figura)
        return figura


rede = constroi(V, LOTE)
rede.compile(keras.optimizers.Adam(TAXA, clipnorm=1.0), entropia_cruzada)
ao_vivo = AoVivo()
ajudantes = [Esquece(), ao_vivo]
rede.fit(lidas, certas, LOTE, EPOCAS, verbose=0, callbacks=ajudantes, shuffle=False)
leva_os_pesos()

antes, depois = np.log(V), ao_vivo.prova[-1][1]
epocas = virgula(ao_vivo.lotes / passos, 1)
print(f"perda na prova: {virgula(antes)} antes, {virgula(depois)} depois de {epocas} épocas")

# %% [markdown]
# Em poucos segundos ela descobre os espaços e as letras mais comuns; depois, sílabas; depois, palavras, e por fim versos. Ninguém
# lhe disse o que é uma palavra.
#
# E o estado, que antes era uma impressão vaga? O mesmo desenho, agora:

# %%
mapa(le(leitor.layers[-3], VERSO), VERSO, "O estado da primeira GRU depois do treino")

# %% [markdown]
# As cores ficaram fortes: os números chegam perto de -1 e 1, e alguns atravessam várias letras sem mudar. Ninguém decidiu o
# que cada um guarda. Alguns parecem mudar nos espaços, outros nas vogais: a página do projeto, em *ver por dentro*, deixa
# procurar o que eles dizem ([docs/por-dentro.md](../docs/por-dentro.md)).
#
# ### Exercícios
#
# **1.** A perda no treino e a da prova são quase iguais. O que se veria se a rede estivesse decorando?
#
# <details><summary>Resposta</summary>
#
# A do treino continuaria a descer e a da prova pararia, ou começaria a subir. Experimente com <code>QUANTOS = 200</code> e
# <code>EPOCAS = 100</code>: com poucos poemas e muitas voltas ela decora.
#
# </details>
#
# **2.** O que acontece com a taxa de aprendizado dez vezes maior? E dez vezes menor?
#
# <details><summary>Resposta</summary>
#
# Com 0,05 os passos são tão grandes que ela pula por cima do que procura. Com 0,0005 desce na direção certa, mas devagar demais. Num
# minuto de treino, a perda na prova foi 2,08 com 0,05, 1,09 com 0,005 e 1,70 com 0,0005.
#
# </details>
#
# **3.** Treine dez minutos (`MINUTOS = 10` e `EPOCAS = 40`), com todos os poemas (`QUANTOS = 9600`). Quanto melhora?
#
# <details><summary>Resposta</summary>
#
# Um pouco, e cada vez menos: o que falta é o mais difícil. Quanto se ganha, e com o quê, está no diário do treino
# (<a href="../docs/treino.md">docs/treino.md</a>).
#
# </details>

# %% [markdown]
# ## 9. A temperatura
#
# Na hora de escrever, sorteia-se a letra pelas chances. Mas antes pode-se dividir os logits por um número, a
# **temperatura**. Dividir por um número menor que 1 os afasta uns dos outros, e a favorita fica com quase tudo; dividir por um
# maior que 1 os aproxima, e as azaronas ganham vez.

# %%
logits = logits_depois_de("@a lua ")
figura, eixos = plt.subplots(1, 3, figsize=(10, 2.6), sharey=True)
for eixo, temperatura in zip(eixos, (0.3, 1.0, 1.5)):
    barras(
        eixo,
        softmax(logits / temperatura),
        quantas=10,
        titulo=f"temperatura {virgula(temperatura, 1)}",
    )
figura.suptitle("Depois de «a lua », as dez letras mais prováveis", x=0.07, ha="left")
figura.tight_layout()
plt.show()

# %%
temperaturas = (0.3, 0.6, 1.2)
poemas_a = {t: escreve(4, t, semente=3, inicio="a lua ") for t in temperaturas}
mostra_poemas(
    [max(poemas_a[t], key=len) for t in temperaturas],
    [f"temperatura {virgula(t, 1)}" for t in temperaturas],
)

# %% [markdown]
# (De quatro, o mais comprido de cada.) Fria, ela se repete; quente, inventa palavras. Entre uma e outra mora o que interessa. A ordem das letras na fila nunca muda,
# só o tamanho das fatias.
#
# ### Exercícios
#
# **1.** O que seria a temperatura 0? E uma temperatura enorme, mil?
#
# <details><summary>Resposta</summary>
#
# Perto de 0, sai sempre a letra mais provável: o mesmo poema, todas as vezes. (Com 0 mesmo a conta não se faz: seria uma
# divisão por zero.) Com mil, todos os logits ficam quase iguais a zero, e o texto é uma sopa de letras.
#
# </details>
#
# **2.** Escolha um começo seu e a temperatura que preferir: `print(escreve(1, 0.6, semente=7, inicio="a escola ")[0])`. Mude a
# semente. O que muda e o que fica?
#
# <details><summary>Resposta</summary>
#
# A semente muda os números sorteados, e com eles o poema; as chances são as mesmas. A mesma semente dá sempre o mesmo poema: o
# acaso do computador é uma conta.
#
# </details>

# %% [markdown]
# ## 10. Um poema do nada
#
# A rede aprendeu que depois de um `@` vem um poema, e que um poema acaba em `@`. Então não precisa de começo nenhum: lê `@` e
# escreve até ela mesma dizer que acabou. Estes três são novos, sem escolha nem retoque (dos
# compridos, o começo):

# %%
mostra_poemas(escreve(3, 0.5, semente=10), ["semente 10, o primeiro", "o segundo", "o terceiro"])

# %% [markdown]
# ### Exercícios
#
# **1.** Os versos existem no arquivo? Confira: `any("um verso que ela escreveu" in poema for poema in poemas)`.
#
# <details><summary>Resposta</summary>
#
# A maioria não existe; um ou outro verso curto e comum, sim. Pedaços pequenos (<i>no céu</i>, <i>a lua</i>) existem aos
# montes, e é assim também quando uma pessoa escreve.
#
# </details>
#
# **2.** Os poemas têm sentido? Leia-os em voz alta e diga o que falta.
#
# <details><summary>Resposta</summary>
#
# As palavras e quase toda a gramática estão certas, mas o assunto muda a cada verso: ela lembra bem da última dúzia de letras, e
# mal do primeiro verso. O modelo maior que vem com o projeto, o <i>poeta</i>, escreve por palavras e segue melhor o assunto.
#
# </details>

# %% [markdown]
# ## 11. Perplexidade
#
# A perda é boa para treinar e ruim de imaginar. A **perplexidade** a traduz: $e^{\text{perda}}$ é entre quantas letras
# igualmente prováveis a rede hesita, em média. Quem não sabe nada hesita entre as $V$. Quem só sabe quais letras são comuns,
# entre menos. E a rede? Tudo medido nos trezentos poemas que ela não leu:

# %%
frequencia = np.bincount(lidas.ravel(), minlength=V) / lidas.size
da_prova = codifica("@".join(fora) + "@")
nats = {
    "não saber nada": np.log(V),
    "saber quais letras são comuns": float(-np.log(frequencia[da_prova]).mean()),
    "a nossa rede": perda_na_prova(fora),
}
for quem, perda in nats.items():
    print(f"{quem:30} {virgula(perda)} nats   perplexidade {virgula(np.exp(perda), 1)}")

figura, eixo = plt.subplots(figsize=(10, 1.8))
eixo.barh(list(nats), np.exp(list(nats.values())), color=[CINZA, CINZA, LARANJA])
for i, perda in enumerate(nats.values()):
    eixo.text(np.exp(perda) + 0.5, i, virgula(np.exp(perda), 1), va="center")
eixo.invert_yaxis()
eixo.set_title("Perplexidade: entre quantas letras se hesita")
plt.show()

# %% [markdown]
# (O projeto original falava em 2 elevado à perda. É o mesmo, se a perda for medida em bits: um nat são 1,44 bits, e
# $2^{\text{bits}} = e^{\text{nats}}$.)
#
# ### Exercícios
#
# **1.** Uma rede com perda 0 teria que perplexidade? É possível?
#
# <details><summary>Resposta</summary>
#
# e⁰ = 1: nunca hesita. Só se adivinhasse o que cada poeta ia escrever. O próprio português deixa escolha, e nenhuma rede desce
# abaixo dela.
#
# </details>
#
# **2.** O `padrao`, que treina dez minutos com as contas arrumadas para serem rápidas, chega a 0,865 nat. Qual é a perplexidade dele?
#
# <details><summary>Resposta</summary>
#
# e^0,865 ≈ 2,4. (<code>np.exp(0.865)</code>.)
#
# </details>

# %% [markdown]
# ## 12. Palavras que não existem
#
# A perplexidade mede a rede lendo. E escrevendo? Uma medida simples: que parte das palavras que ela escreve não está em nenhum dos
# poemas que leu. Para comparar, a mesma conta nos poemas de verdade da prova, que também têm palavras que os outros não têm.


# %%
def palavras(texto):
    return "".join(c if c.isalpha() else " " for c in texto).split()


conhecidas = set(palavras(" ".join(dentro)))


def inventadas(alguns):
    escritas = palavras(" ".join(alguns))
    return 100 * sum(palavra not in conhecidas for palavra in escritas) / max(1, len(escritas))


parte = {"poemas\nda prova": inventadas(fora)}
parte |= {f"a rede,\n{virgula(t, 1)}": inventadas(escreve(60, t)) for t in (0.3, 0.6, 0.9, 1.2)}

figura, eixo = plt.subplots(figsize=(10, 2.8))
eixo.bar(list(parte), list(parte.values()), color=[CINZA, *[AZUL] * 4], width=0.6)
for i, porcento in enumerate(parte.values()):
    eixo.text(i, porcento, f" {virgula(porcento, 1)} %", ha="center", va="bottom")
eixo.set_title("Palavras que não estão nos poemas lidos, conforme a temperatura")
eixo.set_yticks([])
eixo.spines["left"].set_visible(False)
plt.show()
novas = sorted(set(palavras(" ".join(escreve(30, 0.9)))) - conhecidas)
print("algumas, a 0,9:", ", ".join(novas[:10]))

# %% [markdown]
# ### Exercícios
#
# **1.** A rede a 0,3 inventa tão poucas palavras quanto os poemas de verdade, ou menos. Ela escreve melhor do que eles?
#
# <details><summary>Resposta</summary>
#
# Não: só arrisca menos. Uma medida boa de uma coisa pode ser péssima de outra; quem só olha para esta acaba com um poema que
# repete <i>a lua no céu</i> para sempre. Por isso o projeto usa várias, e leitores (<a href="../docs/avaliacao.md">docs/avaliacao.md</a>).
#
# </details>
#
# **2.** As palavras inventadas parecem português? Por quê?
#
# <details><summary>Resposta</summary>
#
# Quase todas poderiam existir: têm vogais e consoantes nos lugares certos e terminações de verdade (-ar, -ando, -inho). A rede aprendeu
# o jeito das palavras, e não uma lista delas.
#
# </details>

# %% [markdown]
# ## 13. A surpresa, colorida
#
# Um poema que ela nunca leu, com cada letra pintada pela surpresa: branco, já esperava; laranja, não esperava.

# %%
poema = fora[0]
nats_de_cada = surpresas([poema])[0]
linhas = poema.split("\n")
figura, eixo = plt.subplots(figsize=(10, 0.42 * len(linhas) + 0.6))
i = 0
for y, linha in enumerate(linhas):
    for x, c in enumerate(linha + "\n"):
        forca = min(1, nats_de_cada[i] / 4)
        eixo.add_patch(plt.Rectangle((x, -y), 1, 0.92, color=LARANJA, alpha=forca, lw=0))
        eixo.text(x + 0.5, -y + 0.42, c.strip(), **MAQUINA)
        i += 1
eixo.set(xlim=(-0.5, 44), ylim=(-len(linhas) + 0.8, 1.1))
eixo.axis("off")
plt.show()
print("em média,", virgula(nats_de_cada.mean()), "nats por letra")

# %% [markdown]
# O laranja está no começo das palavras, e no começo dos versos: ali o poeta escolheu. O fim das palavras é quase todo branco. A
# informação de um texto não está espalhada por igual.
#
# ### Exercícios
#
# **1.** Pinte um verso seu: troque `poema = fora[0]` por um texto entre aspas, em minúsculas. Que verso a surpreende mais?
#
# <details><summary>Resposta</summary>
#
# Nomes, lugares e assuntos de que os poemas não falam: ela só conhece um mundo pequeno. E erros de ortografia, que acendem
# na letra errada: um corretor ortográfico faz uma conta parecida.
#
# </details>
#
# **2.** A surpresa somada de um texto diz quantos bits são precisos para guardá-lo. Um arquivo zip é parente disto? Como?
#
# <details><summary>Resposta</summary>
#
# É: quem prevê bem precisa guardar pouco, só as surpresas. Um nat por letra são 1,44 bits, contra os 8 bits que a letra ocupa
# num arquivo comum.
#
# </details>

# %% [markdown]
# ## 14. O mesmo passo, muito mais depressa
#
# O projeto original relia a janela inteira de 60 letras para escrever cada uma. O nosso `passo` leva o estado adiante e lê
# uma só. E o Keras foi feito para treinar lotes grandes: para passos miúdos há um formato enxuto, o **LiteRT**, que roda em
# telefones e em servidores baratos. As contas são as mesmas; muda quem as faz.

# %%
try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # onde não há o pacote próprio, o TensorFlow traz um igual
    Interpreter = tf.lite.Interpreter


ESTADO = tf.TensorSpec([1, 128])


@tf.function(input_signature=[tf.TensorSpec([1], tf.int32), ESTADO, ESTADO])
def um_passo(lida, estado_1, estado_2):
    logits, novo_1, novo_2 = passo([lida, estado_1, estado_2])
    return {"logits": logits, "novo_1": novo_1, "novo_2": novo_2}


pesos = tf.Module()
pesos.todos = [peso.value for peso in passo.weights]
with calado():
    conversor = tf.lite.TFLiteConverter.from_concrete_functions(
        [um_passo.get_concrete_function()], pesos
    )
    convertido = conversor.convert()
    litert = Interpreter(model_content=convertido, num_threads=1).get_signature_runner()
    zeros, entrada = np.zeros((1, 128), np.float32), codifica("@")
    do_litert = litert(lida=entrada, estado_1=zeros, estado_2=zeros)["logits"]

print("o modelo inteiro, num arquivo de", virgula(len(convertido) / 1000, 0), "kB")

do_keras = passo.predict_on_batch([entrada, zeros, zeros])[0]
diferenca = np.abs(do_litert - do_keras).max()
print("maior diferença entre os logits dos dois:", virgula(diferenca, 6))


def por_segundo(faz, vezes):
    faz()  # a primeira vez, que prepara tudo, não conta
    comeco = time.perf_counter()
    for _ in range(vezes):
        faz()
    return vezes / (time.perf_counter() - comeco)


janela = codifica(poemas[11][:JANELA])[None]
ritmos = {
    "Keras, relendo\na janela de 60": por_segundo(lambda: leitor.predict_on_batch(janela), 10),
    "Keras, um passo": por_segundo(lambda: passo.predict_on_batch([entrada, zeros, zeros]), 50),
    "LiteRT, um passo": por_segundo(
        lambda: litert(lida=entrada, estado_1=zeros, estado_2=zeros), 500
    ),
}
base = min(ritmos.values())
figura, eixo = plt.subplots(figsize=(10, 2))
eixo.barh(list(ritmos), list(ritmos.values()), color=[CINZA, AZUL, LARANJA])
for i, ritmo in enumerate(ritmos.values()):
    rotulo = f"{virgula(ritmo, 0)} por segundo ({virgula(ritmo / base, 0)} ×)"
    eixo.text(ritmo * 1.1, i, rotulo, va="center")
eixo.set(
    xscale="log", xlim=(1, max(ritmos.values()) * 12), title="Letras por segundo, neste computador"
)
eixo.invert_yaxis()
eixo.xaxis.set_major_formatter(lambda x, _: virgula(x, 0))
plt.show()

# %% [markdown]
# Cada marca do eixo vale dez vezes a anterior: é uma escala logarítmica, senão as barras de cima nem se veriam.
#
# ### Exercícios
#
# **1.** Reler 60 letras são 60 passos. A primeira barra é 60 vezes menor do que a segunda? Por que não exatamente?
#
# <details><summary>Resposta</summary>
#
# Cada chamada ao Keras tem um preço fixo (conferir a entrada, preparar a conta), seja a conta grande ou pequena, e num passo
# só ele pesa mais do que a conta. É esse preço que o LiteRT quase não cobra.
#
# </details>
#
# **2.** Uma pessoa lê umas 20 letras por segundo. Quantos leitores, cada um com o seu poema, este computador atenderia com o LiteRT?
#
# <details><summary>Resposta</summary>
#
# O número da barra dividido por 20; com 20 mil letras por segundo, mil leitores. Na prática o servidor tem mais o que fazer; o
# que ele aguenta de verdade foi medido em <a href="../docs/servidor.md">docs/servidor.md</a>.
#
# </details>

# %% [markdown]
# ## 15. Os poemas da turma
#
# A rede já sabe português. Com uns poucos poemas de vocês ela pega o assunto e o jeito: continua-se o treino com eles, por poucas
# épocas e com passos pequenos, senão ela decora. Isso se chama **ajuste fino**. Ponha ao lado deste caderno um arquivo `turma.txt`,
# com uma linha só de `@` depois de cada poema, e rode a célula. Sem ele, ela não faz nada.

# %%
turma = Path("turma.txt")
if turma.exists():
    # A rede só conhece as letras do vocabulário dela; as outras saem.
    da_turma = ["".join(c for c in poema if c in numero_de) for poema in le_poemas(turma)]
    antes = perda_na_prova(da_turma)
    rede.optimizer.learning_rate = 1e-3
    # Cada poema, oito vezes, ou até encher um lote.
    vezes = max(8, -(-LOTE // len(da_turma)))
    rede.fit(
        *em_janelas(da_turma * vezes),
        batch_size=LOTE,
        shuffle=False,
        verbose=0,
        callbacks=[Esquece()],
    )
    leva_os_pesos()
    depois = perda_na_prova(da_turma)
    print(
        f"{len(da_turma)} poemas da turma: perda {virgula(antes)} antes, {virgula(depois)} depois"
    )
    mostra_poemas(escreve(3, 0.5, semente=5), ["depois de ler a turma", "", ""])
else:
    print("não há turma.txt: nada a fazer")

# %% [markdown]
# ### Exercícios
#
# **1.** A perda nos poemas da turma desceu. Isso prova que ela aprendeu a escrever como vocês?
#
# <details><summary>Resposta</summary>
#
# Não: foram medidos os mesmos poemas que ela acabou de ler, e ela pode tê-los decorado. Para saber, separem alguns antes e meçam
# só neles. Com poucos poemas, o mais honesto é ler o que sai.
#
# </details>
#
# **2.** De quem é um poema que a rede escreveu depois de ler os da turma?
#
# <details><summary>Resposta</summary>
#
# Não há uma resposta certa, e a lei ainda discute. Pensem: quem escreveu os versos que ela leu? Quem escolheu este e jogou fora os
# outros? Quem decidiu que era um poema? E quem deu licença para que os seus textos fossem usados?
#
# </details>

# %% [markdown]
# ## 16. Para onde ir
#
# - **Os comandos.** Com o projeto no seu computador, `./just treina` faz este treino melhor e mais depressa, `./just amostra` escreve
#   poemas e `./just websocket` os escreve ao vivo numa página, em `http://localhost:8000/`. O [README](../README.md) tem a lista.
# - **Os seus textos.** [docs/seus-poemas.md](../docs/seus-poemas.md) vai de uma pasta qualquer de textos a um modelo deles: limpa-os, acha onde
#   acaba cada poema, e parte de um modelo que já sabe português.
# - **Por dentro das contas.** [miudo.py](../src/poema_top/rede/miudo.py) é esta mesma ideia em duzentas linhas de NumPy, sem Keras: a GRU, o
#   gradiente escrito à mão e o sorteio. Leia com este caderno aberto ao lado.
# - **Por que o projeto treina mais depressa.** A GRU dele foi escrita para isso ([gru.py](../src/poema_top/rede/gru.py)), o estado é apagado a cada
#   `@`, e cada escolha está medida no [diário do treino](../docs/treino.md).
# - **O caminho de um verso**, do arquivo ao navegador, em treze paradas: [docs/percurso.md](../docs/percurso.md).
# - **Outro tamanho de pedaço**: sílabas e palavras em vez de letras, em [docs/silabas.md](../docs/silabas.md).
#
# ## Glossário
#
# | palavra | o que é |
# | --- | --- |
# | **caractere, token** | o pedaço de texto que a rede lê de cada vez; aqui, uma letra, um espaço, um sinal |
# | **vocabulário** | a lista dos tokens que existem; o número de cada um é a posição nela |
# | **one-hot** | uma fila de zeros com um 1 no lugar do token |
# | **janela** | o trecho de texto que a rede lê por vez no treino; aqui, 60 letras |
# | **lote** | quantas janelas se leem juntas antes de mexer nos parâmetros; aqui, 32 |
# | **época** | uma volta por todos os poemas do treino |
# | **parâmetros, pesos** | os números que o treino ajusta; são tudo o que a rede sabe |
# | **estado** | o que a GRU lembra do que já leu: 128 números por camada |
# | **logits** | os números que saem da rede, um por letra possível, antes de virarem chances |
# | **softmax** | a conta que faz dos logits chances, positivas e de soma 1 |
# | **perda, entropia cruzada** | a média da surpresa, -ln(chance da letra que veio), em nats; é o que o treino faz descer |
# | **gradiente** | para que lado, e quanto, a perda muda se se mexe em cada parâmetro |
# | **taxa de aprendizado** | o tamanho de cada passo contra o gradiente |
# | **perplexidade** | e^perda: entre quantas letras a rede hesita, em média |
# | **temperatura** | o número que divide os logits antes do sorteio: baixa, arrisca pouco; alta, arrisca muito |
