"""O que se minimiza, e a derivada: o que o texto diz, ou também o que uma LLM diz de cada token.

As duas recebem logits [V, T B], com a coluna t B + b do texto b no tempo t, e dão a perda média, em nats, e a
derivada dela nos logits, escrita à mão.
"""

from typing import Any

from poema_top.base import silencio  # noqa: F401  carrega o TensorFlow calado

# isort: split
import tensorflow as tf


def perda_e_derivada(logits: Any, alvos: Any) -> tuple[Any, Any]:
    """A entropia cruzada.

    Por colunas, e as duas de uma vez, sai em metade do tempo da que o TensorFlow oferece.

    Args:
        logits: [V, T B].
        alvos: [B, T], os tokens; ou [B, T, V], distribuições.
    """
    if alvos.dtype.is_integer:
        certos = tf.one_hot(tf.reshape(tf.transpose(alvos), [-1]), logits.shape[0], axis=0)
    else:
        certos = tf.cast(tf.reshape(tf.transpose(alvos), logits.shape), logits.dtype)
    logits -= tf.reduce_max(logits, 0, keepdims=True)
    exponenciais = tf.exp(logits)
    somas = tf.reduce_sum(exponenciais, 0, keepdims=True)
    perda = tf.reduce_mean(tf.math.log(somas) - tf.reduce_sum(certos * logits, 0, keepdims=True))
    return perda, (exponenciais * (1 / somas) - certos) * (1 / logits.shape[1])


def perda_com_uma_llm(logits: Any, alvos: Any, peso: float, temperatura: float) -> tuple[Any, Any]:
    """(1 - peso) x entropia cruzada com o texto + peso x T² x KL(LLM || aluno), com um balde para o resto.

    Uma LLM só diz a probabilidade de algumas letras. Dividi-las pela soma delas, para que dessem 1, ensinaria
    ao aluno que as outras são impossíveis (arXiv 2503.16870). Em vez disso as outras todas são uma letra só,
    o balde: a probabilidade dele é a que falta para 1, e a que o aluno lhe dá é a soma das que ele dá a elas.
    Dentro do balde o aluno reparte como quiser.

    A derivada, com p a probabilidade do aluno à temperatura T, q a da LLM e B o balde:

        p_i - q_i                 se a LLM diz a letra i
        p_i - q_B p_i / p_B       se ela está no balde

    vezes T (de T² e do 1/T dos logits). A temperatura achata as duas; a do balde, como se fosse uma letra.

    Args:
        logits: [V, T B].
        alvos: [B, T, V + 1], o que a LLM diz de cada letra, 0 onde não diz nada, e a letra que veio.
        peso: quanto da perda vem da LLM.
        temperatura: T.
    """
    letras, colunas = logits.shape
    alvos = tf.cast(tf.reshape(tf.transpose(alvos), [letras + 1, colunas]), logits.dtype)
    do_texto = tf.one_hot(tf.cast(alvos[letras], tf.int32), letras, axis=0)
    q = alvos[:letras]
    ditas = tf.cast(q > 0, logits.dtype)
    balde = tf.maximum(0.0, 1 - tf.reduce_sum(q, 0, keepdims=True))
    # Uma letra de probabilidade 0 não se diz, e 0 elevado a qualquer coisa é 0.
    q, balde = q ** (1 / temperatura), balde ** (1 / temperatura)
    soma = tf.reduce_sum(q, 0, keepdims=True) + balde
    q, balde = q / soma, balde / soma
    log_p = tf.nn.log_softmax(logits, 0)
    log_pt = tf.nn.log_softmax(logits / temperatura, 0)
    p, pt = tf.exp(log_p), tf.exp(log_pt)
    no_balde = tf.maximum(tf.reduce_sum(pt * (1 - ditas), 0, keepdims=True), 1e-30)
    kl = tf.reduce_sum(tf.math.xlogy(q, q) - q * log_pt, 0, keepdims=True)
    kl += tf.math.xlogy(balde, balde) - balde * tf.math.log(no_balde)
    cruzada = -tf.reduce_sum(do_texto * log_p, 0, keepdims=True)
    perda = tf.reduce_mean((1 - peso) * cruzada + peso * temperatura**2 * kl)
    da_llm = pt - q - balde * pt * (1 - ditas) / no_balde
    derivada = (1 - peso) * (p - do_texto) + peso * temperatura * da_llm
    return perda, derivada * (1 / colunas)
