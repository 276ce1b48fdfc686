"""De que falar, em que voz e de que forma: o mesmo pedido, mil vezes, daria mil poemas parecidos."""

_TEMAS = """
a chuva na janela; o cheiro do café; uma carta que não chegou; o mar de manhã cedo; a casa da avó
o primeiro dia de aula; um barco de papel; a lua cheia; o trem que passa longe; a feira de domingo
um cachorro que espera; o quintal da infância; a saudade de quem viajou; uma estrada de terra
o vento no varal; as mãos do pai; o silêncio da madrugada; uma rede na varanda
o circo que foi embora; a rua depois da chuva; o pão quente; um amor que começa; um amor que acabou
a janela acesa do vizinho; as estrelas no sertão; o rio que passa pela cidade; uma pipa no céu
o relógio da sala; a foto antiga; as folhas secas do outono; a noite de São João; o gato no telhado
a velhice; o medo do escuro; a amizade; um sonho esquecido; a sombra de uma mangueira
o ônibus lotado; a espera; o barulho do mar dentro da concha; uma árvore cortada
a cozinha cheia de gente; o violão do avô; a neblina na serra; um passarinho solto
a volta para casa; o calor do meio-dia; a festa que acabou; um segredo; a seca e a primeira chuva
o balanço da praça; a mãe que canta; um jardim pequeno; as férias na roça; a formiga; o espelho
uma porta fechada; o pescador; a costureira; o vendedor de algodão-doce; o carteiro; a menina que lê
o menino e a bola; a cidade vista do alto; o fim da tarde; a geada; o vaga-lume; a pedra no caminho
um adeus na rodoviária; um bilhete na geladeira; a insônia; o domingo sem nada para fazer; a ponte
o poço; o fogão a lenha; uma xícara quebrada; a praia vazia; o guarda-chuva; a dor que passa
a alegria sem motivo; o perdão; um lugar que não existe mais; a paciência
a primeira palavra de uma criança; as cigarras; o sol no muro; o inverno; a primavera; um abraço
a fome; o trabalho; a colheita; o silêncio entre dois amigos; a coragem; as cores do céu
a noite sem luz; o caderno velho; a esperança; o tempo que corre; uma viagem de ônibus
"""
TEMAS = tuple(tema.strip() for linha in _TEMAS.split("\n") for tema in linha.split(";") if tema.strip())
VOZES = (
    "na primeira pessoa",
    "falando com alguém que está longe",
    "como quem conta uma história",
    "na voz de uma criança",
    "na voz de uma pessoa idosa",
    "como quem canta para ninar",
    "com humor leve",
    "em tom de saudade",
    "só descrevendo o que se vê",
    "fazendo uma pergunta",
    "como quem fala sozinho",
    "em tom de alegria",
)
FORMAS = (
    "em duas estrofes de quatro versos",
    "em duas estrofes de quatro versos, com rimas",
    "em três estrofes de três versos",
    "em três estrofes de quatro versos",
    "em quatro estrofes de dois versos",
    "em uma estrofe de seis versos",
    "em uma estrofe de oito versos",
    "em versos bem curtos, de poucas palavras",
    "em versos livres",
    "em quadras de sete sílabas, como as trovas",
)
