"""A conversa com modelos de linguagem grandes."""
