"""Accounts that people connect to networks, as an option: tokens, posting at the press of a button, and its numbers."""
