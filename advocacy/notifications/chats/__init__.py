"""Slack and Teams over HTTP: connecting them, and what Slack tells us."""
