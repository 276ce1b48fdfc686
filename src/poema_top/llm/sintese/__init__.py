"""Poemas de uma LLM: o que se pede, o que se aceita, e onde fica."""
