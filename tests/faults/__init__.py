"""Kills real processes and looks for broken promises."""
