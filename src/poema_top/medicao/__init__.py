"""Medidas de velocidade, sempre contra uma base da mesma rodada."""
