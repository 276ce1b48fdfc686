"""Poema 🔝: um modelo de linguagem minúsculo que escreve poemas, do texto à página."""
