"""Slack and Teams: connecting them, choosing to be told there, and what is to go out."""
