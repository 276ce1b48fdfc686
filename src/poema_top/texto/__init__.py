"""Dos arquivos de poemas às janelas de ids."""
