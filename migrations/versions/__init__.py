"""Frozen history of the schema."""
