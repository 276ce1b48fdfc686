"""O site ao vivo."""
