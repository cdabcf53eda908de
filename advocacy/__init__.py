"""The employee advocacy platform."""

__version__ = "0.1.0"
