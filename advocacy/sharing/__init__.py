"""Shares, tracked links, clicks and the networks' own rules."""
