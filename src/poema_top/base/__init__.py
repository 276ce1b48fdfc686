"""O que todas as salas usam: erros, arquivos, números, silêncio, nats, figuras e opções."""
