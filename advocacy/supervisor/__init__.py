"""Runs every process and the embedded servers on one machine."""
