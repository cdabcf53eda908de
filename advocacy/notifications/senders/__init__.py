"""How letters leave: one module per channel."""
