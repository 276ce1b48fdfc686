"""Da pasta de um modelo ao poema."""
