"""A rede: a camada GRU, o modelo e o passo da inferência."""
