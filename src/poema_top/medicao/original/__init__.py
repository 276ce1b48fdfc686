"""O modo do projeto original, como os livros o ensinam: camadas do Keras, one-hot e `fit`."""
