"""Processes and background jobs: thin functions over the capabilities' services."""
