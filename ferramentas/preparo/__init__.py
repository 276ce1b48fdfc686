"""O preparo do .venv, só com a biblioteca padrão; ambiente.py e roda.py são os comandos."""
