"""The employee advocacy platform."""
