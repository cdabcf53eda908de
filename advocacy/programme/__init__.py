"""The sponsor's side: scenarios."""
