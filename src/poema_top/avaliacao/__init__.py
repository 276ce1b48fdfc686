"""O que valem um modelo e os poemas que ele escreve."""
