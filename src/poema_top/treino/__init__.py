"""O treino, da configuração ao modelo guardado."""
