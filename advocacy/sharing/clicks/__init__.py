"""Clicks on their way from a redirect into the ledger: journal, classes, import."""
