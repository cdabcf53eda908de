"""The append-only ledger of what happened."""
